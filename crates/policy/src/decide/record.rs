//! The decision about an exchange, in fixed words: for logs, response code details, metrics and the
//! debug header.

use std::fmt;

use super::trial::Difference;

/// The part of the CORS protocol that an exchange belongs to (Fetch, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A CORS-preflight request.
    Preflight,
    /// A CORS request that is not a preflight: any other request with an `Origin`.
    Actual,
    /// A request without `Origin`.
    NotCors,
}

/// The result for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Browsers let the page read the response, or send the request that the preflight asked for.
    Allowed,
    /// Browsers do neither: the CORS headers are missing, or do not allow the method or a header.
    Refused,
    /// Answered with 403 instead of being forwarded (`disallowedOrigins: "reject"`).
    Rejected,
    /// The policy only reports, and would have refused it.
    WouldBeRefused,
    /// Not CORS, so there is no decision.
    Passed,
}

/// The reason for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no objection.
    None,
    /// The request has no `Origin`.
    NoOrigin,
    /// No entry of `allowOrigins` matches.
    OriginNotListed,
    /// The origin is `null` (or `file://`), which the policy does not list.
    NullNotListed,
    /// `Origin` is not a serialized origin.
    MalformedOrigin,
    /// Servers read the path in ways that select different policies.
    AmbiguousPath,
    /// The authority is not `host[:port]`.
    AmbiguousHost,
    /// The request's host is not among the policy's own (`ownOrigins`).
    ForeignHost,
    /// Routes select policies, and Envoy has no route for the preflight.
    NoRoute,
    /// The route's metadata name a policy that this configuration does not have.
    UnknownRoutePolicy,
    /// The preflight requests a method that is not allowed.
    MethodNotListed,
    /// The preflight requests a header that is not allowed.
    HeaderNotListed,
}

impl Phase {
    /// The phase's fixed word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Actual => "actual",
            Self::NotCors => "not-cors",
        }
    }
}

impl Outcome {
    /// The outcome's fixed word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::WouldBeRefused => "would-be-refused",
            Self::Passed => "passed",
        }
    }
}

/// One table for a reason's word and for the response code details that hold it.
macro_rules! reasons {
    ($($reason:ident: $word:literal, $details:literal;)+) => {
        impl Reason {
            /// Every reason, for callers that list or count them.
            pub const ALL: [Self; [$(Self::$reason),+].len()] = [$(Self::$reason),+];

            /// The reason's fixed word; `-` for none.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$reason => $word,)+ }
            }

            /// The response code details of a preflight's answer.
            pub(crate) const fn preflight_details(self) -> &'static str {
                match self {
                    Self::None => "corsac_preflight_allowed",
                    $(#[allow(unreachable_patterns)] // `None` is answered above
                    Self::$reason => concat!("corsac_preflight_denied_", $details),)+
                }
            }

            /// The response code details of a rejected actual request.
            pub(crate) const fn actual_details(self) -> &'static str {
                match self { $(Self::$reason => concat!("corsac_actual_denied_", $details),)+ }
            }
        }
    };
}

reasons! {
    None: "-", "none";
    NoOrigin: "no-origin", "no_origin";
    OriginNotListed: "origin-not-listed", "origin_not_listed";
    NullNotListed: "null-not-listed", "null_not_listed";
    MalformedOrigin: "malformed-origin", "malformed_origin";
    AmbiguousPath: "ambiguous-path", "ambiguous_path";
    AmbiguousHost: "ambiguous-host", "ambiguous_host";
    ForeignHost: "foreign-host", "foreign_host";
    NoRoute: "no-route", "no_route";
    UnknownRoutePolicy: "unknown-route-policy", "unknown_route_policy";
    MethodNotListed: "method-not-listed", "method_not_listed";
    HeaderNotListed: "header-not-listed", "header_not_listed";
}

/// The record of one decision. Its words are fixed, except for the policy's name from the
/// configuration. It holds nothing that a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'p> {
    /// The policy's name; `None` (shown as `-`) if none could be chosen.
    pub policy: Option<&'p str>,
    /// The policy's place in the configuration, from 0 on.
    pub place: Option<usize>,
    /// The part of the protocol.
    pub phase: Phase,
    /// The result for the page.
    pub outcome: Outcome,
    /// The reason for the outcome.
    pub reason: Reason,
}

impl Record<'_> {
    /// Whether a page was denied something, or would have been.
    pub const fn is_refusal(&self) -> bool {
        matches!(self.outcome, Outcome::Refused | Outcome::Rejected | Outcome::WouldBeRefused)
    }
}

impl Record<'_> {
    /// `policy;phase;outcome;reason`. Pushed, not formatted, because a request waits for it.
    pub fn words(&self) -> String {
        let parts = [self.phase.as_str(), self.outcome.as_str(), self.reason.as_str()];
        let policy = self.policy.unwrap_or("-");
        let mut words = String::with_capacity(policy.len() + 48);
        words.push_str(policy);
        for part in parts {
            words.push(';');
            words.push_str(part);
        }
        words
    }

    /// What an access log shows: the words of a refusal, and of what a trial decides otherwise.
    /// `None` if there is neither.
    pub fn notable_words(&self, difference: Option<Difference>) -> Option<String> {
        if !self.is_refusal() && difference.is_none() {
            return None;
        }
        let mut words = self.words();
        if let Some(difference) = difference {
            difference.append_to(&mut words);
        }
        Some(words)
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}
