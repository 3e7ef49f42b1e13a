//! A route, a virtual host or a route table with its own policy (`typed_per_filter_config`).

use corsac_testbed::{
    client::{Protocol, Request},
    config::{Listener, Route, filter},
    upstream::Upstream,
};
use serde_json::Value;

use crate::world::{World, binary, corsac, module};

const OF_FILTER: &str = "https://filter.example";
const OF_HOST: &str = "https://host.example";
const OF_ROUTE: &str = "https://route.example";

fn policy(origin: &str) -> String {
    format!(r#"{{ "allowOrigins": ["{origin}"] }}"#)
}

fn of_route(policy: &str) -> (&'static str, Value) {
    ("typed_per_filter_config", filter::corsac_of_route(&module(), &policy.into()))
}

/// A listener with the filter's policy, and further ones on its virtual host and its route.
fn listener(name: &str, of_host: Option<&str>, on_route: Option<&str>) -> Listener {
    let field = |origin: Option<&str>| origin.map(|origin| of_route(&policy(origin))).into_iter().collect();
    let route = Route { virtual_host_fields: field(of_host), fields: field(on_route), ..Route::default() };
    Listener::new(name).filter(corsac(&policy(OF_FILTER))).route(route)
}

#[test]
fn the_route_goes_before_its_virtual_host_and_that_before_the_filter() {
    let cases = [
        ("filter", None, None, OF_FILTER),
        ("host", Some(OF_HOST), None, OF_HOST),
        ("route", None, Some(OF_ROUTE), OF_ROUTE),
        ("both", Some(OF_HOST), Some(OF_ROUTE), OF_ROUTE),
    ];
    let world = World::of(cases.map(|(name, of_host, on_route, _)| listener(name, of_host, on_route)));
    for (name, _, _, governs) in cases {
        for origin in [OF_FILTER, OF_HOST, OF_ROUTE] {
            let allowed = (origin == governs).then(|| origin.as_bytes().to_vec());
            for protocol in Protocol::ALL {
                let request = Request::new("GET", "/").header("origin", origin);
                let answer = world.send(name, protocol, &request);
                assert_eq!(answer.headers.joined("access-control-allow-origin"), allowed, "{name} {origin}");

                let preflight = Request::preflight("/", origin, "GET");
                let answer = world.send(name, protocol, &preflight);
                assert_eq!(answer.headers.joined("access-control-allow-origin"), allowed, "{name} {origin}");
                assert_eq!(answer.status, if allowed.is_some() { 204 } else { 403 }, "{name} {origin}");
            }
        }
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_bad_policy_of_a_route_is_refused_with_every_diagnostic() {
    let upstream = Upstream::start().unwrap();
    let bad = r#"{ "allowOrigins": ["https://A.example", "https://b.example/"], "maxAge": -1 }"#;
    let route = Route { fields: vec![of_route(bad)], ..Route::default() };
    let listener = Listener::new("front").filter(corsac(&policy(OF_FILTER))).route(route);
    let bootstrap = corsac_testbed::config::Bootstrap::new(upstream.address()).listener(listener);
    let verdict = binary().validate(&bootstrap).unwrap();
    assert!(!verdict.accepted, "{}", verdict.output);
    for line in
        ["error[invalid-origin] at /allowOrigins/0: ", "error[invalid-origin] at /allowOrigins/1: ", "at /maxAge: "]
    {
        assert!(verdict.output.contains(line), "not in the output: {line}\n{}", verdict.output);
    }
}
