//! Clients that disconnect in every phase of an exchange.

use std::io::{Read, Write};
use std::net::TcpStream;

use corsac_testbed::client::{Protocol, Request};
use corsac_testbed::upstream::Answer;

use super::trace::Trace;
use super::{
    CUT, ORIGIN, POLICY, TIMES, WHOLE, abort, actual, assert_answers, bytes, connect, traced, wait_until_shown,
};
use crate::world::front;

#[test]
fn clients_that_disconnect_before_their_headers_are_complete_leave_no_context() {
    let world = traced([front(POLICY)], Vec::new());
    for protocol in Protocol::ALL {
        let whole = bytes(protocol, &actual());
        for length in [1, whole.len() / 2, whole.len() - 1] {
            connect(&world, "front").write_all(&whole[..length]).unwrap();
        }
    }
    assert_answers(&world, "front");
    let trace = Trace::of_ended(&world, 4);
    assert_eq!(trace.exchanges(), [WHOLE; 4], "the later exchanges");
}

#[test]
fn clients_that_disconnect_within_their_body_or_before_the_response_leave_no_context() {
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

#[test]
fn clients_that_disconnect_within_a_response_leave_no_context() {
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
fn clients_that_do_not_wait_for_the_filters_reply_leave_no_context() {
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
