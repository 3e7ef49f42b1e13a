//! Origins from a service, with several workers and services of every kind.

use std::time::{Duration, Instant};

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::{Listener, filter},
    envoy::Update,
    poll,
    upstream::Answer,
};

use crate::world::{World, corsac, front};

const WORKERS: u32 = 4;

/// A policy with one static origin and a source: the upstream itself, whose requests have the id
/// `list`.
fn policy(refresh: &str) -> String {
    policy_with(&format!(r#""refresh": "{refresh}""#))
}

fn policy_with(fields: &str) -> String {
    format!(
        r#"{{ "allowOrigins": ["https://static.example"],
             "originSources": [{{ "cluster": "upstream", "path": "/origins", "headers": {{ "x-vector": "list" }}, {fields} }}] }}"#
    )
}

fn json(origins: &[&str]) -> Answer {
    Answer::new(200).header("content-type", "application/json").body(serde_json::to_vec(&origins).unwrap())
}

fn allows(world: &World, origin: &str) -> bool {
    world.send("front", Protocol::Http1, &Request::preflight("/", origin, "GET")).status == 204
}

/// Asks over new connections, which the kernel spreads over the workers, until all of them have
/// answered since the last other answer.
fn every_worker_allows(world: &World, origin: &str, allowed: bool) -> bool {
    let before = connections(world);
    for _ in 0..50 {
        if !(0..20).all(|_| allows(world, origin) == allowed) {
            return false;
        }
        if connections(world).iter().zip(&before).all(|(now, before)| now > before) {
            return true;
        }
    }
    panic!("some worker had no connection: {:?}", connections(world));
}

fn connections(world: &World) -> Vec<u64> {
    let of = |worker| world.envoy.stat(&format!("listener.127.0.0.1_0.worker_{worker}.downstream_cx_total")).unwrap();
    (0..WORKERS).map(of).collect()
}

#[test]
fn a_hundred_thousand_origins_reach_every_worker_by_one_fetch_and_so_does_a_change() {
    let world = World::with_workers(WORKERS, [], |bootstrap| bootstrap);
    let mut origins: Vec<String> = (0..100_000).map(|number| format!("https://tenant-{number}.example.com")).collect();
    let answer = |origins: &[String]| Answer::new(200).body(serde_json::to_vec(origins).unwrap());
    drop(world);
    let world = World::with_workers(WORKERS, [front(&policy("5s"))], |bootstrap| bootstrap);
    world.upstream.script("list", answer(&origins));
    let first = poll(DEADLINE, "every worker has the list", || {
        every_worker_allows(&world, "https://tenant-99999.example.com", true).then(Instant::now)
    });
    first.unwrap();
    println!("{}", world.envoy.log());
    origins.push("https://new.example.com".to_owned());
    world.upstream.script("list", answer(&origins));
    poll(DEADLINE, "new", || every_worker_allows(&world, "https://new.example.com", true).then_some(())).unwrap();
    println!("fetches {}", world.upstream.received("list").len());
    println!("{}", world.envoy.log());
    world.assert_that_the_module_never_broke();
}
