//! Which policy was chosen for an exchange, and the words for it.

use super::proxy::{Request, Route};
use super::record::{Outcome, Phase, Reason, Record};
use crate::header::name;
use crate::policy::{Policies, Selector};
use crate::rules::{Selected, Target};

/// The choice of a policy for a request.
pub(crate) struct Chosen {
    pub(crate) selected: Selected,
    /// What it was chosen by.
    pub(crate) target: Target,
    /// Routes have a say in it, and a later filter may change the route: the choice is made again for the response.
    pub(crate) by_route: bool,
}

/// Whether routes have a say in the choice.
pub(crate) fn is_by_route(policies: &Policies) -> bool {
    matches!(&policies.selector, Selector::Rules(rules) if rules.asks_route())
}

/// What a policy is chosen by.
#[inline]
pub(crate) fn target(policies: &Policies, request: &mut impl Request) -> Target {
    match &policies.selector {
        Selector::Always(_) => Target::default(),
        Selector::Rules(rules) => Target {
            authority: rules.asks_host().then(|| request.header(name::AUTHORITY)).flatten(),
            path: rules.asks_path().then(|| request.header(name::PATH)).flatten(),
        },
    }
}

/// Chooses by host and path, where routes have no say.
#[inline]
pub(crate) fn select_by_target(policies: &Policies, target: &Target) -> Selected {
    match &policies.selector {
        Selector::Always(policy) => Selected::Policy(*policy),
        Selector::Rules(rules) => rules.select(target, None, |policy| policies.enforces(policy)),
    }
}

/// Chooses where routes have a say. A request without `Origin` needs no choice before its response,
/// unless a policy looks at its host.
pub(crate) fn select_by_route(policies: &Policies, target: &Target, phase: Phase, route: &mut impl Route) -> Selected {
    let waits = phase == Phase::NotCors && !policies.check_hosts();
    if waits { Selected::Untouched } else { reselect(policies, target, phase, route) }
}

/// Chooses again for the response: a later filter may have changed the route.
pub(crate) fn reselect(policies: &Policies, target: &Target, phase: Phase, route: &mut impl Route) -> Selected {
    match &policies.selector {
        Selector::Always(policy) => Selected::Policy(*policy),
        Selector::Rules(rules) => {
            rules.select_by_route(target, route, phase == Phase::Preflight, |policy| policies.enforces(policy))
        }
    }
}

/// The words for a choice that was made.
pub(crate) fn record(policies: &Policies, selected: Selected, phase: Phase, reason: Reason) -> Option<Record<'_>> {
    let policy = match selected {
        Selected::Policy(policy) => Some(policy),
        Selected::Refused(_) => None,
        Selected::Untouched => return None,
    };
    let outcome = match reason {
        Reason::None => Outcome::Allowed,
        Reason::NoOrigin => Outcome::Passed,
        _ if policy.is_some_and(|policy| !policies.enforces(policy)) => Outcome::WouldBeRefused,
        _ => Outcome::Refused,
    };
    let policy = policy.and_then(|policy| policies.get(policy)).map(|policy| &*policy.name);
    Some(Record { policy, phase, outcome, reason })
}
