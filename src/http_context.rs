//! The HTTP context: one exchange, between its request headers and its response headers.

use std::rc::Rc;

use corsac_policy::{Decision, Policies, Reply, decide, edit};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::header_lines::HeaderLines;
use crate::headers::{RequestHeaders, ResponseHeaders};
use crate::host::{self, HostError};
use crate::internal_redirect;
use crate::metrics::{Decisions, InForce};
use crate::refusal_log::RefusalLog;

/// A configuration in force, and what the exchanges under it share.
pub struct ActiveConfiguration {
    pub policies: Policies,
    pub refusal_log: Rc<RefusalLog>,
    pub decisions: Rc<Decisions>,
    in_force: Rc<InForce>,
}

impl ActiveConfiguration {
    pub fn new(policies: Policies) -> Self {
        Self {
            decisions: Rc::new(Decisions::define(&policies)),
            in_force: Rc::new(InForce::new(&policies)),
            refusal_log: Rc::default(),
            policies,
        }
    }

    /// The same configuration, with other lists from its sources.
    pub fn with_lists(&self, policies: Policies) -> Self {
        Self {
            policies,
            refusal_log: Rc::clone(&self.refusal_log),
            decisions: Rc::clone(&self.decisions),
            in_force: Rc::clone(&self.in_force),
        }
    }
}

/// The state of one exchange.
pub struct CorsHttpContext {
    /// The configuration in force when the exchange began. An update does not touch it. Without
    /// one, everything passes.
    active: Option<Rc<ActiveConfiguration>>,
    /// `None` until the request headers have come.
    decision: Option<Decision>,
    /// The headers of the local reply, if one was sent.
    sent: Option<HeaderLines>,
    /// Whether a response has come.
    has_response: bool,
}

impl CorsHttpContext {
    pub const fn new(active: Option<Rc<ActiveConfiguration>>) -> Self {
        Self { active, decision: None, sent: None, has_response: false }
    }
}

impl Context for CorsHttpContext {}

impl HttpContext for CorsHttpContext {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Some(active) = &self.active else { return Action::Continue };
        let decision = self.decision.insert(decide(&active.policies, &mut RequestHeaders));
        note(active, decision);
        match decision {
            Decision::Untouched(_) | Decision::Forward(_) => Action::Continue,
            Decision::Reply(reply) => {
                self.sent = Some(send(reply, &active.policies));
                // If the host does not send the reply, the request stays paused. It is never
                // forwarded instead.
                Action::Pause
            }
        }
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.has_response = true;
        if let (Some(active), Some(decision)) = (&self.active, &self.decision) {
            edit(&active.policies, decision, &mut ResponseHeaders::new(self.sent.as_ref()));
        }
        Action::Continue
    }
}

/// The end of the exchange, or only of a run of it.
impl Drop for CorsHttpContext {
    fn drop(&mut self) {
        if !self.has_response
            && let Some(target) = self.decision.as_ref().and_then(Decision::target)
        {
            internal_redirect::hand_on(target);
        }
    }
}

/// Counts a decision. Makes a refusal, and what a trial would decide otherwise, visible: in filter
/// state, for access logs, and in Envoy's own log.
fn note(active: &ActiveConfiguration, decision: &Decision) {
    let Some(record) = decision.record(&active.policies) else { return };
    active.decisions.count(&record);
    let difference = decision.difference();
    if let Some(difference) = difference {
        active.decisions.count_difference(&record, difference);
    }
    let Some(words) = record.notable_words(difference) else { return };
    // If the state cannot be set, the log line still tells.
    let _ = host::set_property("corsac", words.as_bytes());
    active.refusal_log.note(&words, decision.origin().unwrap_or_default());
}

/// Sends a local reply and returns the headers that it was sent with.
fn send(reply: &Reply, policies: &Policies) -> HeaderLines {
    let headers = reply.headers(policies);
    let lines = HeaderLines::new(headers.iter());
    if let Err(error) = host::send_local_response(reply.status(policies), reply.details(), &lines) {
        log_unsent(error);
    }
    lines
}

#[cold]
fn log_unsent(error: HostError) {
    log::error!("corsac: the reply could not be sent: {error}");
}
