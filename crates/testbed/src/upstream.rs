//! A spy: an HTTP/1.1 server that answers as scripted and records every request.
//!
//! The `x-vector` header of a request is its id, and selects its script. A request without an id or
//! without a script gets the default answer, and is recorded too.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};

pub use crate::server::{Answer, Received};
use crate::{DEADLINE, Result, poll, server::Server};

/// The header that holds a request's id.
pub const ID: &str = "x-vector";

/// A running upstream. Dropping it stops it.
pub struct Upstream {
    server: Server,
    shared: Arc<Shared>,
}

/// Keeps a request open at the upstream until it is dropped.
pub struct Hold(#[expect(dead_code, reason = "dropping it releases the request")] mpsc::Sender<()>);

#[derive(Default)]
struct Shared {
    scripts: Mutex<HashMap<Vec<u8>, Script>>,
    received: Mutex<HashMap<Vec<u8>, Vec<Received>>>,
    otherwise: Mutex<Answer>,
}

struct Script {
    answer: Box<dyn Fn(&Received) -> Answer + Send>,
    hold: Option<Mutex<mpsc::Receiver<()>>>,
}

impl Upstream {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// If no port is free.
    pub fn start() -> Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Starts one on that address.
    ///
    /// # Errors
    /// If the address is in use.
    pub fn start_at(address: SocketAddr) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let answers = Arc::clone(&shared);
        let server = Server::start_at(address, move |received| answers.answer(received))?;
        Ok(Self { server, shared })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Sets the answer to requests with that id.
    pub fn script(&self, id: impl AsRef<[u8]>, answer: Answer) {
        self.script_by(id, move |_| answer.clone());
    }

    /// Like [`Upstream::script`], but a function makes the answer from the request.
    pub fn script_by(&self, id: impl AsRef<[u8]>, answer: impl Fn(&Received) -> Answer + Send + 'static) {
        lock(&self.shared.scripts).insert(id.as_ref().to_vec(), Script { answer: Box::new(answer), hold: None });
    }

    /// Sets the answer to every request without a script.
    pub fn otherwise(&self, answer: Answer) {
        *lock(&self.shared.otherwise) = answer;
    }

    /// Like [`Upstream::script`], but the answer is sent only after the hold has been dropped.
    pub fn hold(&self, id: impl AsRef<[u8]>, answer: Answer) -> Hold {
        let (sender, receiver) = mpsc::channel();
        let script = Script { answer: Box::new(move |_| answer.clone()), hold: Some(Mutex::new(receiver)) };
        lock(&self.shared.scripts).insert(id.as_ref().to_vec(), script);
        Hold(sender)
    }

    /// The requests with that id so far.
    pub fn received(&self, id: impl AsRef<[u8]>) -> Vec<Received> {
        lock(&self.shared.received).get(id.as_ref()).cloned().unwrap_or_default()
    }

    /// Waits for a request with that id.
    ///
    /// # Errors
    /// If none comes in time.
    pub fn wait_for(&self, id: &str) -> Result<Received> {
        poll(DEADLINE, &format!("the upstream receives the request {id}"), || self.received(id).pop())
    }
}

impl Shared {
    fn answer(&self, received: &Received) -> Answer {
        let (answer, hold) = self.take(received);
        if let Some(hold) = hold {
            // The channel closes when the hold is dropped.
            let _ = hold.recv_timeout(DEADLINE);
        }
        answer
    }

    /// Records the request; returns its answer, and the hold to wait for before it.
    fn take(&self, received: &Received) -> (Answer, Option<mpsc::Receiver<()>>) {
        let id = received.headers.joined(ID).unwrap_or_default();
        lock(&self.received).entry(id.clone()).or_default().push(received.clone());
        match lock(&self.scripts).get_mut(&id) {
            // A hold stops one request; later ones pass.
            Some(script) => ((script.answer)(received), script.hold.take().and_then(|hold| hold.into_inner().ok())),
            None => (lock(&self.otherwise).clone(), None),
        }
    }
}

/// A thread that panicked cannot have left these incomplete.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::client::{Request, http1};

    #[test]
    fn a_request_is_answered_as_scripted_and_recorded_byte_for_byte() {
        let upstream = Upstream::start().unwrap();
        upstream.script("a", Answer::new(418).header("vary", "a").header("vary", b"\xff").body("tea"));
        let mut request =
            Request::new("PUT", "/x?y").header("origin", b"\xfe").header("x", "1").header("x", "2").id("a");
        request.body = b"body".to_vec();
        let answer = http1::send(upstream.address(), &request).unwrap();
        assert_eq!((answer.status, &answer.body[..]), (418, &b"tea"[..]));
        assert_eq!(answer.headers.lines("Vary").collect::<Vec<_>>(), [&b"a"[..], b"\xff"]);
        let [received] = upstream.received("a").try_into().unwrap();
        assert_eq!(
            (&received.method[..], &received.target[..], &received.body[..]),
            (&b"PUT"[..], &b"/x?y"[..], &b"body"[..])
        );
        assert_eq!(received.headers.joined("x").as_deref(), Some(&b"1,2"[..]));
        assert_eq!(received.headers.joined("origin").as_deref(), Some(&b"\xfe"[..]));
    }

    #[test]
    fn an_answer_that_can_have_no_body_has_none() {
        let upstream = Upstream::start().unwrap();
        for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 101)] {
            upstream.otherwise(Answer::new(status));
            let answer = http1::send(upstream.address(), &Request::new(method, "/")).unwrap();
            assert_eq!((answer.status, answer.body.len()), (status, 0));
            assert_eq!(answer.headers.has("content-length"), method == "HEAD");
        }
    }

    #[test]
    fn a_held_request_is_answered_when_its_hold_is_dropped_and_not_before() {
        let upstream = Upstream::start().unwrap();
        let hold = upstream.hold("held", Answer::new(200));
        let address = upstream.address();
        let request = thread::spawn(move || http1::send(address, &Request::new("GET", "/").id("held")).unwrap().status);
        upstream.wait_for("held").unwrap();
        // Others pass in the meantime.
        assert_eq!(http1::send(address, &Request::new("GET", "/").id("other")).unwrap().status, 200);
        assert!(!request.is_finished());
        drop(hold);
        assert_eq!(request.join().unwrap(), 200);
    }

    #[test]
    fn chunks_are_put_together_in_both_directions() {
        let upstream = Upstream::start().unwrap();
        let chunked =
            Answer::new(200).header("transfer-encoding", "chunked").body("3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nt: 1\r\n\r\n");
        upstream.script("c", chunked);
        let request = Request::new("POST", "/").header("transfer-encoding", "chunked").id("c");
        let bytes = [http1::bytes(&request), b"2\r\nhi\r\n0\r\n\r\n".to_vec()].concat();
        assert_eq!(http1::send_bytes(upstream.address(), &bytes, &request).unwrap().body, b"abcd");
        assert_eq!(upstream.received("c")[0].body, b"hi");
    }
}
