//! Clients that ask all the time and check every answer, which a policy of [`crate::marked`] makes.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{
    Error, Result,
    client::{Protocol, http1::Connection},
    marked::{Marked, requests},
};

/// The requests on one connection over HTTP/1.1. A new connection may come to another worker.
const REQUESTS: usize = 200;

/// The clients of one Envoy: one over HTTP/1.1, and one over HTTP/2. Dropping it ends them.
pub struct Load {
    ended: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<Answers>>>,
}

/// The answers to the clients.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How many there were.
    pub count: usize,
    /// The numbers of the policies that have made them.
    pub policies: BTreeSet<u64>,
}

impl Load {
    /// Starts the clients.
    pub fn on(address: SocketAddr) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let clients = [keep_a_connection, connect_anew].map(|client| {
            let ended = Arc::clone(&ended);
            thread::spawn(move || client(address, &ended))
        });
        Self { ended, clients: clients.into() }
    }

    /// Whether a client has ended, which it does by itself only at a wrong answer.
    pub fn has_failed(&self) -> bool {
        self.clients.iter().any(JoinHandle::is_finished)
    }

    /// Ends the clients.
    ///
    /// # Errors
    /// If an answer was wrong or did not come.
    pub fn end(mut self) -> Result<Answers> {
        self.ended.store(true, Ordering::Relaxed);
        let mut sum = Answers::default();
        for client in self.clients.drain(..) {
            let answers = client.join().map_err(|_| Error::new("a client has panicked"))??;
            sum.count += answers.count;
            sum.policies.extend(answers.policies);
        }
        Ok(sum)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// One worker serves a connection, so its policies never go back.
fn keep_a_connection(address: SocketAddr, ended: &AtomicBool) -> Result<Answers> {
    let requests = requests();
    let mut answers = Answers::default();
    while !ended.load(Ordering::Relaxed) {
        let mut connection = Connection::open(address)?;
        let mut last = 0;
        for marked in requests.iter().cycle().take(REQUESTS) {
            let number = marked.number_in(&connection.send(&marked.request)?)?;
            if number < last {
                return Err(Error::new(format!("policy {number} has made an answer after policy {last}")));
            }
            last = number;
            answers.add(number);
        }
    }
    Ok(answers)
}

fn connect_anew(address: SocketAddr, ended: &AtomicBool) -> Result<Answers> {
    let mut answers = Answers::default();
    while !ended.load(Ordering::Relaxed) {
        for marked in requests() {
            answers.add(ask(address, &marked)?);
        }
    }
    Ok(answers)
}

/// The number of the policy that answers over HTTP/2, on its own connection.
///
/// # Errors
/// If the answer is wrong or does not come.
pub fn ask(address: SocketAddr, marked: &Marked) -> Result<u64> {
    marked.number_in(&Protocol::Http2.send(address, &marked.request)?)
}

impl Answers {
    fn add(&mut self, number: u64) {
        self.count += 1;
        self.policies.insert(number);
    }
}
