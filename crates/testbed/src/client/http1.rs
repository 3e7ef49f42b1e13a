//! An HTTP/1.1 client (RFC 9112).

use super::{Failure, Peer, Request, Response, connect};
use crate::wire::{Framing, Wire};

/// Sends `request` on a new connection and waits for the final response.
///
/// # Errors
/// If no response comes.
pub fn send(peer: impl Into<Peer>, request: &Request) -> Result<Response, Failure> {
    send_bytes(peer, &bytes(request), request)
}

/// Sends `bytes`, which need not be HTTP, and reads the answer as a response to `request`.
///
/// # Errors
/// If no response comes.
pub fn send_bytes(peer: impl Into<Peer>, bytes: &[u8], request: &Request) -> Result<Response, Failure> {
    let mut wire = Wire::new(connect(&peer.into())?)?;
    // A peer that refuses early may close before it has read everything; its response still counts.
    let written = wire.write(bytes);
    match response(&mut wire, request) {
        Err(Failure::Closed) => written.map_err(Failure::from).and(Err(Failure::Closed)),
        answered => answered,
    }
}

/// A connection for many requests, one after another. (Envoy closes a connection on which it has to
/// answer several requests at once.)
pub struct Connection(Wire);

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If the peer does not accept.
    pub fn open(peer: impl Into<Peer>) -> Result<Self, Failure> {
        Ok(Self(Wire::new(connect(&peer.into())?)?))
    }

    /// Sends a request and waits for the final response.
    ///
    /// # Errors
    /// If no response comes, as after a response with `connection: close`.
    pub fn send(&mut self, request: &Request) -> Result<Response, Failure> {
        self.0.write(&bytes(request))?;
        response(&mut self.0, request)
    }
}

/// Reads the final response to `request`.
fn response(wire: &mut Wire, request: &Request) -> Result<Response, Failure> {
    loop {
        let Some(head) = wire.head()? else { return Err(Failure::Closed) };
        let status = String::from_utf8_lossy(&head.first).split(' ').nth(1).and_then(|word| word.parse().ok());
        let status: u16 =
            status.ok_or_else(|| Failure::Broken(format!("not a status line: {}", head.first.escape_ascii())))?;
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let tunnel = request.method == b"CONNECT" && (200..300).contains(&status);
        let empty = request.method == b"HEAD" || tunnel || matches!(status, 101 | 204 | 304);
        let framing = if empty { Framing::None } else { Framing::of(&head.headers, Framing::UntilClose) };
        let body = wire.body(&framing)?;
        return Ok(Response { status, headers: head.headers, body });
    }
}

/// The bytes of `request`: `Host` first, then its headers, then `content-length` if it has a body.
pub fn bytes(request: &Request) -> Vec<u8> {
    let target = request.path.as_deref().or(request.authority.as_deref()).unwrap_or_default();
    let mut bytes = [&request.method, &b" "[..], target, b" HTTP/1.1\r\n"].concat();
    let mut line = |name: &[u8], value: &[u8]| bytes.extend([name, b": ", value, b"\r\n"].concat());
    if let Some(authority) = &request.authority {
        line(b"host", authority);
    }
    for (name, value) in &request.headers.0 {
        line(name, value);
    }
    if !request.body.is_empty() && !request.headers.has("content-length") {
        line(b"content-length", request.body.len().to_string().as_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(&request.body);
    bytes
}
