//! Several workers: each compiles the policy, and all answer alike.

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::{Listener, filter},
    envoy::Update,
    poll,
};

use crate::world::{World, corsac};

const WORKERS: u32 = 3;
/// The connections between two checks of the workers.
const BATCH: usize = 20;
/// The connections after which every worker must have had one. The kernel distributes them by
/// chance.
const MOST: usize = 1000;

const ORIGINS: [&str; 2] = ["https://old.example", "https://new.example"];

#[test]
fn every_worker_answers_by_the_policy_and_then_by_the_one_that_replaces_it() {
    let [old, new] = ORIGINS;
    let policy = |origin: &str| corsac(&format!(r#"{{ "allowOrigins": ["{origin}"] }}"#));
    let listener = Listener::new("front").filter(filter::discovered());
    let mut world = World::with_workers(WORKERS, [listener], |bootstrap| bootstrap.discovering(policy(old)));
    assert!(every_worker_allows_only(&world, old));
    assert_eq!(world.envoy.update_filter(&policy(new)).unwrap(), Update::Accepted);
    let replaced = || every_worker_allows_only(&world, new).then_some(());
    poll(DEADLINE, "every worker has the new policy", replaced).unwrap();
    world.assert_that_the_module_never_broke();
}

/// Asks over new connections until every worker has had one.
fn every_worker_allows_only(world: &World, origin: &str) -> bool {
    let before = connections(world);
    for _ in 0..MOST / BATCH {
        if !(0..BATCH).all(|number| is_answered_by(world, origin, ORIGINS[number % 2])) {
            return false;
        }
        if connections(world).iter().zip(&before).all(|(now, before)| now > before) {
            return true;
        }
    }
    panic!("some worker had none of {MOST} connections: {:?}", connections(world));
}

fn is_answered_by(world: &World, allowed: &str, asking: &str) -> bool {
    let response = world.send("front", Protocol::Http1, &Request::preflight("/", asking, "GET"));
    (response.status == 204) == (asking == allowed)
}

/// The number of connections of each worker. Envoy names the listener by its configured address,
/// which has no port.
fn connections(world: &World) -> Vec<u64> {
    let of = |worker| world.envoy.stat(&format!("listener.127.0.0.1_0.worker_{worker}.downstream_cx_total")).unwrap();
    (0..WORKERS).map(of).collect()
}
