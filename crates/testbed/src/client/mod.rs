//! Clients that send exactly the given bytes, one request per connection.

pub mod hpack;
pub mod http1;
pub mod http2;

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
};

use crate::{DEADLINE, Error, Headers};

/// A request. Its parts are bytes. The clients check and escape nothing, and add only the framing
/// of the protocol.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: Vec<u8>,
    /// `Host`, or `:authority` over HTTP/2. `None` sends none.
    pub authority: Option<Vec<u8>>,
    /// The path with its query. With `None` (CONNECT) the target is the authority, and HTTP/2 sends
    /// no `:path`.
    pub path: Option<Vec<u8>>,
    /// Header lines, in order.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

/// The final response to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header lines, in order; pseudo-header fields are not among them.
    pub headers: Headers,
    /// The body without its framing.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug)]
pub enum Failure {
    /// The peer closed or reset the connection.
    Closed,
    /// `RST_STREAM` with that error code (RFC 9113 §7).
    Reset(u32),
    /// GOAWAY with that error code.
    GoAway(u32),
    /// Nothing came in time.
    Late,
    /// The answer is not HTTP, or the socket failed.
    Broken(String),
}

/// The server that a client connects to.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The first bytes of a connection, such as a header of the PROXY protocol; often empty.
    pub preface: Vec<u8>,
}

/// The protocol that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS, by prior knowledge.
    Http2,
}

impl Protocol {
    /// Both.
    pub const ALL: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

    /// Sends `request` on a new connection and waits for the final response.
    ///
    /// # Errors
    /// If no response comes.
    pub fn send(self, peer: impl Into<Peer>, request: &Request) -> Result<Response, Failure> {
        match self {
            Protocol::Http1 => http1::send(peer, request),
            Protocol::Http2 => http2::send(peer, request),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Http1 => "HTTP/1.1",
            Protocol::Http2 => "HTTP/2",
        })
    }
}

impl Request {
    /// A request to the host `api.test`.
    pub fn new(method: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> Self {
        Self {
            method: method.as_ref().to_vec(),
            authority: Some(b"api.test".to_vec()),
            path: Some(path.as_ref().to_vec()),
            ..Self::default()
        }
    }

    /// A preflight to the host `api.test`.
    pub fn preflight(path: impl AsRef<[u8]>, origin: impl AsRef<[u8]>, method: impl AsRef<[u8]>) -> Self {
        Self::new("OPTIONS", path).header("origin", origin).header("access-control-request-method", method)
    }

    /// With one more header line.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// To that host.
    #[must_use]
    pub fn host(mut self, authority: impl AsRef<[u8]>) -> Self {
        self.authority = Some(authority.as_ref().to_vec());
        self
    }

    /// With an id, by which the upstream and the access log name it.
    #[must_use]
    pub fn id(self, id: impl AsRef<[u8]>) -> Self {
        self.header(crate::upstream::ID, id)
    }

    /// Whether a success turns the connection into a tunnel, so that the response has no end.
    fn opens_a_tunnel(&self) -> bool {
        self.method == b"CONNECT" || self.headers.has("upgrade")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Closed => f.write_str("the connection was closed"),
            Failure::Reset(code) => write!(f, "the stream was reset (error code {code})"),
            Failure::GoAway(code) => write!(f, "the connection was ended (GOAWAY, error code {code})"),
            Failure::Late => write!(f, "no response within {DEADLINE:?}"),
            Failure::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Failure::Closed,
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::Late,
            _ => Failure::Broken(error.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(failure.to_string())
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self { address, preface: Vec::new() }
    }
}

fn connect(peer: &Peer) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&peer.address, DEADLINE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    stream.write_all(&peer.preface)?;
    Ok(stream)
}
