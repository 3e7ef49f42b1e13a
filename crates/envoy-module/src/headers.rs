//! The engine's questions about a request and a response, answered by Envoy.

use corsac_policy::{Request, Response, Route, RoutePolicy, Target};

use crate::abi::attribute;
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
}

impl<'h> ResponseHeaders<'h> {
    pub const fn new(exchange: Exchange<'h>) -> Self {
        Self { exchange }
    }

    fn headers(&self) -> Headers<'h> {
        self.exchange.response()
    }
}

impl Response for ResponseHeaders<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.headers().value(name)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.headers().each(show);
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        if !self.headers().replace(name.as_bytes(), value) {
            log_unwritten(name.as_bytes());
        }
    }

    fn remove(&mut self, name: &[u8]) {
        if !self.headers().remove(name) {
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
        route_name(self.exchange)
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy(self.exchange)
    }
}

impl Route for ResponseHeaders<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        route_name(self.exchange)
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy(self.exchange)
    }
}

fn route_name(exchange: Exchange<'_>) -> Option<Vec<u8>> {
    exchange.text_attribute(attribute::ROUTE_NAME)
}

/// The ABI has no way to a virtual host's metadata, which the Wasm module asks for next.
fn route_policy(exchange: Exchange<'_>) -> RoutePolicy {
    match exchange.route_policy() {
        MetadataValue::Absent => RoutePolicy::Absent,
        MetadataValue::Text(name) => RoutePolicy::Named(name),
        MetadataValue::Other => RoutePolicy::Invalid,
    }
}
