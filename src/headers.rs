//! The engine's questions about a request and a response, answered by the host.

use corsac_policy::{Request, Response, Route, RoutePolicy, Target};
use proxy_wasm::types::MapType;

use crate::header_lines::HeaderLines;
use crate::host::{self, HostError};
use crate::internal_redirect;

/// The request in its header phase.
pub struct RequestHeaders;

impl Request for RequestHeaders {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        header(MapType::HttpRequestHeaders, name)
    }

    fn first_target(&mut self) -> Option<Target> {
        internal_redirect::first_target()
    }
}

/// The response in its header phase.
pub struct ResponseHeaders<'e> {
    /// The headers of our local reply, when it comes back.
    sent: Option<&'e HeaderLines>,
    /// All headers, once they were asked for.
    all: Option<HeaderLines>,
}

impl<'e> ResponseHeaders<'e> {
    pub const fn new(sent: Option<&'e HeaderLines>) -> Self {
        Self { sent, all: None }
    }

    fn all(&mut self) -> Option<&HeaderLines> {
        if self.all.is_none() {
            self.all = host::headers(MapType::HttpResponseHeaders).ok();
        }
        self.all.as_ref()
    }
}

impl Response for ResponseHeaders<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        header(MapType::HttpResponseHeaders, name)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        if let Some(lines) = self.all() {
            lines.iter().for_each(|(name, value)| show(name, value));
        }
    }

    fn is_as_sent(&mut self) -> bool {
        self.sent.is_some_and(|sent| self.all().is_some_and(|lines| lines.are_reply(sent)))
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        log_failure(name.as_bytes(), host::replace_header(MapType::HttpResponseHeaders, name, value));
    }

    fn remove(&mut self, name: &[u8]) {
        log_failure(name, host::remove_header(MapType::HttpResponseHeaders, name));
    }
}

/// A failure other than "not found" counts as an absent header too: the engine then allows less,
/// not more.
fn header(map: MapType, name: &str) -> Option<Vec<u8>> {
    host::header(map, name).ok()
}

#[inline]
fn log_failure(name: &[u8], result: Result<(), HostError>) {
    match result {
        Ok(()) | Err(HostError::NotFound) => {}
        Err(error) => log_unwritten(name, error),
    }
}

#[cold]
fn log_unwritten(name: &[u8], error: HostError) {
    log::error!("corsac: {} could not be written: {error}", name.escape_ascii());
}

impl Route for RequestHeaders {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        route_name()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy()
    }
}

impl Route for ResponseHeaders<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        route_name()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        route_policy()
    }
}

fn route_name() -> Option<Vec<u8>> {
    host::property("xds\0route_name").ok()
}

fn route_policy() -> RoutePolicy {
    const PATHS: [&str; 2] = [
        "xds\0route_metadata\0filter_metadata\0corsac\0policy",
        "xds\0virtual_host_metadata\0filter_metadata\0corsac\0policy",
    ];
    for path in PATHS {
        match host::property(path) {
            Ok(name) => return RoutePolicy::Named(name),
            Err(HostError::NotFound) => {}
            Err(HostError::Status(_)) => return RoutePolicy::Invalid,
        }
    }
    RoutePolicy::Absent
}
