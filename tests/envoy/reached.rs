//! The requests that reach the upstream, and the access log's account of the others.

use corsac_testbed::client::{Protocol, Request};
use corsac_testbed::{DEADLINE, poll};

use crate::world::{World, front};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"], "allowMethods": ["GET", "PUT"] }"#;

#[test]
fn no_preflight_reaches_the_upstream_whatever_its_origin_method_and_headers() {
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
fn a_request_that_only_looks_like_a_preflight_reaches_the_upstream() {
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

/// Each worker limits its own log lines; this Envoy has one worker.
#[test]
fn a_flood_of_refusals_makes_one_log_line_and_the_next_line_counts_the_omitted_ones() {
    let world = World::of([front(POLICY)]);
    let refuse = || {
        let request = Request::new("GET", "/").header("origin", "https://evil.example");
        world.send("front", Protocol::Http1, &request);
    };
    let lines = || {
        let log = world.envoy.log();
        let lines = log.lines().filter_map(|line| line.split_once("corsac: default;actual;"));
        lines.map(|(_, line)| line.to_owned()).collect::<Vec<_>>()
    };
    let mut refused = 1;
    refuse();
    poll(DEADLINE, "a log line", || (lines().len() == 1).then_some(())).unwrap();
    assert_eq!(lines(), [r#"refused;origin-not-listed origin="https://evil.example""#]);
    let second = poll(DEADLINE, "another log line", || {
        refuse();
        refused += 1;
        lines().get(1).cloned()
    });
    let second = second.unwrap();
    let left_out = second.strip_prefix(r#"refused;origin-not-listed origin="https://evil.example" (and "#);
    let left_out = left_out.and_then(|rest| rest.strip_suffix(" refusals since the last line)"));
    let left_out: usize = left_out.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{second}"));
    // Envoy flushes the log with a delay, so more requests may have been refused by then.
    assert!((1..refused - 1).contains(&left_out), "{left_out} of {refused}");
}
