//! The requests that `disallowedOrigins: "reject"` answers with 403.
//!
//! A same-origin request is never rejected. Some have an `Origin`, too: every `POST`, and under
//! `no-referrer` it is `null`. The browser's own statement counts first: pages cannot write
//! `Sec-Fetch-Site` (W3C, [Fetch
//! Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)). If it is absent, the
//! origin is compared with the scheme and authority of the request.
//!
//! DNS rebinding deceives both: a page of `evil.example` whose name now resolves to this API is
//! same-origin with `Host: evil.example`. A policy that names its own origins rejects it.

use super::answers::Answers;
use super::proxy::Request;
use super::record::Reason;
use crate::header::name;
use crate::origin::ListedOrigins;
use crate::policy::Reject;

impl Reject {
    /// The reason to reject a request; `None` if it passes. `reason` is the reason for the refusal
    /// of its origin, or [`Reason::None`]. `authority` is there if it is known already.
    pub(super) fn reason(
        &self,
        reason: Reason,
        origin: &[u8],
        authority: Option<&[u8]>,
        answers: &mut Answers<'_, impl Request>,
    ) -> Option<Reason> {
        if self.is_foreign(authority, answers) {
            return Some(Reason::ForeignHost);
        }
        (reason != Reason::None && !self.spares(origin, authority, answers)).then_some(reason)
    }

    /// Whether the request's host is not among the policy's own.
    pub(super) fn is_foreign(&self, authority: Option<&[u8]>, answers: &mut Answers<'_, impl Request>) -> bool {
        let Some(own) = &self.own else { return false };
        let authority = authority.or_else(|| answers.header(name::AUTHORITY));
        !authority.is_some_and(|authority| holds_host(own, authority))
    }

    fn spares(&self, origin: &[u8], authority: Option<&[u8]>, answers: &mut Answers<'_, impl Request>) -> bool {
        let same_origin = match answers.header(name::SEC_FETCH_SITE) {
            Some(site) => site == b"same-origin",
            None => match &self.own {
                Some(own) => own.check(origin, None).is_ok(),
                None => is_own_origin(origin, authority, answers),
            },
        };
        same_origin || (self.spares_navigations && answers.header(name::SEC_FETCH_MODE) == Some(b"navigate"))
    }
}

/// Whether an origin is the request's own scheme and authority.
///
/// Envoy keeps the client's scheme in `x-forwarded-proto`: the scheme of the connection, or the one
/// written by a trusted TLS terminator. A page of another site cannot set it, because that needs a
/// preflight.
fn is_own_origin(origin: &[u8], authority: Option<&[u8]>, answers: &mut Answers<'_, impl Request>) -> bool {
    let authority = authority.or_else(|| answers.header(name::AUTHORITY));
    if !authority.is_some_and(|authority| names_authority(origin, authority)) {
        return false;
    }
    if let Some(scheme) = answers.header(name::FORWARDED_PROTO) {
        return is_of_scheme(origin, scheme);
    }
    answers.header(name::SCHEME).is_none_or(|scheme| is_of_scheme(origin, scheme))
}

fn is_of_scheme(origin: &[u8], scheme: &[u8]) -> bool {
    origin
        .split_at_checked(scheme.len())
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(scheme) && rest.starts_with(b"://"))
}

/// Whether host and port of an origin equal an authority. Case does not matter, and the scheme's
/// default port is removed on both sides.
fn names_authority(origin: &[u8], authority: &[u8]) -> bool {
    let (port, rest) = match (origin.strip_prefix(b"https://"), origin.strip_prefix(b"http://")) {
        (Some(rest), _) => (&b":443"[..], rest),
        (_, Some(rest)) => (&b":80"[..], rest),
        _ => return false,
    };
    let [host, authority] = [rest, authority].map(|bytes| bytes.strip_suffix(port).unwrap_or(bytes));
    !rest.is_empty() && host.eq_ignore_ascii_case(authority)
}

/// Whether an authority is the host and port of one of these origins, with either scheme.
fn holds_host(own: &ListedOrigins, authority: &[u8]) -> bool {
    [(&b"https://"[..], &b":443"[..]), (b"http://", b":80")].iter().any(|(scheme, port)| {
        let host = authority.strip_suffix(*port).unwrap_or(authority);
        own.check(&[scheme, host].concat().to_ascii_lowercase(), None).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::{is_of_scheme, names_authority};

    #[test]
    fn an_origin_has_only_its_own_scheme() {
        assert!(is_of_scheme(b"https://api.test", b"https"));
        assert!(is_of_scheme(b"https://api.test", b"HTTPS"));
        for (origin, scheme) in
            [("http://api.test", "https"), ("https://api.test", "http"), ("https", "https"), ("null", "")]
        {
            assert!(!is_of_scheme(origin.as_bytes(), scheme.as_bytes()), "{origin} {scheme}");
        }
    }

    #[test]
    fn an_origin_names_an_authority_without_case_and_default_port() {
        for (origin, authority) in [
            ("https://api.test", "api.test"),
            ("https://api.test", "API.test:443"),
            ("http://api.test:80", "api.test"),
            ("http://api.test:8080", "api.test:8080"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert!(names_authority(origin.as_bytes(), authority.as_bytes()), "{origin} {authority}");
        }
        for (origin, authority) in [
            ("https://api.test", "api.test:80"),
            ("https://evil.test", "api.test"),
            ("null", "null"),
            ("https://", ""),
            ("https://api.test:8443", "api.test"),
        ] {
            assert!(!names_authority(origin.as_bytes(), authority.as_bytes()), "{origin} {authority}");
        }
    }
}
