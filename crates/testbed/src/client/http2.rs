//! An HTTP/2 client (RFC 9113) without TLS: one request per connection.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use super::{Failure, Peer, Request, Response, connect, hpack};
use crate::Headers;

// Frame types (§6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

// Flags.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

/// The only stream of a connection.
const STREAM: u32 = 1;
/// The frame size that every peer accepts (§4.2).
const FRAME: usize = 16384;

/// Sends `request` on a new connection and waits for the final response.
///
/// A request with `upgrade: websocket` goes as an extended CONNECT (RFC 8441), whose success is
/// 200.
///
/// # Errors
/// If no response comes.
pub fn send(peer: impl Into<Peer>, request: &Request) -> Result<Response, Failure> {
    let mut connection = Connection { stream: connect(&peer.into())?, decoder: fluke_hpack::Decoder::new() };
    // A peer that refuses early may close before it has read everything; its response still counts.
    let written = connection.request(request);
    match connection.response(request) {
        Err(Failure::Closed) => written.and(Err(Failure::Closed)),
        answered => answered,
    }
}

/// The header block's fields of `request`, in order.
pub fn fields(request: &Request) -> Headers {
    let websocket = request.headers.lines("upgrade").next();
    let mut fields = Headers::default();
    fields.push(":method", websocket.map_or(&*request.method, |_| b"CONNECT"));
    if let Some(protocol) = websocket {
        fields.push(":protocol", protocol);
    }
    if let Some(authority) = &request.authority {
        fields.push(":authority", authority);
    }
    if let Some(path) = &request.path {
        fields.push(":scheme", "http");
        fields.push(":path", path);
    }
    // Connection-specific fields do not exist in HTTP/2 (§8.2.2).
    let of_connection = |name: &[u8]| [&b"connection"[..], b"upgrade"].contains(&name);
    fields.0.extend(request.headers.0.iter().filter(|line| websocket.is_none() || !of_connection(&line.0)).cloned());
    fields
}

struct Connection {
    stream: TcpStream,
    decoder: fluke_hpack::Decoder<'static>,
}

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Connection {
    fn request(&mut self, request: &Request) -> Result<(), Failure> {
        let mut block = Vec::new();
        for (name, value) in &fields(request).0 {
            hpack::literal(&mut block, name, value);
        }
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        // ENABLE_PUSH 0 (§6.5.2), and a connection window that is larger than any answer of a test.
        bytes.extend(frame(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 0]));
        bytes.extend(frame(WINDOW_UPDATE, 0, 0, &0x3fff_0000_u32.to_be_bytes()));
        let end = if request.body.is_empty() && !request.opens_a_tunnel() { END_STREAM } else { 0 };
        let mut pieces = block.chunks(FRAME).peekable();
        let mut kind = HEADERS;
        while let Some(piece) = pieces.next() {
            let last = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            let end = if kind == HEADERS { end } else { 0 };
            bytes.extend(frame(kind, last | end, STREAM, piece));
            kind = CONTINUATION;
        }
        let mut pieces = request.body.chunks(FRAME).peekable();
        while let Some(piece) = pieces.next() {
            let end = if pieces.peek().is_none() { END_STREAM } else { 0 };
            bytes.extend(frame(DATA, end, STREAM, piece));
        }
        Ok(self.stream.write_all(&bytes)?)
    }

    fn response(&mut self, request: &Request) -> Result<Response, Failure> {
        let mut response: Option<Response> = None;
        loop {
            let mut frame = self.read()?;
            let mut ended = frame.stream == STREAM && frame.flags & END_STREAM != 0;
            match (frame.kind, frame.stream) {
                (HEADERS, STREAM) => {
                    let fields = self.fields(&mut frame)?;
                    let status =
                        fields.lines(":status").next().and_then(|status| String::from_utf8_lossy(status).parse().ok());
                    match status {
                        // Interim responses; the final one follows (§8.1).
                        Some(100..200) => ended = false,
                        Some(status) => {
                            let headers = fields.select(|name| !name.starts_with(':'));
                            response = Some(Response { status, headers, body: Vec::new() });
                            ended |= request.opens_a_tunnel() && (200..300).contains(&status);
                        }
                        // Trailers.
                        None if response.is_some() => {}
                        None => return Err(Failure::Broken(format!("a response without a status: {fields}"))),
                    }
                }
                (DATA, STREAM) => {
                    let credit = u32::try_from(frame.payload.len()).unwrap_or_default().to_be_bytes();
                    if !ended && credit != [0; 4] {
                        self.stream.write_all(&self::frame(WINDOW_UPDATE, 0, STREAM, &credit))?;
                    }
                    let data = unpadded(&frame);
                    if let Some(response) = &mut response {
                        response.body.extend(data);
                    }
                }
                (RST_STREAM, STREAM) => return response.ok_or(Failure::Reset(number(&frame.payload, 0))),
                (GOAWAY, _) if number(&frame.payload, 0) < STREAM || number(&frame.payload, 4) != 0 => {
                    return response.ok_or(Failure::GoAway(number(&frame.payload, 4)));
                }
                (SETTINGS, _) if frame.flags & ACK == 0 => {
                    self.stream.write_all(&self::frame(SETTINGS, ACK, 0, &[]))?;
                }
                (PING, _) if frame.flags & ACK == 0 => {
                    self.stream.write_all(&self::frame(PING, ACK, 0, &frame.payload))?;
                }
                _ => {}
            }
            if ended && let Some(response) = response {
                return Ok(response);
            }
        }
    }

    /// The fields of a header block that begins with `frame`.
    fn fields(&mut self, frame: &mut Frame) -> Result<Headers, Failure> {
        let mut block = unpadded(frame).to_vec();
        if frame.flags & PRIORITY != 0 {
            block.drain(..block.len().min(5));
        }
        while frame.flags & END_HEADERS == 0 {
            let next = self.read()?;
            block.extend(&next.payload);
            frame.flags |= next.flags & END_HEADERS;
        }
        let fields = self.decoder.decode(&block);
        Ok(Headers(fields.map_err(|error| Failure::Broken(format!("not a header block: {error:?}")))?))
    }

    fn read(&mut self) -> Result<Frame, Failure> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
        self.stream.read_exact(&mut payload)?;
        Ok(Frame { kind: head[3], flags: head[4], stream: number(&head, 5) & 0x7fff_ffff, payload })
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The payload without padding (§6.1).
fn unpadded(frame: &Frame) -> &[u8] {
    if frame.flags & PADDED == 0 {
        return &frame.payload;
    }
    let padding = frame.payload.first().map_or(0, |&padding| usize::from(padding));
    frame.payload.get(1..frame.payload.len().saturating_sub(padding)).unwrap_or_default()
}

/// The four bytes at `at` as a number; 0 if there are fewer.
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}
