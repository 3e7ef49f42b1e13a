//! Origins from a service: several workers, a long list, and services of every kind.

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response},
    config::{Listener, filter},
    envoy::Update,
    poll,
    upstream::Answer,
};

use serde_json::{Value, json};

use crate::world::{World, corsac, front};

const WORKERS: u32 = 4;
/// The id of the requests that fetch the list, which the upstream answers.
const LIST: &str = "list";

const STATIC: &str = "https://static.example";
const LISTED: &str = "https://listed.example";

/// A policy with one static origin and a source.
fn policy(fields: &str) -> String {
    format!(
        r#"{{ "allowOrigins": ["{STATIC}"], "allowCredentials": true,
             "originSources": [{{ "cluster": "upstream", "path": "/origins", "headers": {{ "x-vector": "{LIST}" }}, {fields} }}] }}"#
    )
}

/// One worker with a source whose list is fetched every second.
fn world(fields: &str) -> World {
    World::of([front(&policy(&format!(r#""refresh": "1s", {fields}"#)))])
}

fn list(origins: &[&str]) -> Answer {
    Answer::new(200).body(serde_json::to_vec(&origins).unwrap())
}

fn long_list(last: &str) -> Answer {
    let mut origins: Vec<String> = (0..99_999).map(|number| format!("https://tenant-{number}.example.com")).collect();
    origins.push(last.to_owned());
    Answer::new(200).body(serde_json::to_vec(&origins).unwrap())
}

fn preflight(world: &World, origin: &str) -> Response {
    world.send("front", Protocol::Http1, &Request::preflight("/", origin, "GET"))
}

fn allows(world: &World, origin: &str) -> bool {
    preflight(world, origin).status == 204
}

fn await_allowed(world: &World, origin: &str) {
    poll(DEADLINE, &format!("{origin} is allowed"), || allows(world, origin).then_some(())).unwrap();
}

fn await_refused(world: &World, origin: &str) {
    poll(DEADLINE, &format!("{origin} is refused"), || (!allows(world, origin)).then_some(())).unwrap();
}

/// Waits for that many more fetches than there were.
fn await_fetches(world: &World, more: usize) {
    let wanted = world.upstream.received(LIST).len() + more;
    let fetched = || (world.upstream.received(LIST).len() >= wanted).then_some(());
    poll(DEADLINE, "the list is fetched", fetched).unwrap();
}

/// Asks over new connections, which the kernel spreads over the workers, until every worker has
/// answered; whether all of them allow the origin.
fn every_worker_allows(world: &World, origin: &str) -> bool {
    let connections = || -> Vec<u64> {
        let of = |worker| world.envoy.stat(&format!("listener.127.0.0.1_0.worker_{worker}.downstream_cx_total"));
        (0..WORKERS).map(|worker| of(worker).unwrap()).collect()
    };
    let before = connections();
    for _ in 0..50 {
        if !(0..20).all(|_| allows(world, origin)) {
            return false;
        }
        if connections().iter().zip(&before).all(|(now, before)| now > before) {
            return true;
        }
    }
    panic!("some worker had no connection: {:?}", connections());
}

#[test]
fn a_hundred_thousand_origins_reach_four_workers_by_one_fetch_and_so_does_a_change() {
    let discovered = Listener::new("front").filter(filter::discovered());
    let of = |refresh: &str| corsac(&policy(&format!(r#""refresh": "{refresh}""#)));
    let mut world = World::with_workers(WORKERS, [discovered], |bootstrap| bootstrap.discovering(of("1h")));
    // As long as the upstream answers without a list, it is asked again soon.
    world.upstream.script(LIST, long_list("https://first.example"));
    let has = |world: &World, origin| every_worker_allows(world, origin).then_some(());
    poll(DEADLINE, "every worker has the list", || has(&world, "https://first.example")).unwrap();
    let fetches = world.upstream.received(LIST).len();
    // The others have taken it over: nobody else fetches, although an hour is long.
    assert!((1..=3).contains(&fetches), "{fetches} fetches for {WORKERS} workers");

    // A configuration that replaces this one begins with the list, and fetches when it is due.
    assert_eq!(world.envoy.update_filter(&of("2s")).unwrap(), Update::Accepted);
    assert!(allows(&world, "https://first.example"), "without a gap");
    world.upstream.script(LIST, long_list("https://second.example"));
    poll(DEADLINE, "every worker has the new list", || has(&world, "https://second.example")).unwrap();
    assert!(!allows(&world, "https://first.example"), "the old list is replaced whole");
    assert!(allows(&world, STATIC));
    world.assert_that_the_module_never_broke();
}

#[test]
fn there_is_one_fetch_for_each_refresh_however_many_workers() {
    let front = front(&policy(r#""refresh": "2s""#));
    let world = World::with_workers(WORKERS, [front], |bootstrap| bootstrap);
    world.upstream.script(LIST, list(&[LISTED]).header("etag", "\"1\""));
    let started = std::time::Instant::now();
    await_allowed(&world, LISTED);
    world.upstream.script_by(LIST, |request| {
        assert_eq!(request.headers.joined("if-none-match").as_deref(), Some(&b"\"1\""[..]));
        Answer::new(304)
    });
    await_fetches(&world, 4);
    let (fetches, elapsed) = (world.upstream.received(LIST).len(), started.elapsed());
    // A pause is at most a tenth shorter than two seconds. There are some more at the start.
    let most = elapsed.as_millis() / 1800 + 3;
    assert!((fetches as u128) < most, "{fetches} fetches in {elapsed:?}");
    assert!(allows(&world, LISTED), "304 keeps the list");
    world.assert_that_the_module_never_broke();
}

/// What a service may answer instead of a list. None of it changes what is in force.
fn failures() -> Vec<(&'static str, Answer)> {
    let ok = || Answer::new(200);
    let truncated = ok().header("content-length", "1000").header("connection", "close").body("[\"https://evil.example");
    let redirect = Answer::new(302).header("location", "/elsewhere").body("[\"https://evil.example\"]");
    let gzip = ok().header("content-encoding", "gzip").body(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x8b".to_vec());
    let huge = format!("[\"https://evil.example\"{}]", " ".repeat(9 * 1024 * 1024));
    vec![
        ("an error", Answer::new(500).body("[\"https://evil.example\"]")),
        ("not found", Answer::new(404).body("[\"https://evil.example\"]")),
        ("a redirect", redirect),
        ("no content", Answer::new(204)),
        ("partial content", Answer::new(206).body("[\"https://evil.example\"]")),
        ("a body that ends early", truncated),
        ("a compressed body that ends early", gzip),
        ("a huge body", ok().body(huge)),
        ("an empty body", ok().body("")),
        ("a page", ok().header("content-type", "text/html").body("<html>https://evil.example</html>")),
        ("JSON that ends early", ok().body("[\"https://evil.example\", \"https://ev")),
        ("another document", ok().body("{\"error\": \"https://evil.example\"}")),
        ("bytes", ok().body(b"\x00\xff\xfe\x80".to_vec())),
        ("only what no service may list", ok().body("[\"*\", \"null\", \"https://*.evil.example\"]")),
        ("only what is no origin", ok().body("[\"https://Evil.example/\", \"evil.example\"]")),
    ]
}

/// One source for each failure, all in one Envoy: each has its own policy, by host.
#[test]
fn no_failure_of_a_service_changes_what_is_in_force() {
    let failures = failures();
    let host = |number: usize| format!("n{number}.test");
    let policies = (0..failures.len()).map(|number| {
        let policy = policy(r#""refresh": "1s""#).replace(LIST, &format!("{LIST}{number}"));
        let rule = json!({ "hosts": [host(number)], "policy": format!("p{number}") });
        ((format!("p{number}"), serde_json::from_str::<Value>(&policy).unwrap()), rule)
    });
    let (policies, rules): (serde_json::Map<String, Value>, Vec<Value>) = policies.unzip();
    let world = World::of([front(&json!({ "policies": policies, "rules": rules }).to_string())]);
    let allows = |number: usize, origin: &str| {
        let preflight = Request::preflight("/", origin, "GET").host(host(number));
        world.send("front", Protocol::Http1, &preflight).status == 204
    };
    let script = |number: usize, answer: Answer| world.upstream.script(format!("{LIST}{number}"), answer);
    let received = |number: usize| world.upstream.received(format!("{LIST}{number}")).len();

    (0..failures.len()).for_each(|number| script(number, list(&[LISTED])));
    let all_allow = || (0..failures.len()).all(|number| allows(number, LISTED)).then_some(());
    poll(DEADLINE, "every list is in force", all_allow).unwrap();
    // Twice: a service that fails, comes back, and fails again.
    for _ in 0..2 {
        let before: Vec<usize> = (0..failures.len()).map(received).collect();
        failures.iter().enumerate().for_each(|(number, (_, answer))| script(number, answer.clone()));
        // By the third fetch the first two have ended.
        let failed = || before.iter().enumerate().all(|(number, before)| received(number) >= before + 3).then_some(());
        poll(DEADLINE, "every service has failed", failed).unwrap();
        for (number, (what, _)) in failures.iter().enumerate() {
            let origins = [LISTED, STATIC, "https://evil.example", "https://a.evil.example", "null"];
            let state = origins.map(|origin| allows(number, origin));
            assert_eq!(state, [true, true, false, false, false], "{what}");
            script(number, list(&[LISTED]));
        }
    }
    let log = world.envoy.log();
    for reason in [
        "the service answers with status 302",
        "the service answers with status 206",
        "the answer has a content-encoding",
        "the answer has 9437208 bytes, and at most 8388608 are read",
        "Line 1 is not an origin: \"<html>",
        "the answer has entries, and none of them is an origin",
    ] {
        assert!(log.contains(&format!("corsac: no origins from upstream/origins: {reason}")), "{reason}\n{log}");
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_poisoned_list_is_taken_without_what_no_service_may_list() {
    let world = world(r#""maxStale": "1h""#);
    let poisoned = [
        LISTED,
        "*",
        "null",
        "file://",
        "https://*.evil.example",
        "https://Listed.example",
        "https://listed.example/",
        "https://user@evil.example",
        "https://evil.example:443",
        "https://evil.example\nhttps://static.example",
        "http://evil.example",
        "data:text/html,evil",
        "",
        "https://e\u{301}vil.example",
    ];
    world.upstream.script(LIST, list(&poisoned));
    await_allowed(&world, LISTED);
    let refused = ["null", "file://", "https://a.evil.example", "https://evil.example", "http://evil.example"];
    for origin in refused.into_iter().chain(["https://evil.example:443", "https://Listed.example"]) {
        assert!(!allows(&world, origin), "{origin}");
    }
    let log = world.envoy.log();
    assert!(log.contains("origins from upstream/origins: 2 (1 with plain http); left out: 12 ("), "{log}");
    let stats = world.envoy.stats("corsac_source").unwrap();
    let value = |part: &str| stats.iter().find(|(name, _)| name.contains(part)).map(|(_, value)| *value);
    assert_eq!((value("corsac_source_origins"), value("corsac_source_left_out")), (Some(2), Some(12)), "{stats:?}");
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_list_that_nobody_confirms_goes_out_of_force_and_the_static_origins_stay() {
    let world = world(r#""maxStale": "3s""#);
    world.upstream.script(LIST, list(&[LISTED]));
    await_allowed(&world, LISTED);
    // No answer within the time of a fetch.
    let hold = world.upstream.hold(LIST, Answer::new(503));
    await_refused(&world, LISTED);
    assert!(allows(&world, STATIC));
    drop(hold);
    world.upstream.script(LIST, list(&[LISTED]));
    await_allowed(&world, LISTED);
    world.assert_that_the_module_never_broke();
}

#[test]
fn at_a_cold_start_the_static_origins_alone_are_in_force() {
    for cluster in ["nowhere", "no-such-cluster"] {
        let policy = policy(r#""refresh": "1s""#).replace("\"upstream\"", &format!("\"{cluster}\""));
        let world = World::of([front(&policy)]);
        let warned = || world.envoy.log().contains("no origins from").then_some(());
        poll(DEADLINE, "the failure is logged", warned).unwrap();
        assert!(allows(&world, STATIC));
        assert!(!allows(&world, LISTED));
        world.assert_that_the_module_never_broke();
    }
}

#[test]
fn a_listener_that_goes_away_takes_its_fetch_along() {
    let discovered = Listener::new("front").filter(filter::discovered());
    let with_source = corsac(&policy(r#""refresh": "1s""#));
    let mut world = World::with_workers(2, [discovered], |bootstrap| bootstrap.discovering(with_source.clone()));
    let without = corsac(&format!(r#"{{ "allowOrigins": ["{STATIC}"] }}"#));
    for _ in 0..3 {
        // The answer comes after the filter has gone.
        let hold = world.upstream.hold(LIST, list(&[LISTED]));
        await_fetches(&world, 1);
        assert_eq!(world.envoy.update_filter(&without).unwrap(), Update::Accepted);
        drop(hold);
        assert!(allows(&world, STATIC));
        assert_eq!(world.envoy.update_filter(&with_source).unwrap(), Update::Accepted);
    }
    world.upstream.script(LIST, list(&[LISTED]));
    await_allowed(&world, LISTED);
    world.assert_that_the_module_never_broke();
}

#[test]
fn answers_vary_by_origin_whether_or_not_a_list_is_in_force() {
    let world = world(r#""maxStale": "1h""#);
    let vary = |origin: &str| {
        let actual = world.send("front", Protocol::Http2, &Request::new("GET", "/").header("origin", origin));
        assert_eq!(actual.headers.joined("vary").as_deref(), Some(&b"origin"[..]));
        actual.headers.joined("access-control-allow-origin")
    };
    assert_eq!(vary(LISTED), None);
    world.upstream.script(LIST, list(&[LISTED]));
    await_allowed(&world, LISTED);
    assert_eq!(vary(LISTED).as_deref(), Some(LISTED.as_bytes()));
    world.upstream.script(LIST, list(&[]));
    await_refused(&world, LISTED);
    assert_eq!(vary(LISTED), None);
    let refused = preflight(&world, LISTED).headers.joined("vary");
    assert_eq!(refused.as_deref(), Some(&b"origin, access-control-request-method, access-control-request-headers"[..]));
    world.assert_that_the_module_never_broke();
}
