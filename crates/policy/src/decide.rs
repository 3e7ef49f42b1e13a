//! The decision about a request, and its execution on the response.

use std::borrow::Cow;

use crate::actual::{self, Exchange, Rejection};
use crate::ask::{Request, Response};
use crate::decision::{Outcome, Phase, Record};
use crate::header::{Grant, ReplyHeaders, name};
use crate::policy::Policies;
use crate::preflight::Preflight;
use crate::rules::{Selected, Target};
use crate::selection::{Chosen, is_by_route, select, target};
use crate::vary;

/// What to do with a request.
#[derive(Debug)]
pub enum Decision {
    /// No policy governs it: leave request and response alone.
    Untouched,
    /// Answer it here; it does not reach the upstream. The reply's own headers come back through [`edit`].
    Reply(Reply),
    /// Let it pass, and edit its response.
    Forward(Exchange),
}

/// Decides about a request (semantics in `docs/configuration.md`; Fetch, sections 3.2.2 and 4.8).
///
/// Where routes have no say in the choice of a policy, the choice comes first: what no policy governs then costs no
/// question about CORS.
pub fn decide(policies: &Policies, request: &mut impl Request) -> Decision {
    let target = target(policies, request);
    let by_route = is_by_route(policies);
    let early = (!by_route).then(|| select(policies, &target, request, Phase::NotCors));
    if early == Some(Selected::Untouched) {
        return Decision::Untouched;
    }
    let class = classify(request);
    let selected = early.unwrap_or_else(|| class.select_by_route(policies, &target, request));
    class.decide(policies, Chosen { selected, target, by_route }, request)
}

/// Edits a response by the decision about its request.
pub fn edit(policies: &Policies, decision: &Decision, response: &mut impl Response) {
    match decision {
        Decision::Untouched => {}
        Decision::Reply(reply) => reply.finish(policies, response),
        Decision::Forward(exchange) => exchange.edit(policies, response),
    }
}

impl Decision {
    /// The decision in words; `None` for an exchange that no policy governs.
    pub fn record<'p>(&self, policies: &'p Policies) -> Option<Record<'p>> {
        match self {
            Self::Untouched => None,
            Self::Reply(reply) => Some(reply.record(policies)),
            Self::Forward(exchange) => exchange.record(policies),
        }
    }

    /// The `Origin` that was decided about, as the client sent it.
    pub fn origin(&self) -> Option<&[u8]> {
        match self {
            Self::Untouched => None,
            Self::Reply(Reply(ReplyKind::Preflight(preflight))) => Some(preflight.origin()),
            Self::Reply(Reply(ReplyKind::Rejection(rejection))) => Some(&rejection.origin),
            Self::Forward(exchange) => exchange.origin(),
        }
    }
}

/// What a request is (Fetch, section 3.2.2), with the headers that made it so.
enum Class {
    Preflight { origin: Vec<u8>, method: Vec<u8> },
    Actual { origin: Vec<u8> },
    NotCors,
}

impl Class {
    /// The choice for a request while it is one. For a request without `Origin` nothing hangs on it before the response,
    /// for which it is made again.
    fn select_by_route(&self, policies: &Policies, target: &Target, request: &mut impl Request) -> Selected {
        match self {
            Self::Preflight { .. } => select(policies, target, request, Phase::Preflight),
            Self::Actual { .. } => select(policies, target, request, Phase::Actual),
            Self::NotCors => Selected::Untouched,
        }
    }

    fn decide(self, policies: &Policies, chosen: Chosen, request: &mut impl Request) -> Decision {
        match self {
            Self::Preflight { origin, method } => {
                match Preflight::judge(policies, request, chosen.selected, origin, method) {
                    None => Decision::Untouched,
                    Some(preflight) if preflight.is_only_reported(policies) => {
                        Decision::Forward(Exchange::reported(preflight))
                    }
                    Some(preflight) => Decision::Reply(Reply(ReplyKind::Preflight(preflight))),
                }
            }
            Self::Actual { origin } => match actual::decide(policies, request, chosen, origin) {
                Ok(exchange) => Decision::Forward(exchange),
                Err(rejection) => Decision::Reply(Reply(ReplyKind::Rejection(rejection))),
            },
            Self::NotCors => Decision::Forward(actual::decide_without_origin(policies, request, chosen)),
        }
    }
}

/// `Access-Control-Request-Method` is asked before `:method`: it is absent from nearly every request, and an absent header
/// is cheap.
fn classify(request: &mut impl Request) -> Class {
    let Some(origin) = non_empty(request, name::ORIGIN) else { return Class::NotCors };
    match non_empty(request, name::REQUEST_METHOD) {
        Some(method) if request.header(name::METHOD).as_deref() == Some(b"OPTIONS") => {
            Class::Preflight { origin, method }
        }
        _ => Class::Actual { origin },
    }
}

fn non_empty(request: &mut impl Request, name: &'static str) -> Option<Vec<u8>> {
    request.header(name).filter(|value| !value.is_empty())
}

/// A local answer: to a preflight, or to an actual request that is rejected.
#[derive(Debug)]
pub struct Reply(pub(crate) ReplyKind);

#[derive(Debug)]
pub(crate) enum ReplyKind {
    Preflight(Preflight),
    Rejection(Rejection),
}

impl Reply {
    /// The status code: 204 or 200 for a preflight, 403 for a refusal.
    pub fn status(&self, policies: &Policies) -> u16 {
        match &self.0 {
            ReplyKind::Preflight(preflight) => preflight.status(policies),
            ReplyKind::Rejection(_) => 403,
        }
    }

    /// The response code details, which access logs show.
    pub const fn details(&self) -> &'static str {
        match &self.0 {
            ReplyKind::Preflight(preflight) => preflight.reason().preflight_details(),
            ReplyKind::Rejection(rejection) => rejection.reason.actual_details(),
        }
    }

    /// The headers to send.
    pub fn headers<'a>(&'a self, policies: &'a Policies) -> ReplyHeaders<'a> {
        let decision = policies.debug.then(|| self.record(policies).words());
        match &self.0 {
            ReplyKind::Preflight(preflight) => preflight.headers(policies, decision),
            ReplyKind::Rejection(_) => ReplyHeaders::new(Grant::default(), b"origin", decision),
        }
    }

    fn record<'p>(&self, policies: &'p Policies) -> Record<'p> {
        match &self.0 {
            ReplyKind::Preflight(preflight) => preflight.record(policies),
            ReplyKind::Rejection(rejection) => Record {
                policy: policies.get(rejection.policy).map(|policy| &*policy.name),
                phase: Phase::Actual,
                outcome: Outcome::Rejected,
                reason: rejection.reason,
            },
        }
    }

    /// Undoes what the proxy wrote into our reply on its way out: a route's `response_headers_to_add` turns
    /// `Access-Control-Allow-Origin` into a list that browsers refuse, a `local_reply_config` can add one to a refusal.
    fn finish(&self, policies: &Policies, response: &mut impl Response) {
        if response.is_as_sent() {
            return;
        }
        let mut ours = self.headers(policies);
        let mut seen = [Seen::Never; ReplyHeaders::NAMES.len()];
        let mut foreign: Vec<Box<[u8]>> = Vec::new();
        let mut vary = Vec::new();
        response.each(&mut |name, value| {
            let expected =
                ours.all().zip(&mut seen).find(|((ours, value), _)| value.is_some() && name == ours.as_bytes());
            if let Some(((_, expected), seen)) = expected {
                *seen = if *seen == Seen::Never && Some(value) == expected { Seen::AsWritten } else { Seen::Otherwise };
                if name == name::VARY.as_bytes() && matches!(self.0, ReplyKind::Rejection(_)) {
                    join(&mut vary, value);
                }
            } else if name.starts_with(b"access-control-") {
                foreign.push(name.into());
            }
        });
        if !vary.is_empty() {
            // A rejection stands for a response of the upstream: what else it varies by is kept.
            ours.vary_by(vary::with_origin(Some(&vary)).unwrap_or(Cow::Owned(vary)));
        }
        for ((name, value), seen) in ours.all().zip(seen) {
            if let Some(value) = value
                && seen != Seen::AsWritten
            {
                response.replace(name, value);
            }
        }
        for name in &foreign {
            response.remove(name);
        }
    }
}

/// A header of ours in the reply that comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Never,
    AsWritten,
    Otherwise,
}

fn join(list: &mut Vec<u8>, line: &[u8]) {
    if !list.is_empty() {
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(line);
}
