//! The proxy's treatment of an exchange: the decision about its request, and the execution on the
//! response.
//!
//! Read the modules in this order: [`classify`] classifies a request, and [`choice`] finds its
//! policy. [`preflight`], [`actual`] and [`reject`] decide. [`reply`] and [`actual`] write the
//! answer. [`proxy`] has the questions that all of them ask, [`record`] the words for the decision,
//! [`kind`] its number, and [`trial`] compares it with that of another policy.
//!
//! # When the policy is chosen
//!
//! A policy is chosen by host and path, or by Envoy's route.
//!
//! * Without routes, the choice comes first. An exchange without a policy then costs no question
//!   about CORS.
//! * With routes, it comes after the classification, because a preflight without a route is
//!   refused. A later filter may change the route, so the choice is repeated for the response; see
//!   [`actual::Forwarded`].
//! * If the proxy itself follows a redirect and runs its filters again, host and path are those of
//!   the first run. So a preflight and its request, which have the same first URL, meet the same
//!   policy.

pub(crate) mod actual;
mod answers;
pub(crate) mod choice;
mod classify;
mod kind;
pub(crate) mod preflight;
pub(crate) mod proxy;
pub(crate) mod record;
mod reject;
pub(crate) mod reply;
pub(crate) mod trial;

use crate::policy::Policies;
use crate::rules::Selected;
use actual::Forwarded;
use choice::Chosen;
use classify::{Class, classify};
use preflight::Preflight;
use proxy::{Request, Response, Target};
use record::Record;
use reply::Reply;
use trial::Difference;

/// The treatment of a request.
#[derive(Debug)]
pub enum Decision {
    /// No policy governs it: leave the request and its response unchanged.
    Untouched(Target),
    /// Answer it without the upstream. The reply's own headers come back through [`edit`].
    Reply(Reply),
    /// Forward it, and edit its response.
    Forward(Forwarded),
}

/// Decides about a request.
///
/// The law is Fetch, [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol).
/// `docs/configuration.md` explains the meaning of a configuration.
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

/// Edits a response according to the decision about its request.
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

    /// Where the trial of the policy decides otherwise; `None` if it agrees, and without a trial.
    pub fn difference(&self) -> Option<Difference> {
        match self {
            Self::Untouched(_) => None,
            Self::Reply(reply) => reply.difference(),
            Self::Forward(forwarded) => forwarded.difference(),
        }
    }

    /// The target that chose a forwarded request's policy. If the proxy itself follows a redirect
    /// of the upstream, it gives the target back: see [`Request::first_target`].
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Untouched(target) => Some(target),
            Self::Reply(_) => None,
            Self::Forward(forwarded) => Some(forwarded.target()),
        }
    }

    /// The `Origin` of the request, as the client sent it.
    pub fn origin(&self) -> Option<&[u8]> {
        match self {
            Self::Untouched(_) => None,
            Self::Reply(reply) => Some(reply.origin()),
            Self::Forward(forwarded) => forwarded.origin(),
        }
    }
}
