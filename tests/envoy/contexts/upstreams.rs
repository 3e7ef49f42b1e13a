//! Upstreams that fail, and timeouts in every phase.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use corsac_testbed::client::Protocol;
use corsac_testbed::config::{Action, Listener, Route};
use corsac_testbed::upstream::Answer;
use serde_json::json;

use super::trace::Trace;
use super::{POLICY, TIMES, WHOLE, actual, assert_answers, bytes, cluster_of, connect, is_allowed, traced};
use crate::world::{corsac, front};

/// How much of a request an upstream reads before it answers.
#[derive(Clone, Copy)]
enum Reads {
    /// The whole head. It then closes the connection in good order.
    Head,
    /// One byte. The kernel then resets the connection, since the rest was not read.
    Byte,
}

/// An upstream that reads a part of a request, writes these bytes and closes the connection.
fn breaking(reads: Reads, reply: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // The thread ends with the process; nothing waits for it.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            match reads {
                Reads::Head => {
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                }
                Reads::Byte => drop(stream.read_exact(&mut [0])),
            }
            // Envoy may have disconnected already.
            let _ = stream.write_all(reply);
        }
    });
    address
}

/// A listener that routes to the cluster of its name.
fn leading_to_a_cluster(name: &str) -> Listener {
    let action = Action::Other("route", json!({ "cluster": name }));
    Listener::new(name).filter(corsac(POLICY)).route(Route { action, ..Route::default() })
}

#[test]
fn upstreams_that_fail_leave_no_context() {
    // The upstream's bytes, and the status that the client gets.
    let cases: [(&str, Reads, &[u8], Option<u16>); 6] = [
        ("silent", Reads::Head, b"", Some(503)),
        ("nonsense", Reads::Head, b"nonsense\r\n\r\n", Some(502)),
        ("head-cut", Reads::Head, b"HTTP/1.1 200 OK\r\ncontent-le", Some(502)),
        ("body-cut", Reads::Head, b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart", None),
        ("reset", Reads::Byte, b"", Some(503)),
        ("head-reset", Reads::Byte, b"HTTP/1.1 200 OK\r\ncontent-le", Some(502)),
    ];
    let clusters = cases.iter().map(|(name, reads, reply, _)| cluster_of(name, breaking(*reads, reply))).collect();
    let listeners = cases.iter().map(|(name, ..)| leading_to_a_cluster(name)).chain([front(POLICY)]);
    let world = traced(listeners, clusters);
    for (name, _, _, status) in cases {
        for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
            let answer = protocol.send(world.envoy.address(name).unwrap(), &actual());
            match (status, answer) {
                (Some(status), Ok(answer)) => {
                    assert_eq!(answer.status, status, "{name}, {protocol}");
                    assert!(is_allowed(&answer), "{name}, {protocol}: {answer:?}");
                }
                (None, Err(_)) => {}
                // The headers were sent before the upstream failed.
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
        // The request's body does not arrive.
        Listener::new("request").filter(corsac(POLICY)).manager("request_timeout", json!("0.2s")),
        // The response's body stops.
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
