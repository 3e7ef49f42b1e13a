//! Which policy governs an exchange.
//!
//! The first matching rule wins. Where a path or an authority can be read in two ways that choose
//! differently, no origin is allowed: what one of the readers (this filter, Envoy's router, the
//! upstream) takes for `/admin` must not be answered with the policy of `/public`.

pub(crate) mod correction;
mod host;
mod matched;
mod path;
mod readings;

use std::collections::BTreeMap;

use crate::decide::proxy::{Route, RoutePolicy, Target};
use crate::decide::record::Reason;

pub(crate) use host::{Authority, HostPattern, Tenant};
pub(crate) use path::PathPattern;

/// A policy's place in [`crate::Policies`]. Only meaningful for the configuration that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyId(pub(crate) usize);

/// The compiled rules.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts about the rules, each of which saves a question")]
pub(crate) struct Rules {
    list: Vec<Rule>,
    /// Policies by name, for those that routes select.
    names: BTreeMap<Box<str>, PolicyId>,
    from_route_metadata: bool,
    asks_host: bool,
    asks_path: bool,
    asks_route_name: bool,
    /// Every path pattern is written in its canonical form.
    canonical_patterns: bool,
}

/// One rule; an absent list matches all.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) hosts: Option<Vec<HostPattern>>,
    pub(crate) paths: Option<Vec<PathPattern>>,
    pub(crate) routes: Option<Vec<Box<[u8]>>>,
    /// `None` leaves the exchange alone.
    pub(crate) policy: Option<PolicyId>,
    /// The policy compares its origins with the label that a host binds.
    pub(crate) binds_tenant: bool,
    /// Only the policy's trial does.
    pub(crate) tries_tenant: bool,
}

/// What was chosen for an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    Policy(PolicyId, Tenant),
    /// No rule, or one that says `null`.
    Untouched,
    /// Governed, but no policy can be trusted to be the right one: every origin is refused.
    Refused(Reason),
}

impl Rules {
    pub(crate) fn new(rules: Vec<Rule>, names: BTreeMap<Box<str>, PolicyId>, from_route_metadata: bool) -> Self {
        let paths = rules.iter().filter_map(|rule| rule.paths.as_ref()).flatten();
        Self {
            canonical_patterns: paths.clone().all(PathPattern::is_canonical),
            asks_host: rules.iter().any(|rule| rule.hosts.is_some()),
            asks_path: rules.iter().any(|rule| rule.paths.is_some()),
            asks_route_name: rules.iter().any(|rule| rule.routes.is_some()),
            list: rules,
            names,
            from_route_metadata,
        }
    }

    /// Whether the authority matters.
    pub(crate) const fn asks_host(&self) -> bool {
        self.asks_host
    }

    /// Whether the path matters.
    pub(crate) const fn asks_path(&self) -> bool {
        self.asks_path
    }

    /// Whether Envoy's choice of a route matters, which a later filter may change.
    pub(crate) const fn asks_route(&self) -> bool {
        self.asks_route_name || self.from_route_metadata
    }

    /// Whether some rule, or a route, can choose the policy of this place.
    pub(crate) fn chooses(&self, place: usize) -> bool {
        self.from_route_metadata || self.list.iter().any(|rule| rule.policy == Some(PolicyId(place)))
    }

    /// Chooses by host and path, and by the `route`'s name if rules look at it. `enforces` tells
    /// whether a policy changes anything on the wire: two choices that both change nothing are one.
    ///
    /// Kept out of its callers: where there is one policy and no rules, requests do not come here.
    #[inline(never)]
    pub(crate) fn select(
        &self,
        target: &Target,
        route: Option<&[u8]>,
        enforces: impl Fn(PolicyId) -> bool,
    ) -> Selected {
        let authority = Authority::parse(target.authority.as_deref().unwrap_or_default());
        if self.asks_host && authority.is_none() {
            return Selected::Refused(Reason::AmbiguousHost);
        }
        let request = Facts { authority, path: target.path.as_deref().map(path::without_query), route };
        self.select_by_rule(&request, enforces)
    }

    /// Chooses where Envoy's route has a say. A preflight without a route is refused, and never
    /// handed to a later rule: Envoy picks its route for `OPTIONS`.
    pub(crate) fn select_by_route(
        &self,
        target: &Target,
        route: &mut impl Route,
        is_preflight: bool,
        enforces: impl Fn(PolicyId) -> bool,
    ) -> Selected {
        let name = if self.asks_route_name || is_preflight { route.route_name() } else { None };
        if is_preflight && name.is_none() {
            return Selected::Refused(Reason::NoRoute);
        }
        if self.from_route_metadata {
            match route.route_policy() {
                RoutePolicy::Absent => {}
                RoutePolicy::Named(name) => return self.named(&name),
                RoutePolicy::Invalid => return Selected::Refused(Reason::UnknownRoutePolicy),
            }
        }
        self.select(target, name.as_deref(), enforces)
    }

    fn named(&self, name: &[u8]) -> Selected {
        let policy = std::str::from_utf8(name).ok().and_then(|name| self.names.get(name));
        policy.map_or(Selected::Refused(Reason::UnknownRoutePolicy), |policy| {
            Selected::Policy(*policy, Tenant::default())
        })
    }

    fn select_by_rule(&self, request: &Facts<'_>, enforces: impl Fn(PolicyId) -> bool) -> Selected {
        let as_received = self.first_match(request, PathPattern::matches);
        let odd_path =
            request.path.filter(|path| self.asks_path && !(self.canonical_patterns && readings::is_plain(path)));
        match odd_path {
            Some(path) if self.is_ambiguous(path, request, as_received, enforces) => {
                Selected::Refused(Reason::AmbiguousPath)
            }
            _ => {
                as_received.map_or(Selected::Untouched, |(policy, rule)| Selected::Policy(policy, rule.tenant(request)))
            }
        }
    }

    /// Whether some reading of the path chooses another policy than the path as it was received,
    /// and one of them changes something on the wire.
    #[inline(never)]
    fn is_ambiguous(
        &self,
        path: &[u8],
        request: &Facts<'_>,
        as_received: Option<(PolicyId, &Rule)>,
        enforces: impl Fn(PolicyId) -> bool,
    ) -> bool {
        let mut differs = false;
        let mut any_enforces = as_received.is_some_and(|(policy, _)| enforces(policy));
        let is_another_choice = |reading: &[u8]| {
            let canonical = if self.canonical_patterns { Vec::new() } else { readings::canonical(reading) };
            readings::forms(reading).any(|form| {
                let chosen = self.first_match(request, |pattern, _| pattern.matches_form(form, &canonical));
                differs |= Self::outcome(chosen, request) != Self::outcome(as_received, request);
                any_enforces |= chosen.is_some_and(|(policy, _)| enforces(policy));
                differs && any_enforces
            })
        };
        // Readings that nobody looked at may choose any policy.
        readings::any(path, is_another_choice)
            .unwrap_or_else(|_| self.list.iter().filter_map(|rule| rule.policy).any(&enforces))
    }

    /// The first matching rule, and its policy; `None` for none, and for a rule that says `null`.
    fn first_match(
        &self,
        request: &Facts<'_>,
        path_matches: impl Fn(&PathPattern, &[u8]) -> bool,
    ) -> Option<(PolicyId, &Rule)> {
        let rule = self.list.iter().find(|rule| rule.matches(request, &path_matches))?;
        Some((rule.policy?, rule))
    }

    /// What a choice comes down to: a policy, and the tenant that it is for. A tenant that only a
    /// trial asks for makes no choice another one.
    fn outcome(choice: Option<(PolicyId, &Rule)>, request: &Facts<'_>) -> Option<(PolicyId, Tenant)> {
        choice.map(|(policy, rule)| (policy, if rule.binds_tenant { rule.tenant(request) } else { Tenant::default() }))
    }
}

/// What rules compare.
#[derive(Clone, Copy)]
struct Facts<'a> {
    authority: Option<Authority<'a>>,
    /// `None` for a request without one (CONNECT).
    path: Option<&'a [u8]>,
    route: Option<&'a [u8]>,
}

impl Rule {
    fn matches(&self, request: &Facts<'_>, path_matches: impl Fn(&PathPattern, &[u8]) -> bool) -> bool {
        let host = |hosts: &Vec<HostPattern>| {
            request.authority.as_ref().is_some_and(|authority| hosts.iter().any(|host| host.matches(authority)))
        };
        let path = |paths: &Vec<PathPattern>| {
            request.path.is_some_and(|path| paths.iter().any(|pattern| path_matches(pattern, path)))
        };
        let route =
            |routes: &Vec<Box<[u8]>>| request.route.is_some_and(|route| routes.iter().any(|name| **name == *route));
        self.hosts.as_ref().is_none_or(host)
            && self.paths.as_ref().is_none_or(path)
            && self.routes.as_ref().is_none_or(route)
    }

    fn tenant(&self, request: &Facts<'_>) -> Tenant {
        let hosts = self.hosts.iter().filter(|_| self.binds_tenant || self.tries_tenant).flatten();
        request
            .authority
            .and_then(|authority| hosts.into_iter().find_map(|host| host.bind(&authority)))
            .unwrap_or_default()
    }

    /// Whether every exchange that `other` matches is matched by `self`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.covers_but_for_paths(other) && covers(self.paths.as_ref(), other.paths.as_ref(), PathPattern::covers)
    }

    /// Whether every request that `other` matches has, in its canonical form, a path that `self`
    /// matches.
    pub(crate) fn covers_canonical(&self, other: &Self) -> bool {
        self.covers_but_for_paths(other)
            && covers(self.paths.as_ref(), other.paths.as_ref(), PathPattern::covers_canonical)
    }

    /// Whether `self` would cover `other` if `prefix` were its path.
    pub(crate) fn would_cover(&self, prefix: &PathPattern, other: &Self) -> bool {
        let paths = other.paths.as_ref().map_or(prefix.is_all(), |paths| paths.iter().all(|path| prefix.covers(path)));
        paths && self.covers_but_for_paths(other)
    }

    fn covers_but_for_paths(&self, other: &Self) -> bool {
        covers(self.hosts.as_ref(), other.hosts.as_ref(), HostPattern::covers)
            && covers(self.routes.as_ref(), other.routes.as_ref(), |a, b| a == b)
    }

    /// Whether `other` is a path's own rule, and `self` governs all of it and more.
    pub(crate) fn is_wider_by_path(&self, other: &Self) -> bool {
        other.paths.is_some() && self.covers(other) && !other.covers(self)
    }
}

/// Whether one list (absent: all) covers another, each entry by one entry.
fn covers<T>(wide: Option<&Vec<T>>, narrow: Option<&Vec<T>>, covers: impl Fn(&T, &T) -> bool) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|narrow| wide.iter().any(|wide| covers(wide, narrow))),
    }
}
