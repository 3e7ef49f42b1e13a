//! The native module's counters as Prometheus sees them. They have the names and labels of the Wasm
//! module's, and go on when a configuration is replaced.

use std::collections::BTreeMap;

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::{ConfigFile, Listener, filter},
    envoy::Update,
    poll, root,
};
use serde_json::{Value, json};

use crate::world::{World, corsac};

const FIRST: &str = r#"{ "allowOrigins": ["https://first.example"] }"#;
/// A trial that would let in one more origin.
const SECOND: &str = r#"{ "allowOrigins": ["https://second.example"],
    "trial": { "allowOrigins": ["https://second.example", "https://third.example"] } }"#;

fn series(world: &World) -> BTreeMap<String, u64> {
    let text = world.envoy.ask("/stats/prometheus?filter=corsac_").unwrap();
    let line =
        |line: &str| line.rsplit_once(' ').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    text.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

fn decisions(phase: &str, outcome: &str, reason: &str) -> String {
    format!(
        r#"corsac_decisions{{corsac_policy="default",corsac_phase="{phase}",corsac_outcome="{outcome}",corsac_reason="{reason}"}}"#
    )
}

/// Without it, Prometheus sees the names with the prefix `envoy_` and the namespace, unless a Wasm
/// module is loaded too.
fn without_prefix() -> Value {
    let setting = "envoy.reloadable_features.dynamic_modules_strip_custom_stat_prefix";
    json!({ "layers": [{ "name": "names", "static_layer": { setting: true } }] })
}

fn send(world: &World, count: usize, origin: &str) {
    for _ in 0..count {
        world.send("front", Protocol::Http1, &Request::new("GET", "/").header("origin", origin));
    }
}

fn is_allowed(world: &World, origin: &str) -> bool {
    let answer = world.send("front", Protocol::Http1, &Request::preflight("/", origin, "GET"));
    answer.status == 204
}

#[test]
fn decisions_are_counted_with_the_labels_that_we_ship_and_go_on_after_an_update() {
    let tags = ConfigFile::read(&root().join("envoy/envoy.yaml")).unwrap().value["stats_config"].clone();
    let listener = Listener::new("front").filter(filter::discovered());
    let mut world = World::with_workers(2, [listener], |bootstrap| {
        bootstrap.discovering(corsac(FIRST)).field("stats_config", tags).field("layered_runtime", without_prefix())
    });
    let (allowed, refused) = (decisions("actual", "allowed", "-"), decisions("actual", "refused", "origin-not-listed"));
    let before = series(&world);
    assert_eq!(before.get(&allowed), Some(&0), "defined before the first request: {before:#?}");
    send(&world, 5, "https://first.example");
    send(&world, 3, "https://third.example");
    assert_eq!((series(&world)[&allowed], series(&world)[&refused]), (5, 3));

    assert_eq!(world.envoy.update_filter(&corsac(SECOND)).unwrap(), Update::Accepted);
    // Each connection may meet another worker, so the same worker must not be asked twice.
    let replaced = || (0..20).all(|_| is_allowed(&world, "https://second.example")).then_some(());
    poll(DEADLINE, "the new policy is in force", replaced).unwrap();
    send(&world, 4, "https://second.example");
    send(&world, 2, "https://third.example");
    let seen = series(&world);
    assert_eq!((seen[&allowed], seen[&refused]), (9, 5), "{seen:#?}");
    let trial = |(name, count): &(&String, &u64)| name.starts_with("corsac_trial{") && **count > 0;
    let counted: Vec<_> = seen.iter().filter(trial).collect();
    assert!(matches!(counted[..], [(_, 2)]), "{seen:#?}");
    world.assert_that_the_module_never_broke();
}
