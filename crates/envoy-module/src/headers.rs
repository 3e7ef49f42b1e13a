//! The engine's questions about a request and a response, answered by Envoy.

use corsac_policy::{Request, Response, Route, RoutePolicy, Target};

use crate::host::{Exchange, Headers, MetadataValue};
use crate::internal_redirect::HandedOn;

/// The request in its header phase.
pub struct RequestHeaders<'h> {
    exchange: Exchange<'h>,
    /// What an earlier run of the exchange has handed on.
    handed_on: Option<HandedOn>,
}

impl<'h> RequestHeaders<'h> {
    pub const fn new(exchange: Exchange<'h>, handed_on: Option<HandedOn>) -> Self {
        Self { exchange, handed_on }
    }
}

impl Request for RequestHeaders<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.exchange.request().value(name)
    }

    fn first_target(&mut self) -> Option<Target> {
        self.handed_on.take()?.accept(self.exchange)
    }
}

/// The response in its header phase.
pub struct ResponseHeaders<'h> {
    exchange: Exchange<'h>,
    /// Which of [`USUALLY_ABSENT`] the response may have, one bit each. Unset until the first
    /// question.
    present: Option<u8>,
}

/// Headers that a refusal asks about or removes, and that most responses lack. One look at all
/// headers is cheaper than a call for each of these.
const USUALLY_ABSENT: [&[u8]; 4] =
    [b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-expose-headers", b"vary"];

/// The bit of a header in [`ResponseHeaders::present`]; `None` if it has no bit.
fn bit(name: &[u8]) -> Option<u8> {
    (1..).zip(USUALLY_ABSENT).find(|(_, usual)| *usual == name).map(|(number, _)| 1 << number)
}

impl<'h> ResponseHeaders<'h> {
    pub const fn new(exchange: Exchange<'h>) -> Self {
        Self { exchange, present: None }
    }

    /// Whether a call about that header can be left out. Other headers always take the call.
    fn is_absent(&mut self, name: &[u8]) -> bool {
        let Some(bit) = bit(name) else { return false };
        let headers = self.headers();
        let present = *self.present.get_or_insert_with(|| {
            let mut seen = None;
            headers.each(&mut |name, _| seen = Some(seen.unwrap_or(0) | self::bit(name).unwrap_or(0)));
            // Every response has a status. Where nothing is seen, the look has failed.
            seen.unwrap_or(u8::MAX)
        });
        present & bit == 0
    }

    fn headers(&self) -> Headers<'h> {
        self.exchange.response()
    }
}

impl Response for ResponseHeaders<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        if self.is_absent(name.as_bytes()) { None } else { self.headers().value(name) }
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.headers().each(show);
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        // An edit that begins with a write is a grant. It asks about two of them only, and two
        // calls are cheaper than the look.
        let present = self.present.get_or_insert(u8::MAX);
        *present |= bit(name.as_bytes()).unwrap_or(0);
        if !self.headers().replace(name.as_bytes(), value) {
            log_unwritten(name.as_bytes());
        }
    }

    fn remove(&mut self, name: &[u8]) {
        if !self.is_absent(name) && !self.headers().remove(name) {
            log_unwritten(name);
        }
    }
}

#[cold]
fn log_unwritten(name: &[u8]) {
    log::error!("corsac: {} could not be written", name.escape_ascii());
}

impl Route for RequestHeaders<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.exchange.route_name()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy(self.exchange)
    }
}

impl Route for ResponseHeaders<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.exchange.route_name()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy(self.exchange)
    }
}

/// The ABI has no way to a virtual host's metadata, which the Wasm module asks for next.
fn route_policy(exchange: Exchange<'_>) -> RoutePolicy {
    match exchange.route_policy() {
        MetadataValue::Absent => RoutePolicy::Absent,
        MetadataValue::Text(name) => RoutePolicy::Named(name),
        MetadataValue::Other => RoutePolicy::Invalid,
    }
}
