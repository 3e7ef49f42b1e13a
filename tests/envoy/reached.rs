//! What the upstream gets to see, and what the access log says of the rest.

use corsac_testbed::client::{Protocol, Request};

use crate::world::{World, front};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"], "allowMethods": ["GET", "PUT"] }"#;

#[test]
fn no_preflight_reaches_the_upstream_whatever_its_origin_method_and_headers_are() {
    let world = World::of([front(POLICY)]);
    let mut number = 0;
    for protocol in Protocol::ALL {
        for (origin, status) in
            [("https://app.example", 204), ("https://evil.example", 403), ("null", 403), ("nonsense", 403)]
        {
            for method in ["GET", "PUT", "DELETE", "get", "@"] {
                for path in ["/", "/a?b=c", "//a"] {
                    number += 1;
                    let id = format!("preflight-{number}");
                    let request = Request::preflight(path, origin, method)
                        .header("access-control-request-headers", "x-a")
                        .id(&id);
                    assert_eq!(world.send("front", protocol, &request).status, status, "{protocol}: {origin} {method}");
                    assert!(world.upstream.received(&id).is_empty(), "{protocol}: {origin} {method} {path}");
                }
            }
        }
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn what_only_looks_like_a_preflight_reaches_the_upstream() {
    let world = World::of([front(POLICY)]);
    let lookalikes = [
        ("options-without-a-method", Request::new("OPTIONS", "/").header("origin", "https://app.example")),
        ("options-with-an-empty-method", Request::preflight("/", "https://app.example", "")),
        ("options-without-an-origin", Request::new("OPTIONS", "/").header("access-control-request-method", "GET")),
        ("options-with-an-empty-origin", Request::preflight("/", "", "GET")),
        (
            "get-with-a-method",
            Request::new("GET", "/")
                .header("origin", "https://app.example")
                .header("access-control-request-method", "GET"),
        ),
    ];
    for protocol in Protocol::ALL {
        for (name, request) in &lookalikes {
            let id = format!("{name}-{protocol:?}");
            world.send("front", protocol, &request.clone().id(&id));
            assert_eq!(world.upstream.received(&id).len(), 1, "{id}");
        }
    }
}

#[test]
fn the_access_log_says_who_answered_a_preflight_and_why_an_origin_was_refused() {
    let world = World::of([front(POLICY)]);
    let cases = [
        ("allowed", Request::preflight("/", "https://app.example", "GET"), "corsac_preflight_allowed", None),
        (
            "refused",
            Request::preflight("/", "https://evil.example", "GET"),
            "corsac_preflight_denied_origin_not_listed",
            Some("default;preflight;refused;origin-not-listed"),
        ),
        (
            "actual",
            Request::new("GET", "/").header("origin", "https://evil.example"),
            "via_upstream",
            Some("default;actual;refused;origin-not-listed"),
        ),
        ("no-origin", Request::new("GET", "/"), "via_upstream", None),
    ];
    for protocol in Protocol::ALL {
        for (name, request, details, refusal) in &cases {
            let id = format!("{name}-{protocol:?}");
            world.send("front", protocol, &request.clone().id(&id));
            let line = world.envoy.access_log().wait_for(&id).unwrap();
            assert_eq!((line.details.as_str(), line.refusal.as_deref()), (*details, *refusal), "{id}");
        }
    }
}
