//! Least privilege: Envoy allows the module the capabilities of the shipped files. Each of them is
//! needed.

use std::collections::BTreeMap;

use corsac_manifests::capabilities_for;
use corsac_testbed::builds::{self, Build};
use corsac_testbed::client::{Protocol, Request, Response};
use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::upstream::Answer;
use corsac_testbed::{DEADLINE, poll};
use serde_json::{Value, json};

use crate::world::{World, module};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
/// The source lists it.
const LISTED: &str = "https://listed.example";
const POLICY: &str = r#"{
    "policies": {
        "app": {
            "allowOrigins": ["https://app.example"],
            "originSources": [{ "cluster": "upstream", "path": "/origins", "refresh": "1s" }]
        },
        "other": { "allowOrigins": ["https://other.example"] }
    },
    "rules": [{ "paths": ["/app/*"], "policy": "app" }, { "policy": "other" }]
}"#;

/// The listener whose filter has every capability.
const COMPLETE: &str = "complete";

/// Those of a policy with a source, which are all that there are.
fn capabilities() -> impl Iterator<Item = &'static str> {
    capabilities_for(POLICY)
}

/// The line that Envoy logs when a module makes a call that it may not make.
fn refusal(capability: &str) -> String {
    format!("capability: {capability}\n")
}

/// A listener of that name whose filter has its own VM, and every capability but the one of that
/// name.
fn lacking(name: &str, build: &Build) -> Listener {
    let mut corsac = filter::corsac(&build.path(), &POLICY.into());
    let config = &mut corsac["typed_config"]["config"];
    config["vm_config"]["vm_id"] = name.into();
    let allowed = capabilities().filter(|capability| *capability != name);
    config["capability_restriction_config"]["allowed_capabilities"] = filter::allowed(allowed);
    let listener = Listener::new(name).filter(corsac).manager("route_config", routes());
    // The client of a preflight that the filter cannot answer need not wait for long.
    listener.manager("stream_idle_timeout", json!("0.5s"))
}

/// Envoy follows the redirects of the upstream.
fn routes() -> Value {
    let action = json!({ "cluster": "upstream", "internal_redirect_policy": {} });
    let route = json!({ "match": { "prefix": "/" }, "route": action });
    json!({ "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [route] }] })
}

fn get(path: &str, origin: &str) -> Request {
    Request::new("GET", path).header("origin", origin)
}

/// What a client sees of the filter.
fn behaviour(world: &World, listener: &str) -> Vec<String> {
    let requests = [
        Request::preflight("/app/", APP, "GET"),
        get("/app/", APP),
        get("/app/", EVIL),
        // The first URL chooses the policy, so the run that follows the redirect has to know it.
        get("/app/", APP).id("redirected"),
    ];
    requests.iter().map(|request| seen(&world.send(listener, Protocol::Http1, request))).collect()
}

fn seen(response: &Response) -> String {
    let cors = response.headers.select(|name| name.starts_with("access-control-") || name == "vary");
    format!("{} {cors}", response.status)
}

/// Breaks the VM behind a listener, by a panic.
fn make_panic(world: &World, listener: &str) {
    let request = (0..builds::TOO_MANY).fold(get("/", APP), |request, n| request.header(format!("x-{n}"), ""));
    assert_eq!(world.send(listener, Protocol::Http1, &request).status, 503, "{listener}");
}

/// The lines about refused requests in the log of a VM.
fn refused_requests(world: &World, vm: &str) -> usize {
    world.envoy.log().matches(&format!(" {vm}: corsac: app;actual;refused")).count()
}

#[test]
fn the_module_misses_each_capability_that_envoy_does_not_allow_it() {
    let build = Build::panicking(&module()).unwrap();
    let names = || [COMPLETE].into_iter().chain(capabilities());
    // Envoy refuses single listeners only if it discovers them.
    let world = World::with(names().map(|name| lacking(name, &build)), Bootstrap::live);
    let list = format!(r#"["{LISTED}"]"#);
    world.upstream.script_by("", move |received| match &received.target[..] {
        b"/origins" => Answer::new(200).body(list.clone()),
        _ => Answer::new(200).header("access-control-allow-origin", "*"),
    });
    world.upstream.script_by("redirected", |received| match &received.target[..] {
        b"/app/" => Answer::new(302).header("location", "http://api.test/elsewhere"),
        _ => Answer::new(200),
    });
    let served = |name: &&str| world.envoy.address(name).is_ok();
    let complete = behaviour(&world, COMPLETE);
    let mut effects: BTreeMap<&str, &str> = BTreeMap::new();
    for name in capabilities() {
        if !served(&name) {
            effects.insert(name, "Envoy refuses the configuration");
        } else if behaviour(&world, name) != complete {
            effects.insert(name, "clients see other answers");
        }
    }
    // The timer allows the next line about a refused request.
    poll(DEADLINE, "a second line in the log", || {
        for listener in [COMPLETE, "proxy_on_tick"] {
            world.send(listener, Protocol::Http1, &get("/app/", EVIL));
        }
        (refused_requests(&world, COMPLETE) > 1).then_some(())
    })
    .unwrap();
    if refused_requests(&world, "proxy_on_tick") == 1 {
        effects.insert("proxy_on_tick", "nothing that waits for the timer happens");
    }
    let allows_listed =
        |listener| world.send(listener, Protocol::Http1, &Request::preflight("/app/", LISTED, "GET")).status == 204;
    poll(DEADLINE, "the list is in force", || allows_listed(COMPLETE).then_some(())).unwrap();
    if !allows_listed("proxy_on_http_call_response") {
        effects.insert("proxy_on_http_call_response", "no list of a source comes into force");
    }
    // Some have panicked at their configuration.
    let panics = || world.envoy.log().matches("panicked at").count();
    let before = panics();
    for name in ["fd_write", "environ_sizes_get"] {
        assert!(!world.envoy.log().contains(&refusal(name)), "{name} is for panics");
        make_panic(&world, name);
        effects.insert(name, "a panic leaves no message in the log");
    }
    assert_eq!(panics(), before);
    make_panic(&world, COMPLETE);
    assert_eq!(panics(), before + 1, "a panic leaves a message");
    let log = world.envoy.log();
    for name in capabilities().filter(|name| log.contains(&refusal(name))) {
        effects.entry(name).or_insert("Envoy's log names the refused call");
    }
    for (name, effect) in &effects {
        println!("without {name}: {effect}");
    }
    let unnoticed: Vec<&str> = capabilities().filter(|name| !effects.contains_key(name)).collect();
    assert!(unnoticed.is_empty(), "the module does without {unnoticed:?}");
}

#[test]
fn a_module_with_all_its_capabilities_asks_for_no_other() {
    let build = Build::panicking(&module()).unwrap();
    let world = World::of([lacking(COMPLETE, &build)]);
    behaviour(&world, COMPLETE);
    make_panic(&world, COMPLETE);
    let log = world.envoy.log();
    assert!(log.contains("panicked at") && !log.contains("restricted"), "{log}");
}
