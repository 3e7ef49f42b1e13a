//! The choice of the policy for an exchange, and its record.

use super::proxy::{Request, Route, Target};
use super::record::{Outcome, Phase, Reason, Record};
use crate::header::name;
use crate::policy::{Policies, Policy, Reject, Selector};
use crate::rules::{PolicyId, Selected, Tenant};

/// The choice of a policy for a request.
pub(crate) struct Chosen {
    pub(crate) selected: Selected,
    /// The target that the choice was based on.
    pub(crate) target: Target,
    /// Routes matter to the choice, and a later filter may change the route, so the choice is
    /// repeated for the response.
    pub(crate) by_route: bool,
    /// This is a later run of a request, whose redirect the proxy follows.
    pub(crate) is_redirected: bool,
}

impl Chosen {
    /// The chosen policy, if it rejects requests. Later runs reject nothing: the first run has let
    /// the request pass, and it saw the URL that the browser knows.
    pub(crate) fn reject<'p>(&self, policies: &'p Policies) -> Option<(PolicyId, &'p Reject)> {
        match self.selected {
            Selected::Policy(policy, _) if !self.is_redirected => Some((policy, policies.reject(policy)?)),
            _ => None,
        }
    }

    /// The same of a policy, which is the chosen one or its trial.
    pub(crate) fn reject_of<'p>(&self, policy: &'p Policy) -> Option<&'p Reject> {
        policy.reject().filter(|_| !self.is_redirected)
    }

    /// The label that the rule's host binds.
    pub(crate) fn tenant(&self) -> Option<&[u8]> {
        match self.selected {
            Selected::Policy(_, tenant) => tenant.label(self.target.authority.as_deref()),
            _ => None,
        }
    }
}

/// Whether routes matter to the choice.
pub(crate) fn is_by_route(policies: &Policies) -> bool {
    matches!(&*policies.selector, Selector::Rules(rules) if rules.asks_route())
}

/// The target that a policy is chosen by. A later run of a redirected request takes it from the
/// `first` run, as far as that has asked for it.
#[inline]
pub(crate) fn target(policies: &Policies, first: Target, request: &mut impl Request) -> Target {
    let Selector::Rules(rules) = &*policies.selector else { return first };
    let mut ask = |needed: bool, name| if needed { request.header(name) } else { None };
    Target {
        authority: first.authority.or_else(|| ask(rules.asks_host(), name::AUTHORITY)),
        path: first.path.or_else(|| ask(rules.asks_path(), name::PATH)),
    }
}

/// Chooses by host and path, if routes do not matter.
#[inline]
pub(crate) fn select_by_target(policies: &Policies, target: &Target) -> Selected {
    match &*policies.selector {
        Selector::Always(policy) => Selected::Policy(*policy, Tenant::default()),
        Selector::Rules(rules) => rules.select(target, None, |policy| policies.enforces(policy)),
    }
}

/// Chooses if routes matter. A request without `Origin` needs no choice before its response, unless
/// a policy looks at its host.
pub(crate) fn select_by_route(policies: &Policies, target: &Target, phase: Phase, route: &mut impl Route) -> Selected {
    let waits = phase == Phase::NotCors && !policies.check_hosts;
    if waits { Selected::Untouched } else { reselect(policies, target, phase, route) }
}

/// Repeats the choice for the response, because a later filter may have changed the route.
pub(crate) fn reselect(policies: &Policies, target: &Target, phase: Phase, route: &mut impl Route) -> Selected {
    match &*policies.selector {
        Selector::Always(policy) => Selected::Policy(*policy, Tenant::default()),
        Selector::Rules(rules) => {
            rules.select_by_route(target, route, phase == Phase::Preflight, |policy| policies.enforces(policy))
        }
    }
}

/// The record of a choice.
pub(crate) fn record(policies: &Policies, selected: Selected, phase: Phase, reason: Reason) -> Option<Record<'_>> {
    let policy = match selected {
        Selected::Policy(policy, _) => Some(policy),
        Selected::Refused(_) => None,
        Selected::Untouched => return None,
    };
    let outcome = match reason {
        Reason::None => Outcome::Allowed,
        Reason::NoOrigin => Outcome::Passed,
        _ if policy.is_some_and(|policy| !policies.enforces(policy)) => Outcome::WouldBeRefused,
        _ => Outcome::Refused,
    };
    let place = policy.map(|policy| policy.0);
    let policy = policy.and_then(|policy| policies.get(policy)).map(|policy| &*policy.name);
    Some(Record { policy, place, phase, outcome, reason })
}
