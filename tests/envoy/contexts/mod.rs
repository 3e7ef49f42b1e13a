//! Exchanges that end early, and filters ahead that answer. The module's contexts come and go with
//! them, the module never fails, and Envoy still answers afterwards.

mod clients;
mod external_processor;
mod filters_ahead;
mod trace;
mod upstreams;

use std::io::Write;
use std::net::TcpStream;

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response, hpack, http1, http2},
    config::{Bootstrap, Listener, cluster_of},
    poll,
};
use serde_json::Value;

use crate::world::World;

const ORIGIN: &str = "https://app.example";
const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// The callbacks of a complete exchange, and of one that ended before its response.
const WHOLE: &str = "request response delete";
const CUT: &str = "request delete";
/// The callback of an exchange that never reached the filter. Envoy creates a context at its end,
/// only to delete it.
const UNSEEN: &str = "delete";

/// The repetitions of each case: a context that leaked or broke would also show in the next one.
const TIMES: usize = 3;

fn traced(listeners: impl IntoIterator<Item = Listener>, clusters: Vec<Value>) -> World {
    World::with(listeners, |bootstrap| clusters.into_iter().fold(bootstrap, Bootstrap::cluster).traced())
}

fn actual() -> Request {
    Request::new("GET", "/").header("origin", ORIGIN)
}

/// Whether the response lets the origin read it, which shows that the filter saw it.
fn is_allowed(response: &Response) -> bool {
    response.headers.joined("access-control-allow-origin").as_deref() == Some(ORIGIN.as_bytes())
}

/// Asserts that Envoy still answers, with the VMs that it had at its start, and that its log shows
/// no failure of the module.
fn assert_answers(world: &World, listener: &str) {
    for protocol in Protocol::ALL {
        let preflight = world.send(listener, protocol, &Request::preflight("/", ORIGIN, "GET"));
        assert!(preflight.status == 204 && is_allowed(&preflight), "{preflight:?}");
        let answer = world.send(listener, protocol, &actual().id("afterwards"));
        assert!(answer.status == 200 && is_allowed(&answer), "{answer:?}");
    }
    world.assert_that_the_module_never_broke();
    let vms = |what: &str| world.envoy.stat(&format!("wasm.envoy.wasm.runtime.v8.{what}")).unwrap();
    assert_eq!(vms("created") - vms("active"), 1, "one VM was for validation; no other has ended");
}

/// The bytes of a request over that protocol, on a separate connection.
fn bytes(protocol: Protocol, request: &Request) -> Vec<u8> {
    match protocol {
        Protocol::Http1 => http1::bytes(request),
        Protocol::Http2 => {
            let mut block = Vec::new();
            http2::fields(request).0.iter().for_each(|(name, value)| hpack::literal(&mut block, name, value));
            let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            let mut frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
                let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
                bytes.extend([&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat());
            };
            // SETTINGS; then HEADERS with END_HEADERS and, unless a body follows, END_STREAM (RFC
            // 9113, section 6).
            frame(4, 0, 0, &[]);
            frame(1, if request.headers.has("content-length") { 4 } else { 5 }, 1, &block);
            bytes
        }
    }
}

fn connect(world: &World, listener: &str) -> TcpStream {
    let stream = TcpStream::connect(world.envoy.address(listener).unwrap()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// Aborts a stream: over HTTP/2 by `RST_STREAM` with CANCEL, otherwise by closing the connection.
fn abort(mut stream: TcpStream, protocol: Protocol) {
    if protocol == Protocol::Http2 {
        stream.write_all(&[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]).unwrap();
    }
}

/// Waits until Envoy has shown the headers of this many requests, or responses, to the module.
fn wait_until_shown(world: &World, of: &str, count: usize) {
    let callback = format!("[host->vm] proxy_on_{of}_headers");
    let seen = || (world.envoy.log().matches(&callback).count() >= count).then_some(());
    poll(DEADLINE, &callback, seen).unwrap();
}
