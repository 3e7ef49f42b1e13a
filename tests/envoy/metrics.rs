//! Corsac's metrics as Prometheus sees them: with labels, summed over the workers, and without a
//! gap where a configuration is replaced.

use std::collections::BTreeMap;

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::{Bootstrap, ConfigFile, Listener, filter},
    envoy::Update,
    poll, root,
};
use serde_json::{Value, json};

use crate::world::{World, corsac, front};

const LIST: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;
const OTHER: &str = r#"{ "allowOrigins": ["https://app.example", "https://other.example"] }"#;

/// The labels of every metric.
const LABELS: [&str; 8] = [
    "corsac_policy",
    "corsac_phase",
    "corsac_outcome",
    "corsac_reason",
    "corsac_difference",
    "corsac_source",
    "corsac_result",
    "corsac_version",
];

/// The `stats_config` of a bootstrap that we ship.
pub fn shipped(file: &str) -> Value {
    ConfigFile::read(&root().join("envoy").join(file)).unwrap().value["stats_config"].clone()
}

/// What Istio makes of `extraStatTags`, and its default inclusion (`pkg/bootstrap` of Istio 1.30).
fn of_istio() -> Value {
    let tag = |label: &str| json!({ "tag_name": label, "regex": format!(r"({label}=\.=(.*?);\.;)") });
    let security =
        json!({ "tag_name": "connection_security_policy", "regex": r"(connection_security_policy=\.=(.*?);\.;)" });
    let tags: Vec<Value> = LABELS.into_iter().map(tag).chain([security]).collect();
    let prefixes = ["cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"];
    json!({
        "use_all_default_tags": false,
        "stats_tags": tags,
        "stats_matcher": { "inclusion_list": { "patterns": prefixes.map(|prefix| json!({ "prefix": prefix })) } },
    })
}

/// Corsac's time series: their names with labels as Prometheus reads them, and their values.
pub fn series(world: &World) -> BTreeMap<String, u64> {
    let text = world.envoy.ask("/stats/prometheus?filter=wasmcustom").unwrap();
    let line =
        |line: &str| line.rsplit_once(' ').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    text.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

fn decisions(phase: &str, outcome: &str, reason: &str) -> String {
    format!(
        r#"corsac_decisions{{corsac_policy="default",corsac_phase="{phase}",corsac_outcome="{outcome}",corsac_reason="{reason}"}}"#
    )
}

fn wait_for(world: &World, name: &str, value: u64) {
    let reached = || (series(world).get(name) == Some(&value)).then_some(());
    poll(DEADLINE, "a metric has its value", reached)
        .unwrap_or_else(|error| panic!("{error}: {name} {value}, but there are {:#?}", series(world)));
}

fn send(world: &World, count: usize, request: &Request) {
    for _ in 0..count {
        world.send("front", Protocol::Http1, request);
    }
}

fn get(origin: &str) -> Request {
    Request::new("GET", "/").header("origin", origin)
}

/// Sends requests of three kinds, and waits for their counters.
fn count_and_see(stats_config: Value, workers: u32) {
    let world = World::with_workers(workers, [front(LIST)], |bootstrap| bootstrap.field("stats_config", stats_config));
    assert_eq!(series(&world)[&decisions("actual", "allowed", "-")], 0, "defined before the first request");
    send(&world, 40, &get("https://app.example"));
    send(&world, 7, &get("https://evil.example"));
    send(&world, 5, &Request::preflight("/", "https://app.example", "DELETE"));
    wait_for(&world, &decisions("actual", "allowed", "-"), 40);
    wait_for(&world, &decisions("actual", "refused", "origin-not-listed"), 7);
    wait_for(&world, &decisions("preflight", "refused", "method-not-listed"), 5);
    let seen = series(&world);
    assert_eq!((seen["corsac_policies{}"], seen["corsac_origins{}"]), (1, 1));
    let build = format!(r#"corsac_build{{corsac_version="{}"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(seen[&build], 1);
    assert!(seen.keys().all(|name| name.starts_with("corsac_") && !name.contains("evil")), "{seen:#?}");
    world.assert_that_the_module_never_broke();
}

#[test]
fn every_worker_counts_into_series_with_the_labels_that_we_ship() {
    count_and_see(shipped("envoy.yaml"), 3);
}

#[test]
fn the_series_have_the_same_labels_by_the_rules_of_istio() {
    count_and_see(of_istio(), 1);
}

#[test]
fn every_bootstrap_that_we_ship_names_every_label() {
    let named: Vec<Value> =
        shipped("envoy.yaml")["stats_tags"].as_array().unwrap().iter().map(|tag| tag["tag_name"].clone()).collect();
    assert_eq!(named, LABELS);
    for file in ["authentication.yaml", "ecds.yaml", "http3.yaml", "mcp.yaml", "routes.yaml", "compose/envoy.yaml"] {
        assert_eq!(shipped(file), shipped("envoy.yaml"), "{file}");
    }
    let gateway = ConfigFile::read(&root().join("envoy/envoy-gateway/envoyproxy.yaml")).unwrap();
    let merged = ConfigFile::parse("bootstrap", gateway.value["spec"]["bootstrap"]["value"].as_str().unwrap()).unwrap();
    assert_eq!(merged.value["stats_config"], shipped("envoy.yaml"), "Envoy Gateway");
}

#[test]
fn counters_go_on_when_the_configuration_is_replaced_and_miss_nothing() {
    let listener = Listener::new("front").filter(filter::discovered());
    let stats = |bootstrap: Bootstrap| bootstrap.field("stats_config", shipped("envoy.yaml"));
    let mut world = World::with([listener], |bootstrap| stats(bootstrap).discovering(corsac(LIST)));
    let configurations = |result: &str| format!(r#"corsac_configurations{{corsac_result="{result}"}}"#);
    let mut sent = 0;
    for round in 0..10 {
        let policy = if round % 2 == 0 { OTHER } else { LIST };
        // The update comes at once, before the timer.
        send(&world, 3, &get("https://app.example"));
        sent += 3;
        assert_eq!(world.envoy.update_filter(&corsac(policy)).unwrap(), Update::Accepted);
    }
    send(&world, 1, &get("https://app.example"));
    wait_for(&world, &decisions("actual", "allowed", "-"), sent + 1);
    wait_for(&world, "corsac_origins{}", 1);
    assert_eq!(series(&world)[&configurations("refused")], 0);
    assert_eq!(world.envoy.update_filter(&corsac("{}")).unwrap(), Update::Rejected);
    wait_for(&world, &configurations("refused"), 1);
    wait_for(&world, "corsac_origins{}", 1);
    world.assert_that_the_module_never_broke();
}
