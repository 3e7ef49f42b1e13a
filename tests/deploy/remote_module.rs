//! Why every file names the native module as a file of the proxy: what Envoy does while a remote
//! one does not come.

use corsac_testbed::{
    DEADLINE,
    client::{Request, http1},
    config::{Bootstrap, Listener, filter},
    envoy::Binary,
    poll,
    upstream::{Answer, Upstream},
};
use serde_json::json;

/// A listener whose native module has to be fetched from the upstream.
fn bootstrap(upstream: &Upstream, nack_on_cache_miss: bool) -> Bootstrap {
    let uri = format!("http://{}/libcorsac.so", upstream.address());
    let remote = json!({
        "http_uri": { "uri": uri, "cluster": "upstream", "timeout": "5s" },
        "sha256": "0".repeat(64),
        "retry_policy": { "num_retries": 0 },
    });
    let config = json!({
        "dynamic_module_config": { "module": { "remote": remote }, "nack_on_cache_miss": nack_on_cache_miss },
        "filter_name": "corsac",
    });
    let corsac = filter::of("corsac", "dynamic_modules.v3.DynamicModuleFilter", config);
    Bootstrap::new(upstream.address()).listener(Listener::new("front").filter(corsac))
}

#[test]
fn requests_pass_without_a_policy_if_a_remote_module_does_not_come() {
    let upstream = Upstream::start().unwrap();
    upstream.otherwise(Answer::new(404).header("access-control-allow-origin", "*"));
    let envoy = Binary::find().unwrap().start(&bootstrap(&upstream, false)).unwrap();
    let failed = || envoy.log().contains("module will not be loaded").then_some(());
    poll(DEADLINE, "the fetch fails", failed).unwrap();
    let request = Request::new("GET", "/").header("origin", "https://stranger.example");
    let answer = http1::send(envoy.address("front").unwrap(), &request).unwrap();
    assert_eq!(answer.headers.joined("access-control-allow-origin").as_deref(), Some(&b"*"[..]));
}

#[test]
fn a_static_configuration_that_insists_on_a_remote_module_does_not_start() {
    let upstream = Upstream::start().unwrap();
    upstream.otherwise(Answer::new(404));
    let verdict = Binary::find().unwrap().refuse(&bootstrap(&upstream, true)).unwrap();
    assert!(verdict.output.contains("Remote module not cached"), "{}", verdict.output);
}
