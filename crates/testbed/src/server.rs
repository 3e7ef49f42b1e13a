//! A small HTTP/1.1 server: a function answers each request, on the thread of its connection.

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
    Result,
    upstream::{Answer, Received},
    wire::{Framing, Wire},
};

/// A running server. Dropping it ends it.
pub struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts one on that address (port 0: a free one). `answer` may take its time: it holds up its own connection only.
    ///
    /// # Errors
    /// When somebody else listens there.
    pub fn start_at(address: SocketAddr, answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        thread::spawn(move || accept(&listener, &seen, &Arc::new(answer)));
        Ok(Self { address, ended })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; those of open connections end with them.
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
        // An error here is a peer that went away, which is its right.
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
            // A tunnel now: what comes is nobody's request.
            wire.body(&Framing::UntilClose)?;
        }
        if answer.headers.joined("connection").as_deref() == Some(b"close") {
            return Ok(());
        }
    }
    Ok(())
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
    fn a_slow_answer_holds_up_no_other_connection() {
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
