//! Actual requests and requests without `Origin`. They are forwarded, and their responses edited
//! (Fetch, section 4.9, "CORS check").
//!
//! Every governed response is edited, not only those to allowed origins. A browser's cache keeps
//! the headers of a response, and a later 304 that lacks one of them leaves the stored one in
//! force. An origin that the policy refuses would profit from a `*` or `true` that the upstream
//! left there.

use super::answers::Answers;
use super::choice::{Chosen, record, reselect};
use super::preflight::Preflight;
use super::proxy::{Request, Response, Target};
use super::record::{Phase, Reason, Record};
use super::trial::{Difference, Verdict};
use crate::header::name;
use crate::origin::Origins;
use crate::policy::{Policies, Policy, Reject, Timing, UpstreamHeaders};
use crate::rules::{PolicyId, Selected};
use crate::vary;

/// A forwarded request, and what the edit of its response needs.
#[derive(Debug)]
pub struct Forwarded {
    asked: Asked,
    phase: Phase,
    selected: Selected,
    reason: Reason,
    difference: Option<Difference>,
    target: Target,
    /// Routes select policies. A later filter may change the route, so the choice is repeated for
    /// the response.
    by_route: bool,
}

/// The requester.
#[derive(Debug)]
enum Asked {
    Origin(Vec<u8>),
    /// The request has no `Origin`. `personal`: it has cookies or `Authorization`, so its response
    /// may be for one person.
    Nobody {
        personal: bool,
    },
}

/// A request that is answered with 403.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) policy: PolicyId,
    pub(crate) phase: Phase,
    pub(crate) reason: Reason,
    /// Empty if the request has none.
    pub(crate) origin: Vec<u8>,
    pub(crate) difference: Option<Difference>,
}

/// Decides about an actual request.
pub(crate) fn decide(
    policies: &Policies,
    request: &mut impl Request,
    chosen: Chosen,
    origin: Vec<u8>,
) -> Result<Forwarded, Rejection> {
    let reason = judge(policies, chosen.selected, &origin, &chosen.target);
    let mut answers = Answers::new(request);
    let rejected = chosen.reject(policies).and_then(|(policy, reject)| {
        Some((policy, reject.reason(reason, &origin, chosen.target.authority.as_deref(), &mut answers)?))
    });
    let difference = chosen.trial(policies).and_then(|trial| {
        let verdict = rejected.map_or(Verdict::of(reason), |(_, reason)| Verdict::rejected(reason));
        verdict.difference(try_on(policies, trial, &chosen, &origin, &mut answers))
    });
    if let Some((policy, reason)) = rejected {
        return Err(Rejection { policy, phase: Phase::Actual, reason, origin, difference });
    }
    let Chosen { selected, target, by_route, .. } = chosen;
    Ok(Forwarded { asked: Asked::Origin(origin), phase: Phase::Actual, selected, reason, difference, target, by_route })
}

/// The verdict of a trial.
#[inline(never)]
fn try_on(
    policies: &Policies,
    trial: &Policy,
    chosen: &Chosen,
    origin: &[u8],
    answers: &mut Answers<'_, impl Request>,
) -> Verdict {
    let reason = policies.check(trial, origin, chosen.tenant()).err().unwrap_or(Reason::None);
    let authority = chosen.target.authority.as_deref();
    let rejected = chosen.reject_of(trial).and_then(|reject| reject.reason(reason, origin, authority, answers));
    rejected.map_or(Verdict::of(reason), Verdict::rejected)
}

/// Decides about a request without `Origin`. Only its host can be a reason to reject it.
pub(crate) fn decide_without_origin(
    policies: &Policies,
    request: &mut impl Request,
    chosen: Chosen,
) -> Result<Forwarded, Rejection> {
    let mut answers = Answers::new(request);
    let mut verdict = |reject: Option<&Reject>| {
        let authority = chosen.target.authority.as_deref();
        let is_foreign = reject.is_some_and(|reject| reject.is_foreign(authority, &mut answers));
        if is_foreign { Verdict::rejected(Reason::ForeignHost) } else { Verdict::passed() }
    };
    let rejecting = chosen.reject(policies);
    let decided = verdict(rejecting.map(|(_, reject)| reject));
    let trial = chosen.trial(policies);
    let difference = trial.and_then(|trial| decided.difference(verdict(chosen.reject_of(trial))));
    if let Some((policy, _)) = rejecting.filter(|_| decided != Verdict::passed()) {
        let Verdict { reason, .. } = decided;
        return Err(Rejection { policy, phase: Phase::NotCors, reason, origin: Vec::new(), difference });
    }
    let Chosen { selected, target, by_route, .. } = chosen;
    // Only the answer `*` depends on it.
    let matters = if by_route {
        policies.all.iter().any(is_public)
    } else {
        matches!(selected, Selected::Policy(id, _) if policies.get(id).is_some_and(is_public))
    };
    let personal = matters && (request.header(name::COOKIE).is_some() || request.header(name::AUTHORIZATION).is_some());
    Ok(Forwarded {
        asked: Asked::Nobody { personal },
        phase: Phase::NotCors,
        selected,
        reason: Reason::NoOrigin,
        difference,
        target,
        by_route,
    })
}

fn is_public(policy: &Policy) -> bool {
    matches!(policy.origins, Origins::Any)
}

fn judge(policies: &Policies, selected: Selected, origin: &[u8], target: &Target) -> Reason {
    match selected {
        Selected::Policy(id, tenant) => {
            let tenant = tenant.label(target.authority.as_deref());
            policies.get(id).and_then(|policy| policies.check(policy, origin, tenant).err()).unwrap_or(Reason::None)
        }
        Selected::Refused(reason) => reason,
        Selected::Untouched => Reason::None,
    }
}

impl Forwarded {
    /// Forwards a preflight: its policy only reports, or the policy lets the upstream answer.
    pub(crate) fn preflight(preflight: Preflight, target: Target) -> Self {
        let (selected, reason, difference, origin) = preflight.into_parts();
        let asked = Asked::Origin(origin);
        Self { asked, phase: Phase::Preflight, selected, reason, difference, target, by_route: false }
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    pub(super) const fn difference(&self) -> Option<Difference> {
        self.difference
    }

    pub(crate) fn origin(&self) -> Option<&[u8]> {
        match &self.asked {
            Asked::Origin(origin) => Some(origin),
            Asked::Nobody { .. } => None,
        }
    }

    pub(crate) fn record<'p>(&self, policies: &'p Policies) -> Option<Record<'p>> {
        record(policies, self.selected, self.phase, self.reason)
    }

    pub(crate) fn edit(&self, policies: &Policies, response: &mut impl Response) {
        let (selected, reason) = self.in_force(policies, response);
        match selected {
            Selected::Untouched => return,
            Selected::Refused(_) => write_refusal(response),
            Selected::Policy(id, _) => {
                let Some(policy) = policies.get(id).filter(|policy| !policy.report_only) else { return };
                self.edit_by(policy, reason, response);
            }
        }
        if policies.debug
            && let Some(record) = record(policies, selected, self.phase, reason)
        {
            response.replace(name::DECISION, record.words().as_bytes());
        }
    }

    /// The choice that applies to the response. It is repeated if the route may have changed.
    fn in_force(&self, policies: &Policies, response: &mut impl Response) -> (Selected, Reason) {
        if !self.by_route {
            return (self.selected, self.reason);
        }
        let selected = reselect(policies, &self.target, self.phase, response);
        match &self.asked {
            Asked::Origin(origin) if selected != self.selected => {
                (selected, judge(policies, selected, origin, &self.target))
            }
            _ => (selected, self.reason),
        }
    }

    fn edit_by(&self, policy: &Policy, reason: Reason, response: &mut impl Response) {
        if policy.upstream_headers == UpstreamHeaders::Preserve
            && let Some(upstream) = response.header(name::ALLOW_ORIGIN)
        {
            if upstream != b"*" {
                vary_by_origin(response);
            }
        } else {
            self.write_answer(policy, reason, response);
        }
        if let Timing::Allow { without_origin } = &policy.timing {
            self.write_timing(policy, reason, without_origin.as_deref(), response);
        }
    }

    fn write_answer(&self, policy: &Policy, reason: Reason, response: &mut impl Response) {
        match (&policy.origins, &self.asked) {
            (Origins::Any, Asked::Nobody { personal: true }) => write_refusal(response),
            (Origins::Any, _) => write_grant(policy, b"*", response),
            (Origins::Fixed(origin), _) => write_grant(policy, origin, response),
            (Origins::Listed(_), Asked::Origin(origin)) if reason == Reason::None => {
                write_grant(policy, origin, response);
                vary_by_origin(response);
            }
            (Origins::Listed(_), _) => write_refusal(response),
        }
    }

    fn write_timing(
        &self,
        policy: &Policy,
        reason: Reason,
        without_origin: Option<&[u8]>,
        response: &mut impl Response,
    ) {
        let value = match (&policy.origins, &self.asked) {
            (Origins::Any, _) => Some(&b"*"[..]),
            (Origins::Fixed(origin), _) => Some(&**origin),
            (_, Asked::Origin(origin)) => (reason == Reason::None).then_some(origin.as_slice()),
            _ => without_origin,
        };
        replace_or_remove(response, name::TIMING_ALLOW_ORIGIN, value);
    }
}

/// Lets `origin` read the response, and replaces the upstream's CORS headers.
fn write_grant(policy: &Policy, origin: &[u8], response: &mut impl Response) {
    response.replace(name::ALLOW_ORIGIN, origin);
    replace_or_remove(response, name::ALLOW_CREDENTIALS, policy.credentials.then_some(b"true"));
    replace_or_remove(response, name::EXPOSE_HEADERS, policy.exposed.as_deref());
}

/// Lets no one read the response, and keeps caches from giving it to another origin.
fn write_refusal(response: &mut impl Response) {
    for name in [name::ALLOW_ORIGIN, name::ALLOW_CREDENTIALS, name::EXPOSE_HEADERS] {
        response.remove(name.as_bytes());
    }
    vary_by_origin(response);
}

fn vary_by_origin(response: &mut impl Response) {
    let upstream = response.header(name::VARY);
    if let Some(value) = vary::with_origin(upstream.as_deref()) {
        response.replace(name::VARY, &value);
    }
}

fn replace_or_remove(response: &mut impl Response, name: &'static str, value: Option<&[u8]>) {
    match value {
        Some(value) => response.replace(name, value),
        None => response.remove(name.as_bytes()),
    }
}
