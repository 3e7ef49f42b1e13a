//! The answer to a preflight (Fetch, section 4.8, "CORS-preflight fetch").
//!
//! A preflight from an allowed origin gets the true lists, whatever it requests. So one cached
//! answer serves every method, and if the answer is no, the browser's message names the missing
//! method or header.

use super::answers::Answers;
use super::choice::{Chosen, record};
use super::proxy::Request;
use super::record::{Outcome, Phase, Reason, Record};
use super::trial::{Difference, Verdict};
use crate::header::{Grant, ReplyHeaders, name};
use crate::origin::Origins;
use crate::policy::{Policies, Policy, PreflightStatus, Preflights};
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
    difference: Option<Difference>,
}

impl Preflight {
    /// Decides about a preflight; `None` if no policy governs it.
    pub(crate) fn judge(
        policies: &Policies,
        request: &mut impl Request,
        chosen: &Chosen,
        origin: Vec<u8>,
        method: Vec<u8>,
    ) -> Option<Self> {
        let selected = chosen.selected;
        let mut preflight = Self { selected, reason: Reason::None, origin, method, headers: None, difference: None };
        preflight.reason = match selected {
            Selected::Untouched => return None,
            Selected::Refused(reason) => reason,
            Selected::Policy(id, _) => {
                let mut answers = Answers::new(request);
                let reason = preflight.judge_by(policies, policies.get(id)?, chosen, &mut answers);
                if let Some(trial) = chosen.trial(policies) {
                    let tried = preflight.judge_by(policies, trial, chosen, &mut answers);
                    preflight.difference = Verdict::of(reason).difference(Verdict::of(tried));
                }
                preflight.headers = answers.into_known(name::REQUEST_HEADERS);
                reason
            }
        };
        Some(preflight)
    }

    fn judge_by(
        &self,
        policies: &Policies,
        policy: &Policy,
        chosen: &Chosen,
        answers: &mut Answers<'_, impl Request>,
    ) -> Reason {
        if let Err(reason) = policies.check(policy, &self.origin, chosen.tenant()) {
            return reason;
        }
        let authority = chosen.target.authority.as_deref();
        if chosen.reject_of(policy).is_some_and(|reject| reject.is_foreign(authority, answers)) {
            return Reason::ForeignHost;
        }
        if policy.preflights == Preflights::Forward {
            return Reason::None; // The upstream answers for methods and headers.
        }
        let allows_method = policy.methods.allows(&self.method);
        if policy.headers.depend_on_request() || allows_method {
            answers.header(name::REQUEST_HEADERS);
        }
        if !allows_method {
            return Reason::MethodNotListed;
        }
        if !policy.headers.allows(answers.header(name::REQUEST_HEADERS)) {
            return Reason::HeaderNotListed;
        }
        Reason::None
    }

    /// Whether the upstream answers: the policy only reports, or it forwards the preflights that it
    /// does not reject.
    pub(crate) fn is_forwarded(&self, policies: &Policies) -> bool {
        let Selected::Policy(id, _) = self.selected else { return false };
        let forwards = policies.get(id).is_some_and(|policy| policy.preflights == Preflights::Forward);
        let rejects = self.reason != Reason::None && policies.reject(id).is_some();
        !policies.enforces(id) || (forwards && !rejects)
    }

    /// The policy, if it allows the origin.
    fn allowing<'p>(&self, policies: &'p Policies) -> Option<&'p Policy> {
        match (self.selected, self.reason) {
            (Selected::Policy(id, _), Reason::None | Reason::MethodNotListed | Reason::HeaderNotListed) => {
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

    /// The headers of the answer. `decision`: the text of the debug header, if it is on.
    pub(crate) fn headers<'a>(&'a self, policies: &'a Policies, decision: Option<String>) -> ReplyHeaders<'a> {
        let grant = self.allowing(policies).map(|policy| self.grant(policy)).unwrap_or_default();
        ReplyHeaders::new(grant, vary::PREFLIGHT, decision)
    }

    fn grant<'a>(&'a self, policy: &'a Policy) -> Grant<'a> {
        let origin = if matches!(policy.origins, Origins::Any) { b"*" } else { self.origin.as_slice() };
        Grant {
            origin: Some(origin),
            credentials: policy.credentials,
            methods: policy.methods.header_value(&self.method),
            headers: policy.headers.header_value(self.headers.as_deref()),
            max_age: policy.max_age.as_deref(),
            exposed: policy.exposed.as_deref(),
        }
    }

    pub(crate) const fn reason(&self) -> Reason {
        self.reason
    }

    pub(crate) fn origin(&self) -> &[u8] {
        &self.origin
    }

    pub(super) const fn difference(&self) -> Option<Difference> {
        self.difference
    }

    /// The choice, the decision and the origin of a preflight that is forwarded.
    pub(super) fn into_parts(self) -> (Selected, Reason, Option<Difference>, Vec<u8>) {
        (self.selected, self.reason, self.difference, self.origin)
    }

    pub(crate) fn record<'p>(&self, policies: &'p Policies) -> Record<'p> {
        let nothing = Record {
            policy: None,
            place: None,
            phase: Phase::Preflight,
            outcome: Outcome::Refused,
            reason: self.reason,
        };
        record(policies, self.selected, Phase::Preflight, self.reason).unwrap_or(nothing)
    }
}
