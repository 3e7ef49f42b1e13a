//! Clients that ask all the time and check every answer.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use corsac_testbed::client::Protocol;
use corsac_testbed::client::http1::Connection;

use crate::marked::{Marked, requests};

/// The requests on one connection over HTTP/1.1. A new connection may come to another worker.
const REQUESTS: usize = 200;

/// The clients of one Envoy: one over HTTP/1.1 and one over HTTP/2.
pub struct Load {
    ended: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Answers>>,
}

/// The answers to a client.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub count: usize,
    /// The numbers of the policies that have made them.
    pub policies: BTreeSet<u64>,
}

impl Load {
    pub fn on(address: SocketAddr) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let clients = [keep_a_connection, connect_anew].map(|client| {
            let ended = Arc::clone(&ended);
            thread::spawn(move || client(address, &ended))
        });
        Self { ended, clients: clients.into() }
    }

    /// Ends the clients. Panics if an answer was wrong.
    pub fn end(mut self) -> Answers {
        self.ended.store(true, Ordering::Relaxed);
        let mut sum = Answers::default();
        for client in self.clients.drain(..) {
            let answers = client.join().expect("every answer is right");
            assert!(answers.count > 0, "a client has asked nothing");
            sum.count += answers.count;
            sum.policies.extend(answers.policies);
        }
        sum
    }
}

impl Drop for Load {
    /// Ends the clients, also if the test fails.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// One worker serves a connection, so its policies never go back.
fn keep_a_connection(address: SocketAddr, ended: &AtomicBool) -> Answers {
    let requests = requests();
    let mut answers = Answers::default();
    while !ended.load(Ordering::Relaxed) {
        let mut connection = Connection::open(address).expect("Envoy accepts a connection");
        let mut last = 0;
        for marked in requests.iter().cycle().take(REQUESTS) {
            let number = marked.number_in(&connection.send(&marked.request).expect("every request is answered"));
            assert!(number >= last, "policy {number} after policy {last}");
            last = number;
            answers.add(number);
        }
    }
    answers
}

fn connect_anew(address: SocketAddr, ended: &AtomicBool) -> Answers {
    let mut answers = Answers::default();
    while !ended.load(Ordering::Relaxed) {
        for marked in requests() {
            answers.add(ask(address, &marked));
        }
    }
    answers
}

/// Asks over HTTP/2, on a connection of its own.
pub fn ask(address: SocketAddr, marked: &Marked) -> u64 {
    let response = Protocol::Http2.send(address, &marked.request).expect("every request is answered");
    marked.number_in(&response)
}

impl Answers {
    fn add(&mut self, number: u64) {
        self.count += 1;
        self.policies.insert(number);
    }
}
