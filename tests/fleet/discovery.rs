//! The filter before the control plane has sent it, and after the control plane is gone.

use std::net::{Ipv4Addr, SocketAddr};

use corsac_testbed::config::filter as files;
use corsac_testbed::marked::{policy, requests};
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{DEADLINE, poll, ports};
use corsac_xds::{ControlPlane, Verdict, envoy};

use crate::fleet::{FILTER, Fleet, Node, filter, module};

const BAD: &str = r#"{ "allowOrigins": ["https://app.example/"] }"#;
const NODE: &str = "alone";

/// An address on which nobody listens.
fn nobody() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, ports::free(1).unwrap()[0]).into()
}

#[test]
fn envoys_keep_their_policy_without_a_control_plane_and_take_the_policy_of_its_successor() {
    let Fleet { control_plane, nodes, upstream: _upstream } = Fleet::start();
    let address = control_plane.address();
    drop(control_plane);
    for node in &nodes {
        node.wait_for(1);
    }
    let successor = poll(DEADLINE, "the address is free", || ControlPlane::start_at(address).ok()).unwrap();
    let versions: Vec<_> = nodes.iter().map(|node| successor.push(&node.name, filter(&module(), &policy(2)))).collect();
    for (node, version) in nodes.iter().zip(versions) {
        assert_eq!(successor.verdict(version).unwrap(), Verdict::Accepted);
        node.wait_for(2);
        node.assert_that_nothing_failed();
    }
}

#[test]
fn a_default_policy_is_in_force_until_the_control_plane_sends_a_good_one() {
    let upstream = Upstream::start().unwrap();
    let address = nobody();
    let default = files::corsac(&module(), &policy(1).as_str().into());
    let node = Node::start(NODE, envoy::discovered_with_default(FILTER, &default), address, &upstream);
    node.wait_for(1);
    let control_plane = ControlPlane::start_at(address).unwrap();
    assert!(matches!(control_plane.update(NODE, filter(&module(), BAD)).unwrap(), Verdict::Refused(_)));
    node.wait_for(1);
    assert_eq!(control_plane.update(NODE, filter(&module(), &policy(2))).unwrap(), Verdict::Accepted);
    node.wait_for(2);
    assert_eq!(node.changes(), [1, 1]);
    node.assert_that_nothing_failed();
}

#[test]
fn without_a_default_policy_envoy_answers_500_until_the_control_plane_sends_a_good_one() {
    let upstream = Upstream::start().unwrap();
    let address = nobody();
    let node = Node::start(NODE, envoy::discovered(FILTER, "0.3s"), address, &upstream);
    let refuses_all = || {
        for marked in requests() {
            let response = node.send(&marked.request);
            assert_eq!(response.status, 500, "{response:?}");
            assert!(!response.headers.has("access-control-allow-origin"), "{response:?}");
        }
    };
    refuses_all();
    let control_plane = ControlPlane::start_at(address).unwrap();
    assert!(matches!(control_plane.update(NODE, filter(&module(), BAD)).unwrap(), Verdict::Refused(_)));
    refuses_all();
    assert!(upstream.received("").is_empty(), "nothing reaches the upstream");
    assert_eq!(control_plane.update(NODE, filter(&module(), &policy(1))).unwrap(), Verdict::Accepted);
    poll(DEADLINE, "the policy is in force", || (node.send(&requests()[0].request).status == 204).then_some(()))
        .unwrap();
    node.wait_for(1);
}
