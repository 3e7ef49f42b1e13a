//! What a proxy does with an exchange: the decision about its request, and its execution on the
//! response.
//!
//! Read in this order: [`classify`] says what a request is, [`choice`] finds its policy,
//! [`preflight`], [`actual`] and [`reject`] decide, [`reply`] and [`actual`] write the answer. [`proxy`] holds
//! the questions that all of them ask, and [`record`] the words for what was decided.
//!
//! # When the policy is chosen
//!
//! A policy is chosen by host and path, or by Envoy's route.
//!
//! * Without routes the choice comes first. What no policy governs then costs no question about CORS.
//! * With routes it comes after the classification, because a preflight without a route is refused.
//!   A later filter may change the route, so the choice is made again for the response; see
//!   [`actual::Forwarded`].
//! * Where the proxy follows a redirect itself and runs its filters again, host and path are those
//!   of the first run: a preflight and its request, which share the first URL, meet one policy.

pub(crate) mod actual;
pub(crate) mod choice;
mod classify;
pub(crate) mod preflight;
pub(crate) mod proxy;
pub(crate) mod record;
mod reject;
pub(crate) mod reply;

use crate::policy::Policies;
use crate::rules::{Selected, Target};
use actual::Forwarded;
use choice::Chosen;
use classify::{Class, classify};
use preflight::Preflight;
use proxy::{Request, Response};
use record::Record;
use reply::Reply;

/// What to do with a request.
#[derive(Debug)]
pub enum Decision {
    /// No policy governs it: leave request and response alone.
    Untouched(Target),
    /// Answer it here; it does not reach the upstream. The reply's own headers come back through [`edit`].
    Reply(Reply),
    /// Let it pass, and edit its response.
    Forward(Forwarded),
}

/// Decides about a request.
///
/// Fetch, [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol);
/// `docs/configuration.md` says what a configuration means.
pub fn decide(policies: &Policies, request: &mut impl Request) -> Decision {
    let first = request.first_target();
    let is_redirected = first.is_some();
    let target = choice::target(policies, first.unwrap_or_default(), request);
    if choice::is_by_route(policies) {
        let class = classify(request);
        let selected = choice::select_by_route(policies, &target, class.phase(), request);
        return decide_class(class, policies, Chosen { selected, target, by_route: true, is_redirected }, request);
    }
    let selected = choice::select_by_target(policies, &target);
    if selected == Selected::Untouched {
        return Decision::Untouched(target);
    }
    decide_class(classify(request), policies, Chosen { selected, target, by_route: false, is_redirected }, request)
}

fn decide_class(class: Class, policies: &Policies, chosen: Chosen, request: &mut impl Request) -> Decision {
    let decided = match class {
        Class::Preflight { origin, method } => {
            return match Preflight::judge(policies, request, &chosen, origin, method) {
                None => Decision::Untouched(chosen.target),
                Some(preflight) if preflight.is_forwarded(policies) => {
                    Decision::Forward(Forwarded::preflight(preflight, chosen.target))
                }
                Some(preflight) => Decision::Reply(Reply::preflight(preflight)),
            };
        }
        Class::Actual { origin } => actual::decide(policies, request, chosen, origin),
        Class::NotCors => actual::decide_without_origin(policies, request, chosen),
    };
    match decided {
        Ok(forwarded) => Decision::Forward(forwarded),
        Err(rejection) => Decision::Reply(Reply::rejection(rejection)),
    }
}

/// Edits a response by the decision about its request.
pub fn edit(policies: &Policies, decision: &Decision, response: &mut impl Response) {
    match decision {
        Decision::Untouched(_) => {}
        Decision::Reply(reply) => reply.finish(policies, response),
        Decision::Forward(forwarded) => forwarded.edit(policies, response),
    }
}

impl Decision {
    /// The decision in words; `None` for an exchange that no policy governs.
    pub fn record<'p>(&self, policies: &'p Policies) -> Option<Record<'p>> {
        match self {
            Self::Untouched(_) => None,
            Self::Reply(reply) => Some(reply.record(policies)),
            Self::Forward(forwarded) => forwarded.record(policies),
        }
    }

    /// What a forwarded request's policy was chosen by. A proxy that follows a redirect of the
    /// upstream's itself gives it back: see [`Request::first_target`].
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Untouched(target) => Some(target),
            Self::Reply(_) => None,
            Self::Forward(forwarded) => Some(forwarded.target()),
        }
    }

    /// The `Origin` that was decided about, as the client sent it.
    pub fn origin(&self) -> Option<&[u8]> {
        match self {
            Self::Untouched(_) => None,
            Self::Reply(reply) => Some(reply.origin()),
            Self::Forward(forwarded) => forwarded.origin(),
        }
    }
}
