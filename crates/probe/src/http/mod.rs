//! An HTTP/1.1 client that sends every line as it is given and keeps every line that comes back.
//!
//! Libraries tidy up: they join header lines, or refuse an `Origin` that is sent twice. Here what
//! is on the wire is what is judged. One request goes on a connection; a long body is not read.

mod head;
mod tls;

use std::io::{BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use corsac_fetch::Response;
use rustls::ClientConfig;
use url::Url;

use crate::ask::{Ask, Verb};

/// How to reach the server.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The user's own header lines, for the URL's origin only: `Authorization`, `Cookie`.
    pub headers: Vec<(String, String)>,
    /// `host:port` to connect to in place of the URL's.
    pub connect_to: Option<String>,
    /// Certificates to trust besides the system's, as PEM text.
    pub certificates: Option<Vec<u8>>,
    /// Trust every certificate.
    pub insecure: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            connect_to: None,
            certificates: None,
            insecure: false,
            timeout: Duration::from_secs(10),
        }
    }
}

/// A client for one target.
pub struct Client {
    target: Url,
    connection: Connection,
    tls: Arc<ClientConfig>,
}

const USER_AGENT: &str = concat!("corsac-probe/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// A client for that URL.
    ///
    /// # Errors
    /// A sentence, if the certificates cannot be read.
    pub fn new(target: &Url, connection: Connection) -> Result<Self, String> {
        let tls = tls::config(connection.certificates.as_deref(), connection.insecure)?;
        Ok(Self { target: target.clone(), connection, tls: Arc::new(tls) })
    }

    /// Sends a request, and reads the head of its answer.
    ///
    /// # Errors
    /// A sentence that says why no answer came.
    pub fn send(&self, ask: &Ask) -> Result<Response, String> {
        let deadline = Instant::now() + self.connection.timeout;
        let mut stream = self.connect(&ask.url)?;
        stream.write_all(&self.bytes(ask)).and_then(|()| stream.flush()).map_err(failure)?;
        let mut stream = BufReader::new(stream);
        loop {
            let response = head::read(&mut stream, deadline)?;
            // Interim responses; the final one follows (RFC 9110, section 15.2).
            if response.status >= 200 {
                drain(&mut stream, ask, &response);
                return Ok(response);
            }
        }
    }

    fn connect(&self, url: &Url) -> Result<Box<dyn ReadWrite>, String> {
        let host = url.host_str().ok_or("The URL has no host.")?;
        let port = url.port_or_known_default().ok_or("The URL has no port.")?;
        let own = format!("{host}:{port}");
        let address = self.connection.connect_to.as_ref().filter(|_| self.is_target(url)).unwrap_or(&own);
        let cannot = |error: &dyn std::fmt::Display| format!("{address} cannot be reached: {error}.");
        let addresses = address.to_socket_addrs().map_err(|error| cannot(&error))?;
        let mut last = cannot(&"the name has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, self.connection.timeout) {
                Ok(stream) => return self.secure(url, host, stream).map_err(|error| cannot(&error)),
                Err(error) => last = cannot(&error),
            }
        }
        Err(last)
    }

    fn secure(&self, url: &Url, host: &str, stream: TcpStream) -> Result<Box<dyn ReadWrite>, String> {
        let timeout = Some(self.connection.timeout);
        stream.set_read_timeout(timeout).and_then(|()| stream.set_write_timeout(timeout)).map_err(failure)?;
        stream.set_nodelay(true).map_err(failure)?;
        if url.scheme() == "https" { tls::handshake(&self.tls, host, stream) } else { Ok(Box::new(stream)) }
    }

    fn is_target(&self, url: &Url) -> bool {
        url.origin() == self.target.origin()
    }

    fn bytes(&self, ask: &Ask) -> Vec<u8> {
        let url = &ask.url;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = url.host_str().unwrap_or_default();
        let mut bytes = format!("{} {}{query} HTTP/1.1\r\n", ask.verb.name(), url.path()).into_bytes();
        let mut line = |name: &str, value: &[u8]| bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        line("host", format!("{host}{port}").as_bytes());
        line("user-agent", USER_AGENT.as_bytes());
        line("accept", b"*/*");
        if ask.is_authorized && self.is_target(url) {
            self.connection.headers.iter().for_each(|(name, value)| line(name, value.as_bytes()));
        }
        ask.lines.iter().for_each(|(name, value)| line(name, value));
        line("connection", b"close");
        bytes.extend(b"\r\n");
        bytes
    }
}

/// The longest body that is read, so that the server need not log a client that went away. Bytes.
const MOST_OF_A_BODY: u64 = 64 * 1024;

/// Reads a short body whose length is known. Nothing depends on it.
fn drain(stream: &mut dyn Read, ask: &Ask, response: &Response) {
    let has_body = ask.verb != Verb::Head && !matches!(response.status, 204 | 304);
    let length = response.headers.get("content-length").and_then(|value| String::from_utf8(value).ok()?.parse().ok());
    if let Some(length) = length.filter(|length: &u64| has_body && *length <= MOST_OF_A_BODY) {
        drop(std::io::copy(&mut stream.take(length), &mut std::io::sink()));
    }
}

/// A connection, with TLS or without.
trait ReadWrite: Read + Write {}

impl<S: Read + Write> ReadWrite for S {}

fn failure(error: impl std::fmt::Display) -> String {
    format!("The connection failed: {error}.")
}
