//! HTTP/1.1 messages on a socket, for client and server. It refuses and normalizes nothing.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use crate::{DEADLINE, Headers};

/// One side of a connection.
pub(crate) struct Wire {
    reader: BufReader<TcpStream>,
}

/// The first line and the header lines of a message.
pub(crate) struct Head {
    pub first: Vec<u8>,
    pub headers: Headers,
}

/// How a message's body ends (RFC 9112 §6.3).
pub(crate) enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

impl Wire {
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// The head of the next message; `None` if the peer has closed the connection.
    pub fn head(&mut self) -> io::Result<Option<Head>> {
        let Some(first) = self.line()? else { return Ok(None) };
        let mut headers = Headers::default();
        while let Some(line) = self.line()? {
            if line.is_empty() {
                return Ok(Some(Head { first, headers }));
            }
            let (name, value) = line.split_at(line.iter().position(|&byte| byte == b':').unwrap_or(line.len()));
            headers.push(name, value.get(1..).unwrap_or_default().trim_ascii());
        }
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within a head"))
    }

    pub fn body(&mut self, framing: &Framing) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        match framing {
            Framing::None => {}
            Framing::Length(length) => self.exactly(*length, &mut body)?,
            Framing::UntilClose => drop(self.reader.read_to_end(&mut body)?),
            Framing::Chunked => self.chunks(&mut body)?,
        }
        Ok(body)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let line = self.line()?.unwrap_or_default();
            let size = String::from_utf8_lossy(&line);
            let size = size.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
            let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a chunk's size"))?;
            if size == 0 {
                while self.line()?.is_some_and(|trailer| !trailer.is_empty()) {}
                return Ok(());
            }
            self.exactly(size, body)?;
            self.line()?;
        }
    }

    fn exactly(&mut self, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.reader.read_exact(&mut body[start..])
    }

    /// A line without its CR LF; `None` at the end of the stream.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()).unwrap_or(line)))
    }
}

impl Framing {
    /// The framing in the headers; `otherwise` if they have none.
    pub fn of(headers: &Headers, otherwise: Framing) -> Framing {
        if headers.joined("transfer-encoding").is_some_and(|coding| coding.ends_with(b"chunked")) {
            return Framing::Chunked;
        }
        let length = headers.joined("content-length").and_then(|length| String::from_utf8_lossy(&length).parse().ok());
        length.map_or(otherwise, Framing::Length)
    }
}
