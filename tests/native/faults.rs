//! A hook that panics: the exchange is answered closed, and Envoy goes on serving.

use std::path::PathBuf;

use corsac_testbed::{
    client::{Protocol, Request, Response},
    config::{Listener, filter},
    upstream::Answer,
};

use crate::world::World;

const ORIGIN: &str = "https://app.example";
const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;
/// The header that names the hook that panics.
const FAULT: &str = "x-corsac-fault";

fn faulty_module() -> PathBuf {
    let named = std::env::var_os("CORSAC_NATIVE_FAULTY");
    named.expect("CORSAC_NATIVE_FAULTY names a build with the feature `fault-injection`").into()
}

fn world() -> World {
    World::of([Listener::new("front").filter(filter::corsac(&faulty_module(), &POLICY.into()))])
}

fn actual(fault: &str) -> Request {
    let request = Request::new("POST", "/").header("origin", ORIGIN).header(FAULT, fault);
    Request { body: b"some body".to_vec(), ..request }
}

fn preflight(fault: &str) -> Request {
    Request::preflight("/", ORIGIN, "GET").header(FAULT, fault)
}

/// The upstream would open the answer to everyone.
fn send(world: &World, protocol: Protocol, id: &str, request: Request) -> Response {
    world.upstream.script(id, Answer::new(200).header("access-control-allow-origin", "*"));
    world.send("front", protocol, &request.id(id))
}

fn assert_that_it_serves(world: &World, protocol: Protocol, id: &str) {
    let answer = send(world, protocol, id, actual("none"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers.joined("access-control-allow-origin"), Some(ORIGIN.into()));
}

fn assert_closed(answer: &Response) {
    assert_eq!(answer.status, 503);
    let cors: Vec<_> = answer.headers.0.iter().filter(|line| line.0.starts_with(b"access-control-")).collect();
    assert!(cors.is_empty(), "{cors:?}");
}

#[test]
fn a_panic_in_the_request_hook_is_answered_with_503_and_reaches_no_upstream() {
    let world = world();
    for protocol in Protocol::ALL {
        let id = format!("request-{protocol:?}");
        assert_closed(&send(&world, protocol, &id, actual("request")));
        assert!(world.upstream.received(&id).is_empty());
        assert_closed(&send(&world, protocol, &format!("preflight-{protocol:?}"), preflight("request")));
        assert_that_it_serves(&world, protocol, &format!("next-{protocol:?}"));
    }
    let log = world.envoy.log();
    assert!(log.contains("a fault was injected into request"), "{log}");
    assert!(log.contains("corsac: the request hook panicked (panic 4 since the module was loaded)"), "{log}");
}

#[test]
fn a_panic_after_a_reply_does_not_answer_twice() {
    let world = world();
    for protocol in Protocol::ALL {
        let answer = send(&world, protocol, &format!("reply-{protocol:?}"), preflight("reply"));
        assert_eq!(answer.status, 204);
        assert_that_it_serves(&world, protocol, &format!("next-{protocol:?}"));
    }
    assert!(world.envoy.log().contains("a fault was injected into reply"));
}

#[test]
fn a_panic_in_the_response_hook_takes_the_upstreams_answer_away() {
    let world = world();
    for protocol in Protocol::ALL {
        assert_closed(&send(&world, protocol, &format!("response-{protocol:?}"), actual("response")));
        assert_that_it_serves(&world, protocol, &format!("next-{protocol:?}"));
    }
    assert!(world.envoy.log().contains("corsac: the response hook panicked"));
}

#[test]
fn a_panic_at_the_end_of_an_exchange_changes_no_answer() {
    let world = world();
    for protocol in Protocol::ALL {
        let answer = send(&world, protocol, &format!("end-{protocol:?}"), actual("end"));
        assert_eq!(answer.status, 200);
        assert_that_it_serves(&world, protocol, &format!("next-{protocol:?}"));
    }
    assert!(world.envoy.log().contains("corsac: the end of a stream panicked"));
}
