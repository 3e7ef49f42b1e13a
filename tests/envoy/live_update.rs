//! A policy changes while Envoy serves: by a new listener (LDS) and by a new filter (ECDS).
//!
//! Envoy refuses a bad policy and keeps the old one. A good one takes effect. A request in progress
//! ends under the policy that it began with.

use std::thread;

use crate::world::{World, corsac, front};
use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response},
    config::{Bootstrap, Listener, filter},
    envoy::{Envoy, Update},
    poll,
    upstream::Answer,
};

const OLD: &str = r#"{ "allowOrigins": ["https://old.example"] }"#;
const NEW: &str = r#"{ "allowOrigins": ["https://new.example"] }"#;
const BAD: &str = r#"{ "allowOrigins": ["https://new.example/"], "allowMethods": "GET" }"#;
const REPORT: [&str; 2] = ["error[invalid-origin] at /allowOrigins/0: ", "error[invalid-type] at /allowMethods: "];

/// One way to give a running Envoy another policy.
type Change = fn(&mut Envoy, &str) -> Update;

#[test]
fn a_new_listener_brings_a_new_policy() {
    let world = World::with([front(OLD)], Bootstrap::live);
    follow_a_policy_through_its_changes(world, |envoy, policy| envoy.update_listeners(&[front(policy)]).unwrap());
}

#[test]
fn a_new_filter_brings_a_new_policy() {
    let listener = Listener::new("front").filter(filter::discovered());
    let world = World::with([listener], |bootstrap| bootstrap.discovering(corsac(OLD)));
    follow_a_policy_through_its_changes(world, |envoy, policy| envoy.update_filter(&corsac(policy)).unwrap());
}

fn follow_a_policy_through_its_changes(mut world: World, change: Change) {
    assert!(allows(&world, "https://old.example") && !allows(&world, "https://new.example"));

    // Two requests in progress, one over each protocol, held open at the upstream.
    let mut under_way = Vec::new();
    for (id, protocol) in ["first", "second"].into_iter().zip(Protocol::ALL) {
        let hold = world.upstream.hold(id, Answer::new(200));
        let address = world.envoy.address("front").unwrap();
        let request = Request::new("GET", "/").header("origin", "https://old.example").id(id);
        under_way.push((hold, thread::spawn(move || protocol.send(address, &request))));
        world.upstream.wait_for(id).unwrap();
    }

    assert_eq!(change(&mut world.envoy, BAD), Update::Rejected);
    let log = world.envoy.log();
    for line in REPORT {
        assert!(log.contains(line), "not in the log: {line}\n{log}");
    }
    assert!(allows(&world, "https://old.example") && !allows(&world, "https://new.example"));

    assert_eq!(change(&mut world.envoy, NEW), Update::Accepted);
    poll(DEADLINE, "the new policy is in force", || allows(&world, "https://new.example").then_some(())).unwrap();
    assert!(!allows(&world, "https://old.example"));

    for (hold, request) in under_way {
        drop(hold);
        let response = request.join().unwrap().unwrap();
        assert_eq!(allowed_origin(&response).as_deref(), Some(&b"https://old.example"[..]));
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_hundred_updates_leave_the_last_policy_in_force() {
    let listener = Listener::new("front").filter(filter::discovered());
    let mut world = World::with([listener], |bootstrap| bootstrap.discovering(corsac(OLD)));
    for number in 0..100 {
        let policy = format!(r#"{{ "allowOrigins": ["https://n{number}.example"] }}"#);
        assert_eq!(world.envoy.update_filter(&corsac(&policy)).unwrap(), Update::Accepted);
    }
    poll(DEADLINE, "the last policy is in force", || allows(&world, "https://n99.example").then_some(())).unwrap();
    assert!(!allows(&world, "https://n98.example"));
    world.assert_that_the_module_never_broke();
}

fn allows(world: &World, origin: &str) -> bool {
    let preflight = world.send("front", Protocol::Http1, &Request::preflight("/", origin, "GET"));
    let actual = world.send("front", Protocol::Http2, &Request::new("GET", "/").header("origin", origin));
    let by_both = [preflight.status == 204, allowed_origin(&actual).is_some()];
    // One worker serves both requests, so only an update between them can change the policy.
    by_both == [true, true]
}

fn allowed_origin(response: &Response) -> Option<Vec<u8>> {
    response.headers.joined("access-control-allow-origin")
}
