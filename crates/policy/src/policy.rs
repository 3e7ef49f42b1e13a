//! Compiled policies: immutable, and ready to answer without the configuration.

use std::sync::Arc;

use crate::decide::record::Reason;
use crate::header::RequestHeaders;
use crate::method::Methods;
use crate::origin::list::{ListCounts, OriginList};
use crate::origin::{ListedOrigins, Origins};
use crate::rules::{PolicyId, Rules};
use crate::source::OriginSource;

/// The result of compiling one configuration.
///
/// Its parts are shared, so a copy with another list of a source ([`Policies::with_list`]) is
/// cheap.
#[derive(Clone, Debug)]
pub struct Policies {
    pub(crate) all: Arc<[Policy]>,
    pub(crate) selector: Arc<Selector>,
    /// Whether to write the decision into a response header.
    pub(crate) debug: bool,
    /// Whether a policy, or a trial, rejects requests for their host: found once, not at every
    /// request.
    pub(crate) check_hosts: bool,
    /// Every source of the policies, once.
    pub(crate) sources: Arc<[OriginSource]>,
    /// The list in force of each of them, in the same order.
    pub(crate) lists: Box<[Option<Arc<OriginList>>]>,
}

/// The way from an exchange to its policy.
#[derive(Debug)]
pub(crate) enum Selector {
    /// One policy for everything.
    Always(PolicyId),
    Rules(Rules),
}

/// One policy.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: Box<str>,
    pub(crate) origins: Origins,
    /// The number of entries of its `allowOrigins`.
    pub(crate) listed: usize,
    /// Places in [`Policies::sources`].
    pub(crate) sources: Box<[usize]>,
    /// Whether origins with plain `http` are taken from a source.
    pub(crate) takes_insecure: bool,
    pub(crate) credentials: bool,
    pub(crate) methods: Methods,
    pub(crate) headers: RequestHeaders,
    /// The value of `Access-Control-Expose-Headers`.
    pub(crate) exposed: Option<Box<[u8]>>,
    /// The value of `Access-Control-Max-Age`: seconds, in decimal.
    pub(crate) max_age: Option<Box<[u8]>>,
    pub(crate) preflight_status: PreflightStatus,
    pub(crate) upstream_headers: UpstreamHeaders,
    pub(crate) disallowed_origins: DisallowedOrigins,
    pub(crate) timing: Timing,
    pub(crate) report_only: bool,
    pub(crate) preflights: Preflights,
    /// Another policy, whose verdicts are only compared with those of this one.
    pub(crate) trial: Option<Box<Policy>>,
}

/// The status of a successful preflight's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PreflightStatus {
    #[default]
    NoContent,
    /// For clients that accept only 200 as success.
    Ok,
}

/// The treatment of the upstream's CORS headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UpstreamHeaders {
    #[default]
    Replace,
    Preserve,
}

/// Who answers preflights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Preflights {
    #[default]
    Answer,
    /// The upstream. The policy still decides which origins may read its answer.
    Forward,
}

/// The treatment of an actual request with a refused origin.
#[derive(Debug, Default)]
pub(crate) enum DisallowedOrigins {
    #[default]
    Forward,
    Reject(Reject),
}

/// The requests from refused origins that are rejected.
#[derive(Debug, Default)]
pub(crate) struct Reject {
    /// The origins of the API itself. A request for another host is rejected.
    pub(crate) own: Option<Box<ListedOrigins>>,
    /// Whether navigations pass: a form on another site may then post here.
    pub(crate) spares_navigations: bool,
}

/// The treatment of `Timing-Allow-Origin` (Resource Timing, section 4.5.1).
#[derive(Debug)]
pub(crate) enum Timing {
    /// The upstream's value remains.
    Untouched,
    /// The policy's origins may read timings. This value is for a response to a request without
    /// `Origin`.
    Allow { without_origin: Option<Box<[u8]>> },
}

impl Policy {
    /// The rejection rules, if the policy is enforced.
    pub(crate) fn reject(&self) -> Option<&Reject> {
        match &self.disallowed_origins {
            DisallowedOrigins::Reject(reject) if !self.report_only => Some(reject),
            _ => None,
        }
    }

    /// Whether the policy rejects requests for their host.
    pub(crate) fn checks_hosts(&self) -> bool {
        self.reject().is_some_and(|reject| reject.own.is_some())
    }

    /// Whether the policy or its trial does.
    pub(crate) fn asks_hosts(&self) -> bool {
        self.checks_hosts() || self.trial.as_ref().is_some_and(|trial| trial.checks_hosts())
    }
}

/// A proxy shares one compiled configuration between its threads.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Policies>();
};

impl Policies {
    /// Whether metadata of Envoy's route can name the policy (`policyFromRouteMetadata`).
    pub fn reads_route_metadata(&self) -> bool {
        match &*self.selector {
            Selector::Always(_) => false,
            Selector::Rules(rules) => rules.is_from_route_metadata(),
        }
    }

    /// The policy with this id.
    pub(crate) fn get(&self, id: PolicyId) -> Option<&Policy> {
        self.all.get(id.0)
    }

    /// Whether the policy changes anything on the wire.
    pub(crate) fn enforces(&self, id: PolicyId) -> bool {
        self.get(id).is_some_and(|policy| !policy.report_only)
    }

    /// Whether the policy of this name allows `origin`, the bytes of an `Origin` header. The error
    /// is the reason. `None` if there is no such policy. A single policy is named `default`.
    pub fn check_origin(&self, policy: &str, origin: &[u8]) -> Option<Result<(), Reason>> {
        self.named(policy).map(|policy| self.check(policy, origin, None))
    }

    /// Whether a policy, or a list of its sources that is in force, allows `origin`.
    #[inline]
    pub(crate) fn check(&self, policy: &Policy, origin: &[u8], tenant: Option<&[u8]>) -> Result<(), Reason> {
        match policy.origins.check(origin, tenant) {
            Err(Reason::OriginNotListed) if self.is_sourced(policy, origin) => Ok(()),
            verdict => verdict,
        }
    }

    #[inline]
    fn is_sourced(&self, policy: &Policy, origin: &[u8]) -> bool {
        policy
            .sources
            .iter()
            .filter_map(|source| self.lists.get(*source)?.as_ref())
            .any(|list| list.contains(origin, policy.takes_insecure))
    }

    fn named(&self, name: &str) -> Option<&Policy> {
        self.all.iter().find(|policy| *policy.name == *name)
    }

    /// Every source of the policies, once.
    pub fn sources(&self) -> &[OriginSource] {
        &self.sources
    }

    /// The sources of the policy with this name. A single policy is named `default`.
    pub fn sources_of(&self, policy: &str) -> impl Iterator<Item = &OriginSource> {
        let sources = self.named(policy).map(|policy| &*policy.sources).unwrap_or_default();
        sources.iter().filter_map(|source| self.sources.get(*source))
    }

    /// The same policies with another list in force for the source at `place` of
    /// [`Policies::sources`]. With `None` only the static origins remain.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use corsac_policy::{OriginListBuilder, Tools, compile};
    ///
    /// let configuration = br#"{ "originSources": [{ "cluster": "origins", "path": "/origins" }] }"#;
    /// let policies = compile(configuration, &Tools::default()).expect("a sound policy").policies;
    /// assert!(policies.check_origin("default", b"https://app.example.com").is_some_and(|verdict| verdict.is_err()));
    ///
    /// let mut list = OriginListBuilder::new([1, 2], 1, 32);
    /// list.push(b"https://app.example.com");
    /// let policies = policies.with_list(0, Some(Arc::new(list.finish())));
    /// assert_eq!(policies.check_origin("default", b"https://app.example.com"), Some(Ok(())));
    /// ```
    #[must_use]
    pub fn with_list(&self, place: usize, list: Option<Arc<OriginList>>) -> Self {
        let mut changed = self.clone();
        if let Some(slot) = changed.lists.get_mut(place) {
            *slot = list;
        }
        changed
    }

    /// What became of the entries of the list in force of the source at `place`.
    pub fn list_counts(&self, place: usize) -> Option<ListCounts> {
        Some(self.lists.get(place)?.as_ref()?.counts())
    }

    /// The rejection rules of a policy, if it is enforced.
    pub(crate) fn reject(&self, id: PolicyId) -> Option<&Reject> {
        self.get(id).and_then(Policy::reject)
    }

    /// The number of policies.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The number of entries of all `allowOrigins`.
    pub fn origins(&self) -> usize {
        self.all.iter().map(|policy| policy.listed).sum()
    }

    /// Whether there is no policy. Every accepted configuration has one.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
