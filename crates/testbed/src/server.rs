//! A small HTTP/1.1 server. A function answers each request, on the thread of its connection.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{
    Headers, Result,
    wire::{Framing, Head, Wire},
};

/// A running server. Dropping it stops it.
pub struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts one on that address; port 0 means any free port. A slow `answer` delays only its own
    /// connection.
    ///
    /// # Errors
    /// If the address is in use.
    pub fn start_at(address: SocketAddr, answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        thread::spawn(move || accept(&listener, &seen, &Arc::new(answer)));
        Ok(Self { address, ended })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the accepting thread. The threads of open connections end with their connections.
        drop(TcpStream::connect(self.address));
    }
}

fn accept<F>(listener: &TcpListener, ended: &AtomicBool, answer: &Arc<F>)
where
    F: Fn(&Received) -> Answer + Send + Sync + 'static,
{
    for stream in listener.incoming() {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        let answer = Arc::clone(answer);
        // An error means that the peer has closed the connection, which it may do.
        let Ok(wire) = stream.and_then(Wire::new) else { continue };
        thread::spawn(move || serve(wire, &*answer));
    }
}

fn serve(mut wire: Wire, answer: &impl Fn(&Received) -> Answer) -> io::Result<()> {
    while let Some(head) = wire.head()? {
        let body = wire.body(&Framing::of(&head.headers, Framing::None))?;
        let received = Received::new(head, body);
        let answer = answer(&received);
        wire.write(&answer.write(received.method == b"HEAD"))?;
        if answer.status == 101 || received.method == b"CONNECT" {
            // The connection is now a tunnel, and no request follows.
            wire.body(&Framing::UntilClose)?;
        }
        if answer.headers.joined("connection").as_deref() == Some(b"close") {
            return Ok(());
        }
    }
    Ok(())
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 101 to 599.
    pub status: u16,
    /// Sent as they are. The server adds `content-length` if the answer can have a body and has no
    /// framing header.
    pub headers: Headers,
    /// Not sent in answers to HEAD, or with 1xx, 204 and 304.
    pub body: Vec<u8>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method, as written.
    pub method: Vec<u8>,
    /// The request target, as written.
    pub target: Vec<u8>,
    /// The header lines, as written.
    pub headers: Headers,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Received {
    pub(crate) fn new(head: Head, body: Vec<u8>) -> Self {
        let mut words = head.first.splitn(2, |&byte| byte == b' ').map(<[u8]>::to_vec);
        let (method, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let target = rest.strip_suffix(b" HTTP/1.1").unwrap_or(&rest).to_vec();
        Self { method, target, headers: head.headers, body }
    }
}

impl Answer {
    /// An answer with that status, no headers and a short body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Headers::default(), body: b"upstream\n".to_vec() }
    }

    /// With one more header line.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// With that body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn write(&self, to_head: bool) -> Vec<u8> {
        let without_body = self.status < 200 || matches!(self.status, 204 | 304);
        let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        let mut headers = self.headers.clone();
        if !without_body && !headers.has("content-length") && !headers.has("transfer-encoding") {
            headers.push("content-length", self.body.len().to_string());
        }
        for (name, value) in &headers.0 {
            bytes.extend([name, &b": "[..], value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        if !without_body && !to_head {
            bytes.extend(&self.body);
        }
        bytes
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self::new(200)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::Ipv4Addr,
        sync::{Mutex, mpsc},
    };

    use super::*;
    use crate::client::{Request, http1};

    #[test]
    fn a_slow_answer_delays_no_other_connection() {
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let server = Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), move |received| {
            if received.target == b"/slow" {
                let _ = released.lock().unwrap().recv();
            }
            Answer::new(200).body(received.target.clone())
        });
        let server = server.unwrap();
        let address = server.address();
        let slow = thread::spawn(move || http1::send(address, &Request::new("GET", "/slow")).unwrap().body);
        let quick = http1::send(address, &Request::new("GET", "/quick")).unwrap().body;
        assert_eq!(quick, b"/quick");
        release.send(()).unwrap();
        assert_eq!(slow.join().unwrap(), b"/slow");
    }
}
