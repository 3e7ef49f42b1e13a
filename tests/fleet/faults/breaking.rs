//! A build of the module with a defect, under each failure policy. A request breaks the module in
//! one of four workers.

use corsac_testbed::builds::{self, Build};
use corsac_testbed::client::http1::Connection;
use corsac_testbed::client::{Request, Response};
use corsac_testbed::config::{Bootstrap, filter};
use corsac_testbed::envoy::{Envoy, Update};
use corsac_testbed::{DEADLINE, poll};
use serde_json::Value;

use super::{answering, ask, open, start};
use crate::fleet::module;

const ORIGIN: &str = "https://app.example";
const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;
const NEXT: &str = r#"{ "allowOrigins": ["https://app.example", "https://next.example"] }"#;

/// An Envoy with two listeners. The filter of `front` is discovered, the one of `other` is not, and
/// both share the VM of each worker.
struct World {
    envoy: Envoy,
    build: Build,
    failure_policy: &'static str,
}

impl World {
    fn of(failure_policy: &'static str) -> Self {
        let build = Build::panicking(&module()).unwrap();
        let corsac = corsac(&build, failure_policy, POLICY);
        let bootstrap = Bootstrap::new(([127, 0, 0, 1], 9).into())
            .listener(answering("front").filter(filter::discovered()))
            .listener(answering("other").filter(corsac.clone()))
            .discovering(corsac);
        Self { envoy: start(&bootstrap), build, failure_policy }
    }

    fn update(&mut self, policy: &str) -> Update {
        self.envoy.update_filter(&corsac(&self.build, self.failure_policy, policy)).unwrap()
    }

    fn open(&self, listener: &str) -> Connection {
        open(self.envoy.address(listener).unwrap())
    }

    /// A connection to a worker whose module a request has just broken.
    fn broken(&self) -> Connection {
        let mut connection = self.open("front");
        assert_eq!(ask(&mut connection, &preflight()).status, 204);
        let breaking = (0..builds::TOO_MANY).fold(get(), |request, number| request.header(format!("x-{number}"), ""));
        assert_eq!(ask(&mut connection, &breaking).status, 503, "under every failure policy");
        connection
    }

    /// Waits until one of many new connections gets that status.
    fn wait_for(&self, listener: &str, status: u16) {
        let seen = || (ask(&mut self.open(listener), &preflight()).status == status).then_some(());
        poll(DEADLINE, &format!("{listener} answers {status} in some worker"), seen).unwrap();
    }

    fn reloads(&self) -> u64 {
        self.envoy.stat("wasm.corsac.vm_reload_success").unwrap()
    }
}

fn corsac(build: &Build, failure_policy: &str, policy: &str) -> Value {
    let mut corsac = filter::corsac(&build.path(), &policy.into());
    corsac["typed_config"]["config"]["failure_policy"] = failure_policy.into();
    corsac
}

fn get() -> Request {
    Request::new("GET", "/").header("origin", ORIGIN)
}

fn preflight() -> Request {
    Request::preflight("/", ORIGIN, "GET")
}

fn is_allowed(response: &Response) -> bool {
    response.headers.has("access-control-allow-origin")
}

#[test]
fn fail_closed_answers_503_in_every_listener_of_the_worker_until_an_update() {
    let mut world = World::of("FAIL_CLOSED");
    let mut connection = world.broken();
    for _ in 0..5 {
        assert_eq!([preflight(), get()].map(|request| ask(&mut connection, &request).status), [503, 503]);
    }
    // The module broke in one worker. The others serve, on both listeners.
    for listener in ["front", "other"] {
        world.wait_for(listener, 503);
        world.wait_for(listener, 204);
    }
    // An update of one filter gives that filter a new VM.
    assert_eq!(world.update(NEXT), Update::Accepted);
    poll(DEADLINE, "the worker serves again", || (ask(&mut connection, &preflight()).status == 204).then_some(()))
        .unwrap();
    world.wait_for("other", 503);
    assert_eq!(world.reloads(), 0);
}

#[test]
fn fail_open_takes_the_filter_out_of_the_worker_until_an_update() {
    let mut world = World::of("FAIL_OPEN");
    let mut connection = world.broken();
    for _ in 0..5 {
        // The API answers the preflight too, and no page may read anything.
        for request in [preflight(), get()] {
            let response = ask(&mut connection, &request);
            assert!(response.status == 200 && !is_allowed(&response), "{response:?}");
        }
    }
    world.wait_for("other", 200);
    assert_eq!(world.update(NEXT), Update::Accepted);
    poll(DEADLINE, "the worker filters again", || (ask(&mut connection, &preflight()).status == 204).then_some(()))
        .unwrap();
    assert_eq!(world.reloads(), 0);
}

#[test]
fn fail_reload_answers_503_until_envoy_has_started_a_new_vm() {
    let world = World::of("FAIL_RELOAD");
    let mut connection = world.broken();
    assert_eq!(ask(&mut connection, &preflight()).status, 503, "Envoy waits before it starts a VM");
    let served = || {
        let [preflight, actual] = [preflight(), get()].map(|request| ask(&mut connection, &request));
        assert!([204, 503].contains(&preflight.status) && [200, 503].contains(&actual.status));
        (is_allowed(&preflight) && is_allowed(&actual)).then_some(())
    };
    poll(DEADLINE, "the worker serves again", served).unwrap();
    assert_eq!(world.reloads(), 1);
    world.wait_for("other", 204);
}

#[test]
fn a_configuration_that_breaks_the_module_is_refused_and_breaks_no_worker() {
    let mut world = World::of("FAIL_CLOSED");
    let mut connection = world.open("front");
    let long = format!("{}{POLICY}", " ".repeat(usize::try_from(builds::TOO_LONG).unwrap()));
    assert_eq!(world.update(&long), Update::Rejected);
    assert!(world.envoy.log().contains("panicked at"), "{}", world.envoy.log());
    for _ in 0..20 {
        assert_eq!(ask(&mut connection, &preflight()).status, 204);
        assert_eq!(ask(&mut world.open("other"), &preflight()).status, 204);
    }
}
