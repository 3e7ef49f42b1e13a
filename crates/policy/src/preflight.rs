//! The answer to a preflight (Fetch, section 4.8, "CORS-preflight fetch").
//!
//! A preflight whose origin is allowed gets the true lists, whatever it asked for: one cached answer then serves every
//! method, and where the answer is no, the browser's own message names the method or header that is missing.

use std::borrow::Cow;

use crate::actual::Exchange;
use crate::ask::Request;
use crate::decide::{Decision, Headers, Reply, ReplyKind, record, select, target};
use crate::decision::{Phase, Reason, Record};
use crate::header::name;
use crate::origin::Origins;
use crate::policy::{Policies, Policy};
use crate::read::PreflightStatus;
use crate::rules::Selected;
use crate::vary;

/// A preflight and the decision about it.
#[derive(Debug)]
pub(crate) struct Preflight {
    selected: Selected,
    reason: Reason,
    origin: Vec<u8>,
    method: Vec<u8>,
    /// The joined `Access-Control-Request-Headers`.
    headers: Option<Vec<u8>>,
}

pub(crate) fn decide(policies: &Policies, request: &mut impl Request, origin: Vec<u8>, method: Vec<u8>) -> Decision {
    let target = target(policies, request);
    let selected = select(policies, &target, request, Phase::Preflight);
    let mut preflight = Preflight { selected, reason: Reason::None, origin, method, headers: None };
    match selected {
        Selected::Untouched => return Decision::Untouched,
        Selected::Refused(reason) => preflight.reason = reason,
        Selected::Policy(id) => {
            let Some(policy) = policies.get(id) else { return Decision::Untouched };
            preflight.reason = preflight.judge(policy, request);
            if policy.report_only {
                return Decision::Forward(Exchange::reported_preflight(selected, preflight.reason, preflight.origin));
            }
        }
    }
    Decision::Reply(Reply(ReplyKind::Preflight(preflight)))
}

impl Preflight {
    fn judge(&mut self, policy: &Policy, request: &mut impl Request) -> Reason {
        if let Err(reason) = policy.origins.check(&self.origin) {
            return reason;
        }
        self.headers = request.header(name::REQUEST_HEADERS);
        if !policy.methods.allows(&self.method) {
            return Reason::MethodNotListed;
        }
        if !policy.headers.allows(self.headers.as_deref()) {
            return Reason::HeaderNotListed;
        }
        Reason::None
    }

    /// The policy, if it allows the origin.
    fn allowing<'p>(&self, policies: &'p Policies) -> Option<&'p Policy> {
        match (self.selected, self.reason) {
            (Selected::Policy(id), Reason::None | Reason::MethodNotListed | Reason::HeaderNotListed) => {
                policies.get(id)
            }
            _ => None,
        }
    }

    pub(crate) fn status(&self, policies: &Policies) -> u16 {
        match self.allowing(policies).map(|policy| policy.preflight_status) {
            Some(PreflightStatus::NoContent) => 204,
            Some(PreflightStatus::Ok) => 200,
            None => 403,
        }
    }

    pub(crate) fn headers<'a>(&'a self, policies: &'a Policies) -> Headers<'a> {
        let mut headers: Headers<'a> = Vec::with_capacity(8);
        if let Some(policy) = self.allowing(policies) {
            let origin = if matches!(policy.origins, Origins::Any) { b"*" } else { self.origin.as_slice() };
            let credentials = policy.credentials.then_some(Cow::Borrowed(&b"true"[..]));
            let values = [
                (name::ALLOW_ORIGIN, Some(Cow::Borrowed(origin))),
                (name::ALLOW_CREDENTIALS, credentials),
                (name::ALLOW_METHODS, policy.methods.header_value(&self.method)),
                (name::ALLOW_HEADERS, policy.headers.header_value(self.headers.as_deref())),
                (name::MAX_AGE, policy.max_age.as_deref().map(Cow::Borrowed)),
                (name::EXPOSE_HEADERS, policy.exposed.as_deref().map(Cow::Borrowed)),
            ];
            headers.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
        }
        headers.push((name::VARY, Cow::Borrowed(vary::PREFLIGHT)));
        headers
    }

    pub(crate) const fn reason(&self) -> Reason {
        self.reason
    }

    pub(crate) fn origin(&self) -> &[u8] {
        &self.origin
    }

    pub(crate) fn record<'p>(&self, policies: &'p Policies) -> Record<'p> {
        let nothing = Record {
            policy: None,
            phase: Phase::Preflight,
            outcome: crate::decision::Outcome::Refused,
            reason: self.reason,
        };
        record(policies, self.selected, Phase::Preflight, self.reason).unwrap_or(nothing)
    }
}
