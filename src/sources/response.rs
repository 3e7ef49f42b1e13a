//! A service's response: a list of origins, or the reason why it is none.

use std::fmt;

use corsac_origin_list::MOST_BYTES;
use proxy_wasm::types::MapType;

use crate::host::{self, HostError};

/// The longest `ETag` that is kept, in bytes.
const LONGEST_ETAG: usize = 1024;

/// What a service has answered.
pub enum Response {
    /// 304: what it has answered before is still so.
    NotModified,
    /// 200 with this body.
    Body { body: Vec<u8>, etag: Vec<u8> },
}

/// Why there is no list.
pub enum Failure {
    /// The host has made no request: there is no such cluster, most likely.
    NotSent(HostError),
    /// The service did not answer: no connection, a reset, a timeout.
    NoResponse,
    /// Another status than 200 and 304. Redirects are not followed.
    Status(Vec<u8>),
    /// The body is compressed, which nobody asked for.
    Encoded,
    /// The body is longer than the limit.
    TooLong(usize),
    /// The body cannot be read.
    Unreadable(HostError),
    /// The body is no list.
    NoList(corsac_origin_list::Error),
    /// Every entry was left out: an answer to another question, most likely.
    NothingUsable,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => write!(f, "no request could be made, and is there such a cluster? ({error})"),
            Self::NoResponse => f.write_str("the service does not answer"),
            Self::Status(status) => write!(f, "the service answers with status {}", status.escape_ascii()),
            Self::Encoded => f.write_str("the answer has a content-encoding"),
            Self::TooLong(size) => write!(f, "the answer has {size} bytes, and at most {MOST_BYTES} are read"),
            Self::Unreadable(error) => write!(f, "the answer cannot be read: {error}"),
            Self::NoList(error) => write!(f, "{error}"),
            Self::NothingUsable => f.write_str("the answer has entries, and none of them is an origin"),
        }
    }
}

/// Reads the response that the host has called back for.
pub fn response(headers: usize, body_size: usize) -> Result<Response, Failure> {
    if headers == 0 {
        return Err(Failure::NoResponse);
    }
    match header(":status").as_deref() {
        Some(b"200") => {}
        Some(b"304") => return Ok(Response::NotModified),
        status => return Err(Failure::Status(status.unwrap_or_default().iter().copied().take(8).collect())),
    }
    if header("content-encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(Failure::Encoded);
    }
    if body_size > MOST_BYTES {
        return Err(Failure::TooLong(body_size));
    }
    let body = host::call_response_body(body_size).map_err(Failure::Unreadable)?;
    let etag = header("etag").filter(|etag| is_sendable(etag)).unwrap_or_default();
    Ok(Response::Body { body, etag })
}

fn header(name: &str) -> Option<Vec<u8>> {
    host::header(MapType::HttpCallResponseHeaders, name).ok()
}

/// It goes back to the service, so it has to be a header's value in ASCII.
fn is_sendable(etag: &[u8]) -> bool {
    etag.len() <= LONGEST_ETAG && etag.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}
