//! Exchanges that end before their time, and filters ahead that answer themselves: the module's
//! contexts come and go with them, the module never breaks, and afterwards Envoy answers as before.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::{iter, thread};

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response, hpack, http1, http2},
    config::{Action, Listener, Route},
    poll,
    upstream::{Answer, Upstream},
};
use serde_json::{Value, json};

use crate::external_processor::{self, ExternalProcessor, Step, Steps};
use crate::trace::Trace;
use crate::world::{World, corsac, front};

const ORIGIN: &str = "https://app.example";
const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// Callbacks of an exchange that the module saw whole, and of one that ended before its response.
const WHOLE: &str = "request response delete";
const CUT: &str = "request delete";
/// Those of an exchange that never got as far as the filter: Envoy creates a context at its end,
/// only to delete it.
const UNSEEN: &str = "delete";

/// How often each case is tried: a context that leaked or broke would show at the next one too.
const TIMES: usize = 3;

fn traced(listeners: impl IntoIterator<Item = Listener>, clusters: Vec<Value>) -> World {
    World::with(listeners, |bootstrap| {
        clusters.into_iter().fold(bootstrap, corsac_testbed::config::Bootstrap::cluster).traced()
    })
}

fn actual() -> Request {
    Request::new("GET", "/").header("origin", ORIGIN)
}

/// Whether the response lets the origin read it: the sign that the filter saw it.
fn is_allowed(response: &Response) -> bool {
    response.headers.joined("access-control-allow-origin").as_deref() == Some(ORIGIN.as_bytes())
}

/// Envoy still answers, by the same VMs as at its start, and nothing in its log tells of a module
/// that broke.
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

/// The bytes of a request over that protocol, on a connection of its own.
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
            // SETTINGS; then HEADERS with END_HEADERS and, unless a body is announced, END_STREAM
            // (RFC 9113, section 6).
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

/// Takes a stream back: over HTTP/2 by `RST_STREAM` with CANCEL, else by closing the connection.
fn abort(mut stream: TcpStream, protocol: Protocol) {
    if protocol == Protocol::Http2 {
        stream.write_all(&[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]).unwrap();
    }
}

#[test]
fn clients_that_go_away_before_their_headers_are_complete_leave_no_context() {
    let world = traced([front(POLICY)], Vec::new());
    for protocol in Protocol::ALL {
        let whole = bytes(protocol, &actual());
        for length in [1, whole.len() / 2, whole.len() - 1] {
            connect(&world, "front").write_all(&whole[..length]).unwrap();
        }
    }
    assert_answers(&world, "front");
    let trace = Trace::of_ended(&world, 4);
    assert_eq!(trace.exchanges(), [WHOLE; 4], "those asked afterwards");
}

#[test]
fn clients_that_go_away_within_their_body_or_while_the_upstream_thinks_leave_no_context() {
    let world = traced([front(POLICY)], Vec::new());
    let mut seen = Vec::new();
    for (number, protocol) in Protocol::ALL.into_iter().cycle().take(2 * TIMES).enumerate() {
        let id = format!("thinking-{number}");
        let hold = world.upstream.hold(&id, Answer::new(200));
        let mut stream = connect(&world, "front");
        stream.write_all(&bytes(protocol, &actual().id(&id))).unwrap();
        world.upstream.wait_for(&id).unwrap();
        abort(stream, protocol);
        seen.push(CUT);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
        drop(hold);

        let mut stream = connect(&world, "front");
        stream.write_all(&bytes(protocol, &actual().header("content-length", "10"))).unwrap();
        seen.push(CUT);
        wait_until_shown(&world, "request", seen.len());
        abort(stream, protocol);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    }
    assert_answers(&world, "front");
}

/// Waits until Envoy has shown the headers of that many requests, or responses, to the module.
fn wait_until_shown(world: &World, of: &str, count: usize) {
    let callback = format!("[host->vm] proxy_on_{of}_headers");
    let seen = || (world.envoy.log().matches(&callback).count() >= count).then_some(());
    poll(DEADLINE, &callback, seen).unwrap();
}

#[test]
fn clients_that_go_away_within_a_response_leave_no_context() {
    let world = traced([front(POLICY)], Vec::new());
    world.upstream.script("half", Answer::new(200).header("content-length", "100").body("part"));
    let mut seen = Vec::new();
    for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
        let mut stream = connect(&world, "front");
        stream.write_all(&bytes(protocol, &actual().id("half"))).unwrap();
        read_until(&mut stream, b"part");
        abort(stream, protocol);
        seen.push(WHOLE);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    }
    assert_answers(&world, "front");
}

fn read_until(stream: &mut TcpStream, wanted: &[u8]) {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.windows(wanted.len()).any(|window| window == wanted) {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "the connection ended after {}", read.escape_ascii());
        read.extend_from_slice(&piece[..length]);
    }
}

#[test]
fn clients_that_do_not_wait_for_our_own_reply_leave_no_context() {
    let world = traced([front(POLICY)], Vec::new());
    for protocol in Protocol::ALL {
        for _ in 0..10 * TIMES {
            let mut stream = connect(&world, "front");
            stream.write_all(&bytes(protocol, &Request::preflight("/", ORIGIN, "GET"))).unwrap();
            abort(stream, protocol);
        }
    }
    assert_answers(&world, "front");
    let trace = Trace::of_ended(&world, 4);
    let known = |callbacks: &String| [WHOLE, CUT].contains(&callbacks.as_str());
    assert!(trace.exchanges().iter().all(known), "{:?}", trace.exchanges());
}

/// An upstream that reads the head of a request, writes these bytes and closes the connection.
fn breaking(reply: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // It ends with the process: nothing waits for it.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            // Envoy may be gone already.
            let _ = stream.write_all(reply);
        }
    });
    address
}

fn cluster(name: &str, address: SocketAddr) -> Value {
    let address = json!({ "address": address.ip().to_string(), "port_value": address.port() });
    json!({ "name": name, "type": "STATIC", "load_assignment": { "cluster_name": name, "endpoints": [{
        "lb_endpoints": [{ "endpoint": { "address": { "socket_address": address } } }],
    }] } })
}

/// A listener that leads to the cluster of its name.
fn leading_to_a_cluster(name: &str) -> Listener {
    let action = Action::Other("route", json!({ "cluster": name }));
    Listener::new(name).filter(corsac(POLICY)).route(Route { action, ..Route::default() })
}

#[test]
fn upstreams_that_break_are_answered_for_and_leave_no_context() {
    // The upstream's bytes, and the status that the client gets.
    let cases: [(&str, &[u8], Option<u16>); 4] = [
        ("silent", b"", Some(503)),
        ("nonsense", b"nonsense\r\n\r\n", Some(502)),
        ("head-cut", b"HTTP/1.1 200 OK\r\ncontent-le", Some(502)),
        ("body-cut", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart", None),
    ];
    let clusters = cases.iter().map(|(name, reply, _)| cluster(name, breaking(reply))).collect();
    let listeners = cases.iter().map(|(name, ..)| leading_to_a_cluster(name)).chain([front(POLICY)]);
    let world = traced(listeners, clusters);
    for (name, _, status) in cases {
        for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
            let answer = protocol.send(world.envoy.address(name).unwrap(), &actual());
            match (status, answer) {
                (Some(status), Ok(answer)) => {
                    assert_eq!(answer.status, status, "{name}, {protocol}");
                    assert!(is_allowed(&answer), "{name}, {protocol}: {answer:?}");
                }
                (None, Err(_)) => {}
                // The head went out before the upstream broke.
                (None, Ok(answer)) => assert!(answer.status == 200 && answer.body == b"part", "{answer:?}"),
                (Some(_), Err(failure)) => panic!("{name}, {protocol}: {failure}"),
            }
        }
    }
    let count = cases.len() * 2 * TIMES;
    assert_eq!(Trace::of_ended(&world, count).exchanges(), vec![WHOLE; count]);
    assert_answers(&world, "front");
}

#[test]
fn timeouts_in_every_phase_leave_no_context() {
    let route = |fields| Route { fields, ..Route::default() };
    let listeners = [
        front(POLICY),
        // The whole response takes too long.
        Listener::new("response").filter(corsac(POLICY)).route(Route {
            action: Action::Other("route", json!({ "cluster": "upstream", "timeout": "0.2s" })),
            ..route(Vec::new())
        }),
        // The request's body does not come.
        Listener::new("request").filter(corsac(POLICY)).manager("request_timeout", json!("0.2s")),
        // The response's body stops coming.
        Listener::new("idle").filter(corsac(POLICY)).manager("stream_idle_timeout", json!("0.2s")),
    ];
    let world = traced(listeners, Vec::new());
    let part = Answer::new(200).header("content-length", "100").body("part");
    for protocol in Protocol::ALL {
        let hold = world.upstream.hold("slow", Answer::new(200));
        let late = world.send("response", protocol, &actual().id("slow"));
        assert!(late.status == 504 && is_allowed(&late), "{protocol}: {late:?}");
        drop(hold);

        let id = format!("incomplete-{protocol:?}");
        let mut stream = connect(&world, "request");
        stream.write_all(&bytes(protocol, &actual().id(&id).header("content-length", "10"))).unwrap();
        let line = world.envoy.access_log().wait_for(&id).unwrap();
        assert_eq!(line.status, 408, "{protocol}");

        world.upstream.script("stops", part.clone());
        let cut = protocol.send(world.envoy.address("idle").unwrap(), &actual().id("stops"));
        assert!(cut.as_ref().map_or(true, |cut| cut.body == b"part"), "{protocol}: {cut:?}");
    }
    assert_eq!(Trace::of_ended(&world, 6).exchanges(), [WHOLE; 6]);
    assert_answers(&world, "front");
}

/// A filter that asks the cluster `authority` whether a request may pass.
fn external_authorization() -> Value {
    let server = json!({ "uri": "http://authority.test", "cluster": "authority", "timeout": "20s" });
    json!({ "name": "ext_authz", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "http_service": { "server_uri": server },
    } })
}

#[test]
fn requests_that_ext_authz_denies_ahead_of_the_filter_leave_no_context() {
    let authority = Upstream::start().unwrap();
    let listener = Listener::new("authorized").filter(external_authorization()).filter(corsac(POLICY));
    let world = traced([listener, front(POLICY)], vec![cluster("authority", authority.address())]);
    let mut seen = Vec::new();
    for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
        for (status, callbacks) in [(403, UNSEEN), (200, WHOLE)] {
            authority.script("", Answer::new(status));
            let answer = world.send("authorized", protocol, &actual());
            assert_eq!((answer.status, is_allowed(&answer)), (status, status == 200), "{protocol}: {answer:?}");
            seen.push(callbacks);
        }
        let asked = authority.received("").len();
        let hold = authority.hold("", Answer::new(200));
        let mut stream = connect(&world, "authorized");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        let is_asked = || (authority.received("").len() > asked).then_some(());
        poll(DEADLINE, "the authority is asked", is_asked).unwrap();
        abort(stream, protocol);
        seen.push(UNSEEN);
        // Only then may the authority answer: before, the request would pass for a moment.
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
        drop(hold);
    }
    authority.script("", Answer::new(200));
    assert_answers(&world, "authorized");
    assert_answers(&world, "front");
}

/// What the client gets for a request whose processor takes these steps ahead of the filter, and
/// what the filter sees of it.
struct Processed {
    name: &'static str,
    steps: Steps,
    status: u16,
    callbacks: &'static str,
}

const PROCESSED: [Processed; 7] = {
    use Step::{Answer, Continue, Fail, Keep};
    const fn of(
        name: &'static str,
        (request, response): (Step, Step),
        status: u16,
        callbacks: &'static str,
    ) -> Processed {
        Processed { name, steps: Steps { request, response }, status, callbacks }
    }
    [
        of("continue", (Continue, Continue), 200, WHOLE),
        of("answer-the-request", (Answer, Continue), 401, UNSEEN),
        of("answer-the-response", (Continue, Answer), 401, WHOLE),
        of("fail-at-the-request", (Fail, Continue), 500, UNSEEN),
        of("fail-at-the-response", (Continue, Fail), 500, WHOLE),
        of("keep-the-request", (Keep, Continue), 504, UNSEEN),
        of("keep-the-response", (Continue, Keep), 504, WHOLE),
    ]
};

#[test]
fn an_external_processor_ahead_of_the_filter_does_what_it_likes_and_leaves_no_context() {
    let processors: Vec<_> = PROCESSED.iter().map(|case| ExternalProcessor::start(case.steps)).collect();
    let clusters = iter::zip(&PROCESSED, &processors).map(|(case, processor)| processor.cluster(case.name)).collect();
    let listeners = PROCESSED.iter().map(|case| {
        let processor = external_processor::filter(case.name, "0.3s");
        Listener::new(case.name).filter(processor).filter(corsac(POLICY))
    });
    let world = traced(listeners.chain([front(POLICY)]), clusters);
    let mut seen = Vec::new();
    for case in &PROCESSED {
        for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
            let answer = world.send(case.name, protocol, &actual());
            assert_eq!(answer.status, case.status, "{}, {protocol}: {answer:?}", case.name);
            seen.push(case.callbacks);
        }
    }
    assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    assert_answers(&world, "continue");
    assert_answers(&world, "front");
}

#[test]
fn clients_that_go_away_while_an_external_processor_thinks_leave_no_context() {
    let keeping = |request, response| ExternalProcessor::start(Steps { request, response });
    let processors =
        [("request", keeping(Step::Keep, Step::Continue)), ("response", keeping(Step::Continue, Step::Keep))];
    let clusters = processors.iter().map(|(name, processor)| processor.cluster(name)).collect();
    let listeners = processors
        .iter()
        .map(|(name, _)| Listener::new(*name).filter(external_processor::filter(name, "20s")).filter(corsac(POLICY)));
    let world = traced(listeners.chain([front(POLICY)]), clusters);
    let asked = || world.envoy.stat("cluster.request.upstream_rq_total").unwrap();
    let mut seen = Vec::new();
    for (number, protocol) in (1..).zip(Protocol::ALL.into_iter().cycle().take(2 * TIMES)) {
        let before = asked();
        let mut stream = connect(&world, "request");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        poll(DEADLINE, "the processor is asked", || (asked() > before).then_some(())).unwrap();
        abort(stream, protocol);
        seen.push(UNSEEN);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);

        let mut stream = connect(&world, "response");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        wait_until_shown(&world, "response", number);
        abort(stream, protocol);
        seen.push(WHOLE);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    }
    assert_answers(&world, "front");
}
