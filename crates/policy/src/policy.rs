//! Compiled policies: immutable, and ready to answer without the configuration.

use crate::decide::record::Reason;
use crate::header::RequestHeaders;
use crate::method::Methods;
use crate::origin::{ListedOrigins, Origins};
use crate::rules::{PolicyId, Rules};

/// The result of compiling one configuration.
#[derive(Debug)]
pub struct Policies {
    pub(crate) all: Vec<Policy>,
    pub(crate) selector: Selector,
    /// Whether to write the decision into a response header.
    pub(crate) debug: bool,
    /// Whether a policy rejects requests for their host: found once, not at every request.
    pub(crate) check_hosts: bool,
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
    fn reject(&self) -> Option<&Reject> {
        match &self.disallowed_origins {
            DisallowedOrigins::Reject(reject) if !self.report_only => Some(reject),
            _ => None,
        }
    }

    /// Whether the policy rejects requests for their host.
    pub(crate) fn checks_hosts(&self) -> bool {
        self.reject().is_some_and(|reject| reject.own.is_some())
    }
}

/// A proxy shares one compiled configuration between its threads.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Policies>();
};

impl Policies {
    /// Whether metadata of Envoy's route can name the policy (`policyFromRouteMetadata`).
    pub const fn reads_route_metadata(&self) -> bool {
        match &self.selector {
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
        self.all.iter().find(|known| *known.name == *policy).map(|policy| policy.origins.check(origin, None))
    }

    /// The rejection rules of a policy, if it is enforced.
    pub(crate) fn reject(&self, id: PolicyId) -> Option<&Reject> {
        self.get(id).and_then(Policy::reject)
    }

    /// The number of policies.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is no policy. Every accepted configuration has one.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
