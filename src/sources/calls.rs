//! Calls over Envoy's clusters, and the callback that ends them.
//!
//! The callback is our own, and not the SDK's. The SDK's panics at a call that it has not made
//! itself, at some statuses of the host, and where Envoy's `allowed_capabilities` withhold
//! `proxy_set_effective_context`. It cannot be replaced when the module is linked, because the SDK
//! defines its name; so ours has another one, and `xtask/src/strip.rs` puts it in the SDK's place.
//!
//! A response can be read only while the host calls back. It is kept here until its source looks
//! for it, at the next tick.

use std::cell::Cell;

use corsac_policy::OriginSource;

use super::response::{Failure, Response, response};
use crate::header_lines::HeaderLines;
use crate::host::{self, HostError};

/// A call that has not ended, or whose response was not looked at.
struct Open {
    call: u32,
    response: Option<Result<Response, Failure>>,
}

thread_local! {
    /// Those of this VM. Few: each source has one at most.
    static OPEN: Cell<Vec<Open>> = const { Cell::new(Vec::new()) };
}

/// A call that was made. When it is dropped, its response is not kept.
pub struct Call(u32);

impl Call {
    /// Asks a source for its list. `etag`: of the list that is there, or empty. `timeout`:
    /// milliseconds.
    pub fn make(source: &OriginSource, etag: &[u8], timeout: u32) -> Result<Self, HostError> {
        let OriginSource { cluster, authority, path, headers, .. } = source;
        let head = [(":method", "GET"), (":scheme", "http"), (":authority", authority), (":path", path)];
        let head = head.into_iter().map(|(name, value)| (name, value.as_bytes()));
        let headers = headers.iter().map(|(name, value)| (&**name, value.as_bytes()));
        let condition = Some(("if-none-match", etag)).filter(|_| !etag.is_empty());
        let lines = HeaderLines::new(head.chain(headers).chain(condition));
        let call = host::call(cluster, &lines, timeout)?;
        with_open(|open| open.push(Open { call, response: None }));
        Ok(Self(call))
    }

    /// The response, once the call has ended.
    pub fn response(&self) -> Option<Result<Response, Failure>> {
        with_open(|open| open.iter_mut().find(|open| open.call == self.0)?.response.take())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        with_open(|open| open.retain(|open| open.call != self.0));
    }
}

fn with_open<T>(change: impl FnOnce(&mut Vec<Open>) -> T) -> T {
    let mut open = OPEN.take();
    let result = change(&mut open);
    OPEN.set(open);
    result
}

/// A call has ended, one way or the other. A call that nobody waits for is left alone.
#[unsafe(no_mangle)]
pub extern "C" fn corsac_on_http_call_response(
    _context: u32,
    call: u32,
    headers: usize,
    body_size: usize,
    _trailers: usize,
) {
    with_open(|open| {
        if let Some(open) = open.iter_mut().find(|open| open.call == call) {
            open.response = Some(response(headers, body_size));
        }
    });
}
