//! Envoys that subscribe to one control plane.

use std::path::{Path, PathBuf};

use corsac_testbed::client::{Protocol, Request, Response};
use corsac_testbed::config::{Bootstrap, Listener};
use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{DEADLINE, load, marked, poll};
use corsac_xds::{ControlPlane, FailurePolicy, Filter, Resource, Verdict, envoy};

pub const FILTER: &str = "corsac";
/// The counters of Envoy's subscription.
const DISCOVERY: &str = "extension_config_discovery.http_filter.corsac";
const WORKERS: u32 = 2;
/// New connections that have to agree, before a change counts as being in force in every worker.
/// The kernel distributes connections by chance.
const AGREEING: usize = 40;

/// One Envoy of a fleet.
pub struct Node {
    pub name: String,
    pub envoy: Envoy,
}

/// The module under test.
pub fn module() -> PathBuf {
    corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"))
}

/// The filter: that module, with that policy.
pub fn filter(module: &Path, configuration: &str) -> Resource {
    let failure_policy = FailurePolicy::FailReload;
    Resource::filter(FILTER, &Filter { module, configuration, failure_policy })
}

impl Node {
    /// Starts an Envoy as the node of that name, with that filter in its listener. It subscribes to
    /// the control plane at that address, which need not be there.
    pub fn start(
        name: &str,
        filter: serde_json::Value,
        control_plane: std::net::SocketAddr,
        upstream: &Upstream,
    ) -> Self {
        let listener = Listener::new("front").filter(filter);
        let bootstrap = Bootstrap::new(upstream.address()).listener(listener);
        let bootstrap = envoy::subscribing(bootstrap, name, control_plane);
        let started = Binary::find().and_then(|binary| binary.start_with_workers(&bootstrap, WORKERS));
        Self { name: name.to_owned(), envoy: started.unwrap_or_else(|error| panic!("{error}")) }
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.envoy.address("front").expect("the listener")
    }

    pub fn send(&self, request: &Request) -> Response {
        Protocol::Http1.send(self.address(), request).unwrap_or_else(|failure| panic!("{}: {failure}", self.name))
    }

    /// Waits until policy `number` makes every answer.
    pub fn wait_for(&self, number: u64) {
        let requests = marked::requests();
        let all = || {
            let mut asked = requests.iter().cycle().take(AGREEING);
            asked.all(|marked| load::ask(self.address(), marked) == Ok(number)).then_some(())
        };
        poll(DEADLINE, &format!("{}: policy {number} is in force", self.name), all).unwrap();
    }

    /// How many changes the Envoy has accepted and refused.
    pub fn changes(&self) -> [u64; 2] {
        ["update_success", "update_rejected"].map(|what| self.stat(&format!("{DISCOVERY}.{what}")))
    }

    pub fn stat(&self, name: &str) -> u64 {
        self.envoy.stat(name).unwrap()
    }

    /// Asserts that no request has failed, and that no module has broken.
    pub fn assert_that_nothing_failed(&self) {
        for failures in ["downstream_rq_3xx", "downstream_rq_4xx", "downstream_rq_5xx", "downstream_rq_rx_reset"] {
            assert_eq!(self.stat(&format!("http.testbed.{failures}")), 0, "{}: {failures}", self.name);
        }
        assert_that_no_module_broke(&self.envoy);
    }
}

/// Asserts that the log shows no failure of a module, and no call that Envoy has refused.
pub fn assert_that_no_module_broke(envoy: &Envoy) {
    let signs = [envoy.breakdowns(), envoy.refused_calls()].concat();
    assert!(signs.is_empty(), "the module broke:\n{}", envoy.log());
}

/// Three Envoys.
pub struct Fleet {
    pub control_plane: ControlPlane,
    pub upstream: Upstream,
    pub nodes: Vec<Node>,
}

impl Fleet {
    /// Envoys that serve policy 1.
    pub fn start() -> Self {
        let control_plane = ControlPlane::start().unwrap();
        let upstream = Upstream::start().unwrap();
        let node = |name: &str| {
            control_plane.push(name, filter(&module(), &marked::policy(1)));
            Node::start(name, envoy::discovered(FILTER, "0s"), control_plane.address(), &upstream)
        };
        let nodes = ["canary", "second", "third"].map(node).into();
        Self { control_plane, upstream, nodes }
    }

    /// Sends a filter to some Envoys at once. All have to accept it.
    pub fn roll_out(&self, nodes: &[Node], module: &Path, number: u64) {
        let resource = filter(module, &marked::policy(number));
        let versions: Vec<_> = nodes.iter().map(|node| self.control_plane.push(&node.name, resource.clone())).collect();
        for (node, version) in nodes.iter().zip(versions) {
            assert_eq!(self.control_plane.verdict(version).unwrap(), Verdict::Accepted, "{}", node.name);
        }
        for node in nodes {
            node.wait_for(number);
        }
    }

    /// The same to one Envoy first, and to the others once it serves. Meanwhile the others keep
    /// policy `old`.
    pub fn roll_out_by_canary(&self, module: &Path, [old, new]: [u64; 2]) {
        let (canary, others) = self.nodes.split_at(1);
        self.roll_out(canary, module, new);
        for node in others {
            node.wait_for(old);
        }
        self.roll_out(others, module, new);
    }
}
