//! One HTTP exchange, between its request headers and its response headers.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use corsac_policy::{Decision, decide, edit};

use crate::configuration::{self, ActiveConfiguration};
use crate::fault;
use crate::headers::{RequestHeaders, ResponseHeaders};
use crate::host::Exchange;
use crate::internal_redirect::{self, HandedOn};

/// The filter state with the words of a refusal. The name is the one that Envoy gives the Wasm
/// module's, so that one access log format shows both.
const REFUSAL: &str = "wasm.corsac";
/// The filter state with the response code details of a reply. The ABI has no way to set the real
/// ones together with exact headers.
const DETAILS: &str = "corsac.details";

/// How the exchange goes on after its request headers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Forward,
    Answered,
}

/// The state of one exchange.
///
/// Envoy may call the response hook within the call that sends a reply, so every hook has a shared
/// reference, and the fields are cells.
pub struct ExchangeState<'c> {
    /// The filter's configuration when the exchange began. Envoy keeps it as long as the exchange.
    of_filter: &'c ActiveConfiguration,
    /// The configuration of the request's route, if it has one.
    of_route: OnceCell<Arc<ActiveConfiguration>>,
    handed_on: Cell<Option<HandedOn>>,
    /// Unset until the request headers have come.
    decision: OnceCell<Decision>,
    is_answered: Cell<bool>,
    has_response: Cell<bool>,
}

impl<'c> ExchangeState<'c> {
    pub fn new(of_filter: &'c ActiveConfiguration) -> Self {
        Self {
            of_filter,
            of_route: OnceCell::new(),
            handed_on: Cell::new(internal_redirect::awaited()),
            decision: OnceCell::new(),
            is_answered: Cell::new(false),
            has_response: Cell::new(false),
        }
    }

    fn active(&self) -> &ActiveConfiguration {
        self.of_route.get().map_or(self.of_filter, |of_route| of_route)
    }

    /// Decides about the request, and answers it or lets it pass.
    pub fn on_request_headers(&self, exchange: Exchange<'_>) -> Then {
        internal_redirect::clear();
        fault::at("request", exchange);
        if let Some(of_route) = configuration::of_route(exchange) {
            // The hook runs once, so there is none yet.
            let _ = self.of_route.set(of_route);
        }
        let active = self.active();
        let request = &mut RequestHeaders::new(exchange, self.handed_on.take());
        let decision = self.decision.get_or_init(|| decide(&active.policies, request));
        note(exchange, active, decision);
        match decision {
            Decision::Untouched(_) | Decision::Forward(_) => Then::Forward,
            Decision::Reply(reply) => {
                exchange.set_filter_state(DETAILS, reply.details().as_bytes());
                self.is_answered.set(true);
                exchange.send_reply(reply.status(&active.policies), reply.headers(&active.policies).iter());
                fault::at("reply", exchange);
                Then::Answered
            }
        }
    }

    /// Answers a request whose hook has panicked.
    pub fn answer_closed(&self, exchange: Exchange<'_>) {
        if !self.is_answered.replace(true) {
            exchange.set_filter_state(DETAILS, PANICKED.as_bytes());
            exchange.send_reply(503, std::iter::empty());
        }
    }

    /// Edits the response.
    pub fn on_response_headers(&self, exchange: Exchange<'_>) {
        self.has_response.set(true);
        fault::at("response", exchange);
        if let Some(decision) = self.decision.get() {
            edit(&self.active().policies, decision, &mut ResponseHeaders::new(exchange));
        }
    }

    /// Takes the place of a response whose hook has panicked: it may hold the upstream's CORS
    /// headers.
    pub fn replace_closed(exchange: Exchange<'_>) {
        exchange.send_local_reply(503, PANICKED);
    }

    /// Whether the request is answered here, and what remains of it is of no interest.
    pub const fn is_answered(&self) -> bool {
        self.is_answered.get()
    }

    /// The end of the exchange, or only of a run of it.
    pub fn on_stream_complete(&self, exchange: Exchange<'_>) {
        fault::at("end", exchange);
        if !self.has_response.get()
            && let Some(target) = self.decision.get().and_then(Decision::target)
        {
            internal_redirect::hand_on(exchange, target);
        }
    }
}

/// The response code details after a panic.
const PANICKED: &str = "corsac_panicked";

/// Counts a decision. Makes a refusal, and what a trial would decide otherwise, visible: in filter
/// state, for access logs, and in Envoy's own log.
fn note(exchange: Exchange<'_>, active: &ActiveConfiguration, decision: &Decision) {
    let Some(record) = decision.record(&active.policies) else { return };
    active.decisions.count(exchange, &record);
    let difference = decision.difference();
    if let Some(difference) = difference {
        active.decisions.count_difference(exchange, &record, difference);
    }
    let Some(words) = record.notable_words(difference) else { return };
    exchange.set_filter_state(REFUSAL, words.as_bytes());
    active.refusal_log.note(&words, decision.origin().unwrap_or_default());
}
