//! One HTTP exchange: the engine's questions answered from the host, its decision carried out by the host.

use std::rc::Rc;

use corsac_policy::{Decision, Policies, Reply, Request, Response, Route, RoutePolicy, Target, decide, edit};

use crate::host::{self, HostError, Map};
use crate::lines::Lines;
use crate::plugin::Filter;

/// What the host is to do with a request or response now.
#[derive(Clone, Copy)]
pub enum Action {
    /// Pass it on.
    Continue,
    /// Keep it.
    Pause,
}

impl Action {
    /// The ABI's number for it.
    pub const fn number(self) -> u32 {
        match self {
            Self::Continue => 0,
            Self::Pause => 1,
        }
    }
}

/// The state of an exchange between its two header phases.
pub struct Exchange {
    /// What was in force when it began; an update does not touch it.
    filter: Rc<Filter>,
    decision: Decision,
    /// The headers of the reply, if one was sent.
    sent: Option<Lines>,
}

impl Exchange {
    pub fn new(filter: Rc<Filter>) -> Self {
        Self { filter, decision: Decision::Untouched(Target::default()), sent: None }
    }

    pub fn on_request_headers(&mut self) -> Action {
        self.decision = decide(&self.filter.policies, &mut Headers::new(Map::Request));
        self.note_refusal();
        match &self.decision {
            Decision::Untouched(_) | Decision::Forward(_) => Action::Continue,
            Decision::Reply(reply) => {
                self.sent = Some(send(reply, &self.filter.policies));
                // Should the host refuse to send it, the request stays paused: it is never forwarded instead.
                Action::Pause
            }
        }
    }

    pub fn on_response_headers(&mut self) -> Action {
        edit(
            &self.filter.policies,
            &self.decision,
            &mut Headers { sent: self.sent.as_ref(), ..Headers::new(Map::Response) },
        );
        Action::Continue
    }

    /// Makes a refusal visible: in filter state, for access logs, and in Envoy's own log.
    fn note_refusal(&self) {
        let record = self.decision.record(&self.filter.policies);
        let Some(record) = record.filter(corsac_policy::Record::is_refusal) else { return };
        let words = record.words();
        // Where the state cannot be set, the log line still tells.
        let _ = host::set_property("corsac", words.as_bytes());
        self.filter.refusals.note(&words, self.decision.origin().unwrap_or_default());
    }
}

/// Sends a local reply; gives the headers it was sent with.
fn send(reply: &Reply, policies: &Policies) -> Lines {
    let headers = reply.headers(policies);
    let lines = Lines::new(headers.iter());
    if let Err(error) = host::send_local_response(reply.status(policies), reply.details(), &lines) {
        log_unsent(error);
    }
    lines
}

#[cold]
fn log_unsent(error: HostError) {
    host::log(host::Level::Error, &format!("corsac: the reply could not be sent: {error}"));
}

/// One of the exchange's header maps, as the engine asks for it.
struct Headers<'e> {
    map: Map,
    /// The headers of our reply, when it comes back.
    sent: Option<&'e Lines>,
    /// All headers, once they were asked for.
    all: Option<Lines>,
}

impl Headers<'_> {
    const fn new(map: Map) -> Self {
        Self { map, sent: None, all: None }
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        // Any other failure than "not found" is an absent header too: less is then allowed, not more.
        host::header(self.map, name).ok()
    }

    fn all(&mut self) -> Option<&Lines> {
        if self.all.is_none() {
            self.all = host::headers(self.map).ok();
        }
        self.all.as_ref()
    }
}

impl Route for Headers<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        host::property("xds\0route_name").ok()
    }

    fn route_policy(&mut self) -> RoutePolicy {
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
}

impl Request for Headers<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }
}

impl Response for Headers<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
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
        log_failure(name.as_bytes(), host::replace_header(self.map, name, value));
    }

    fn remove(&mut self, name: &[u8]) {
        log_failure(name, host::remove_header(self.map, name));
    }
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
    host::log(host::Level::Error, &format!("corsac: {} could not be written: {error}", name.escape_ascii()));
}
