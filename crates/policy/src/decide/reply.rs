//! The replies that the filter itself sends: the answer to a preflight, and the 403 to a rejected
//! actual request.

use std::borrow::Cow;

use super::actual::Rejection;
use super::preflight::Preflight;
use super::proxy::Response;
use super::record::{Outcome, Record};
use super::trial::Difference;
use crate::header::{Grant, ReplyHeaders, name};
use crate::policy::Policies;
use crate::vary;

/// A local answer: to a preflight, or to a rejected actual request.
#[derive(Debug)]
pub struct Reply(Kind);

#[derive(Debug)]
enum Kind {
    Preflight(Preflight),
    Rejection(Rejection),
}

impl Reply {
    pub(super) const fn preflight(preflight: Preflight) -> Self {
        Self(Kind::Preflight(preflight))
    }

    pub(super) const fn rejection(rejection: Rejection) -> Self {
        Self(Kind::Rejection(rejection))
    }

    /// The status code: 204 or 200 for a preflight, 403 for a refusal.
    pub fn status(&self, policies: &Policies) -> u16 {
        match &self.0 {
            Kind::Preflight(preflight) => preflight.status(policies),
            Kind::Rejection(_) => 403,
        }
    }

    /// The response code details, which access logs show.
    pub const fn details(&self) -> &'static str {
        match &self.0 {
            Kind::Preflight(preflight) => preflight.reason().preflight_details(),
            Kind::Rejection(rejection) => rejection.reason.actual_details(),
        }
    }

    /// The headers to send.
    pub fn headers<'a>(&'a self, policies: &'a Policies) -> ReplyHeaders<'a> {
        let decision = policies.debug.then(|| self.record(policies).words());
        match &self.0 {
            Kind::Preflight(preflight) => preflight.headers(policies, decision),
            Kind::Rejection(_) => ReplyHeaders::new(Grant::default(), b"origin", decision),
        }
    }

    pub(super) fn origin(&self) -> &[u8] {
        match &self.0 {
            Kind::Preflight(preflight) => preflight.origin(),
            Kind::Rejection(rejection) => &rejection.origin,
        }
    }

    pub(super) const fn difference(&self) -> Option<Difference> {
        match &self.0 {
            Kind::Preflight(preflight) => preflight.difference(),
            Kind::Rejection(rejection) => rejection.difference,
        }
    }

    pub(super) fn record<'p>(&self, policies: &'p Policies) -> Record<'p> {
        match &self.0 {
            Kind::Preflight(preflight) => preflight.record(policies),
            Kind::Rejection(rejection) => Record {
                policy: policies.get(rejection.policy).map(|policy| &*policy.name),
                place: Some(rejection.policy.0),
                phase: rejection.phase,
                outcome: Outcome::Rejected,
                reason: rejection.reason,
            },
        }
    }

    /// Undoes the proxy's changes to the reply on its way out. A route's `response_headers_to_add`
    /// turns `Access-Control-Allow-Origin` into a list, which browsers refuse, and a
    /// `local_reply_config` can add one to a refusal.
    pub(super) fn finish(&self, policies: &Policies, response: &mut impl Response) {
        if response.is_as_sent() {
            return;
        }
        let mut ours = self.headers(policies);
        let mut line = [Line::Never; ReplyHeaders::NAMES.len()];
        let mut foreign: Vec<Box<[u8]>> = Vec::new();
        let mut vary = Vec::new();
        response.each(&mut |name, value| {
            let expected =
                ours.all().zip(&mut line).find(|((ours, value), _)| value.is_some() && name == ours.as_bytes());
            if let Some(((_, expected), line)) = expected {
                *line = if *line == Line::Never && Some(value) == expected { Line::AsWritten } else { Line::Otherwise };
                if name == name::VARY.as_bytes() && matches!(self.0, Kind::Rejection(_)) {
                    join(&mut vary, value);
                }
            } else if name.starts_with(b"access-control-") {
                foreign.push(name.into());
            }
        });
        if !vary.is_empty() {
            // A rejection takes the place of an upstream's response, so it keeps the other names in
            // `Vary`.
            ours.vary_by(vary::with_origin(Some(&vary)).unwrap_or(Cow::Owned(vary)));
        }
        for ((name, value), line) in ours.all().zip(line) {
            if let Some(value) = value
                && line != Line::AsWritten
            {
                response.replace(name, value);
            }
        }
        for name in &foreign {
            response.remove(name);
        }
    }
}

/// One of the reply's own headers, in the reply that comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Never,
    AsWritten,
    Otherwise,
}

fn join(list: &mut Vec<u8>, line: &[u8]) {
    if !list.is_empty() {
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(line);
}
