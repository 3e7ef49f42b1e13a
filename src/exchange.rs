//! One HTTP exchange: the engine's questions answered from the host, its decision carried out by the host.

use std::rc::Rc;

use corsac_policy::{Decision, Reply, Request, Response, Route, RoutePolicy, decide, edit};

use crate::host::{self, HostError, Map};
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
}

impl Exchange {
    pub fn new(filter: Rc<Filter>) -> Self {
        Self { filter, decision: Decision::Untouched }
    }

    pub fn on_request_headers(&mut self) -> Action {
        self.decision = decide(&self.filter.policies, &mut Headers(Map::Request));
        self.note_refusal();
        match &self.decision {
            Decision::Untouched | Decision::Forward(_) => Action::Continue,
            Decision::Reply(reply) => self.send(reply),
        }
    }

    pub fn on_response_headers(&mut self) -> Action {
        edit(&self.filter.policies, &self.decision, &mut Headers(Map::Response));
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

    /// Sends a local reply. Should the host refuse to, the request stays paused: it is never forwarded instead.
    fn send(&self, reply: &Reply) -> Action {
        let policies = &self.filter.policies;
        if let Err(error) = host::send_local_response(reply.status(policies), reply.details(), &reply.headers(policies))
        {
            host::log(host::Level::Error, &format!("corsac: the reply could not be sent: {error}"));
        }
        Action::Pause
    }
}

/// One of the exchange's header maps, as the engine asks for it.
struct Headers(Map);

impl Headers {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        // Any other failure than "not found" is an absent header too: less is then allowed, not more.
        host::header(self.0, name).ok()
    }
}

impl Route for Headers {
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

impl Request for Headers {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }
}

impl Response for Headers {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        if let Ok(lines) = host::headers(self.0) {
            lines.iter().for_each(|(name, value)| show(name, value));
        }
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        log_failure(name.as_bytes(), host::replace_header(self.0, name, value));
    }

    fn remove(&mut self, name: &[u8]) {
        log_failure(name, host::remove_header(self.0, name));
    }
}

fn log_failure(name: &[u8], result: Result<(), HostError>) {
    match result {
        Ok(()) | Err(HostError::NotFound) => {}
        Err(error) => {
            host::log(host::Level::Error, &format!("corsac: {} could not be written: {error}", name.escape_ascii()));
        }
    }
}
