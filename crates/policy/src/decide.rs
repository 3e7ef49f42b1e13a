//! The decision about a request, and its execution on the response.

use std::borrow::Cow;

use crate::actual::{self, Exchange, Rejection};
use crate::ask::{Request, Response};
use crate::decision::{Outcome, Phase, Record};
use crate::header::{Headers, name};
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
    pub fn headers<'a>(&'a self, policies: &'a Policies) -> Vec<(&'static str, Cow<'a, [u8]>)> {
        let mut headers = match &self.0 {
            ReplyKind::Preflight(preflight) => preflight.headers(policies),
            ReplyKind::Rejection(_) => vec![(name::VARY, Cow::Borrowed(&b"origin"[..]))],
        };
        if policies.debug {
            headers.push((name::DECISION, self.record(policies).words().into_bytes().into()));
        }
        headers
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
        let mut ours = self.headers(policies);
        let mut seen = [Seen::Never; MOST_HEADERS];
        let mut foreign: Vec<Box<[u8]>> = Vec::new();
        let mut vary = Vec::new();
        response.each(&mut |name, value| {
            let ours = ours.iter().zip(&mut seen).find(|((ours, _), _)| name == ours.as_bytes());
            if let Some(((name, expected), seen)) = ours {
                *seen = if *seen == Seen::Never && value == &**expected { Seen::AsWritten } else { Seen::Otherwise };
                if *name == name::VARY && matches!(self.0, ReplyKind::Rejection(_)) {
                    join(&mut vary, value);
                }
            } else if name.starts_with(b"access-control-") {
                foreign.push(name.into());
            }
        });
        if !vary.is_empty() {
            keep_varying(&mut ours, vary);
        }
        for ((name, value), _) in ours.iter().zip(seen).filter(|(_, seen)| *seen != Seen::AsWritten) {
            response.replace(name, value);
        }
        for name in &foreign {
            response.remove(name);
        }
    }
}

/// Room for each header of a reply: seven of a preflight's, and the decision.
const MOST_HEADERS: usize = 8;

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

/// A rejection stands for a response of the upstream: what else it varies by is kept.
fn keep_varying(ours: &mut Headers<'_>, joined: Vec<u8>) {
    for (name, value) in ours {
        if *name == name::VARY {
            *value = vary::with_origin(Some(&joined)).unwrap_or(Cow::Owned(joined));
            return;
        }
    }
}
