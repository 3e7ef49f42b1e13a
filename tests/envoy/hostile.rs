//! Bytes that no browser sends: the worker survives all of them, and lets nothing in.

use corsac_testbed::client::{Protocol, Request, Response};
use corsac_testbed::hostile::{FIELDS, request, value};
use corsac_testbed::random::Random;

use crate::world::{World, front};

/// Everything that reads the client's bytes: reflection, patterns, rules on host and path, echoed
/// names.
const POLICY: &str = r#"{
    "policies": {
        "reflect": { "allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"], "allowCredentials": true,
                     "acceptRisks": ["any-origin-with-credentials"] },
        "listed": { "allowOrigins": ["https://app.example", "https://*.app.example", { "regex": "https://app-[0-9]+\\.app\\.example" }],
                    "disallowedOrigins": "reject" } },
    "rules": [ { "hosts": ["listed.test"], "paths": ["/v1/*"], "policy": "listed" },
               { "hosts": ["listed.test", "[::1]"], "policy": "listed" },
               { "policy": "reflect" } ],
    "debug": true }"#;

/// Asserts the properties that every answer has, whatever the request.
fn assert_harmless(response: &Response, field: &str, value: &[u8]) {
    let cors = response
        .headers
        .select(|name| name.starts_with("access-control-") || name == "vary" || name == "corsac-decision");
    for (name, answered) in &cors.0 {
        let printable = answered.iter().all(|byte| (b' '..=b'~').contains(byte));
        assert!(
            printable,
            "{field} {:?} is answered with {}: {}",
            value.escape_ascii().to_string(),
            name.escape_ascii(),
            answered.escape_ascii()
        );
    }
    if field == "origin" && !value.is_ascii() {
        assert!(!cors.has("access-control-allow-origin"), "the origin {} is allowed: {cors}", value.escape_ascii());
    }
}

/// Sends `values` in every field, in every way, and checks after each field that the worker still
/// answers.
fn withstand(world: &World, values: &[Vec<u8>]) {
    let address = world.envoy.address("front").unwrap();
    for field in FIELDS {
        for (protocol, preflight, host) in ways() {
            for value in values {
                // Envoy may also refuse a request before any filter sees it.
                if let Ok(response) = protocol.send(address, &request(field, value, preflight, host)) {
                    assert_ne!(response.status, 503, "{protocol}: {field} {:?}", value.escape_ascii().to_string());
                    assert_ne!(response.status, 500, "{protocol}: {field} {:?}", value.escape_ascii().to_string());
                    assert_harmless(&response, field, value);
                }
            }
            let answer = world.send("front", protocol, &Request::preflight("/v1/a", "https://app.example", "PUT"));
            assert_eq!(answer.status, 204, "after {field} over {protocol}:\n{}", world.envoy.log());
            assert_eq!(
                answer.headers.joined("access-control-allow-origin").as_deref(),
                Some(&b"https://app.example"[..])
            );
        }
        world.assert_that_the_module_never_broke();
    }
}

fn ways() -> impl Iterator<Item = (Protocol, bool, &'static str)> {
    let kinds = [(true, "listed.test"), (true, "other.test"), (false, "listed.test"), (false, "other.test")];
    Protocol::ALL.into_iter().flat_map(move |protocol| kinds.map(|(preflight, host)| (protocol, preflight, host)))
}

#[test]
fn the_worker_withstands_every_byte_above_ascii_in_every_field() {
    let bytes: Vec<Vec<u8>> = (0x80..=0xff).map(|byte| vec![b'a', byte, b'z']).collect();
    withstand(&World::of([front(POLICY)]), &bytes);
}

#[test]
fn the_worker_withstands_lone_bytes_and_bytes_within_an_allowed_origin() {
    let around = [0x00, 0x09, 0x20, 0x22, 0x2c, 0x5c, 0x7f, 0x80, 0xc3, 0xf0, 0xff];
    let near = |byte: u8| {
        [
            vec![byte],
            [b"https://app.example", &[byte][..]].concat(),
            [b"https://", &[byte][..], b".app.example"].concat(),
        ]
    };
    let values: Vec<Vec<u8>> = around.into_iter().flat_map(near).collect();
    withstand(&World::of([front(POLICY)]), &values);
}

#[test]
fn the_worker_withstands_random_bytes_in_every_field() {
    let mut random = Random(0x0c05_5ac0);
    let values: Vec<Vec<u8>> = (0..96).map(|_| value(&mut random)).collect();
    withstand(&World::of([front(POLICY)]), &values);
}

#[test]
fn the_worker_withstands_values_at_the_limits_of_length() {
    let lengths = [326, 327, 4096, 16 * 1024, 16 * 1024 + 1, 48 * 1024];
    let of = |length: usize| [vec![b'a'; length], vec![b','; length], vec![0xe9; length], b"x-a,".repeat(length / 4)];
    let values: Vec<Vec<u8>> = lengths.into_iter().flat_map(of).collect();
    withstand(&World::of([front(POLICY)]), &values);
}
