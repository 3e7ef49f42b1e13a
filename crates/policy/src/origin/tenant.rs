//! Origins that are tied to the host of the request: `https://{tenant}.app.example.com` in a policy
//! whose rule matches `{tenant}.api.example.com`.
//!
//! Nothing is compiled for a tenant: the label that the rule's host binds is compared with the
//! origin's.

use super::grammar::{self, SerializedOrigin, ends_in_a_number, is_base_domain};
use super::shape::{HostPattern, PortPattern, Shape};

/// The longest label of a domain, in bytes (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// A host of which one whole label is a placeholder: `app.{tenant}.example.com`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TenantHost<'a> {
    pub(crate) name: &'a str,
    /// The host's text before the placeholder: nothing, or labels with their dots.
    pub(crate) before: &'a str,
    /// The host's text after the placeholder: a dot, and labels.
    pub(crate) after: &'a str,
}

impl<'a> TenantHost<'a> {
    /// Parses a host in lower case; `None` for anything else.
    pub(crate) fn parse(host: &'a str) -> Option<Self> {
        let (before, rest) = host.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        let whole_label = (before.is_empty() || before.ends_with('.')) && after.starts_with('.');
        let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        let sample = [before, "a", after].concat();
        let domain = is_base_domain(sample.as_bytes()) && !ends_in_a_number(sample.as_bytes());
        (whole_label && named && domain).then_some(Self { name, before, after })
    }

    /// The labels after the placeholder.
    pub(crate) fn base(&self) -> &'a str {
        self.after.strip_prefix('.').unwrap_or_default()
    }
}

/// The one label of `host` between two texts; case is ignored.
pub(crate) fn label<'h>(host: &'h [u8], before: &[u8], after: &[u8]) -> Option<&'h [u8]> {
    let (start, rest) = host.split_at_checked(before.len())?;
    let (label, end) = rest.split_at_checked(rest.len().checked_sub(after.len())?)?;
    let is_label = (1..=LONGEST_LABEL).contains(&label.len()) && !label.contains(&b'.');
    (is_label && start.eq_ignore_ascii_case(before) && end.eq_ignore_ascii_case(after)).then_some(label)
}

/// An origin with a placeholder, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TenantPattern<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: TenantHost<'a>,
    pub(crate) port: PortPattern,
}

impl<'a> TenantPattern<'a> {
    /// The pattern that accepts whatever this one accepts under some host: its risks are the same.
    pub(crate) fn as_wildcard(&self) -> Shape<'a> {
        Shape { scheme: self.scheme, host: HostPattern::Subdomains(self.host.base()), port: self.port }
    }
}

/// An origin with a placeholder, compiled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TenantOrigin {
    scheme: Box<str>,
    before: Box<str>,
    after: Box<str>,
    port: PortPattern,
}

impl From<&TenantPattern<'_>> for TenantOrigin {
    fn from(pattern: &TenantPattern<'_>) -> Self {
        let TenantHost { before, after, .. } = pattern.host;
        Self { scheme: pattern.scheme.into(), before: before.into(), after: after.into(), port: pattern.port }
    }
}

impl TenantOrigin {
    /// Whether it is the origin of the tenant whose label the request's host holds.
    pub(crate) fn matches(&self, origin: &SerializedOrigin<'_>, tenant: &[u8]) -> bool {
        let port = match self.port {
            PortPattern::Any => true,
            PortPattern::Absent => origin.port.is_none(),
            PortPattern::Number(port) => origin.port == Some(port),
        };
        port && origin.kind == grammar::HostKind::Domain
            && *origin.scheme == *self.scheme.as_bytes()
            && label(origin.host, self.before.as_bytes(), self.after.as_bytes())
                .is_some_and(|label| label.eq_ignore_ascii_case(tenant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_one_whole_label_above_a_domain() {
        let parsed = TenantHost::parse("app.{tenant}.example.com").expect("a placeholder");
        assert_eq!((parsed.name, parsed.before, parsed.base()), ("tenant", "app.", "example.com"));
        for bad in [
            "example.com",
            "{tenant}",
            "{tenant}.",
            "{}.example.com",
            "{Tenant}.example.com",
            "{tenant1}.example.com",
            "{tenant}app.example.com",
            "app{tenant}.example.com",
            "{a}.{b}.example.com",
            "*.{tenant}.example.com",
            "{tenant}.0.0.1",
            "{tenant.example.com",
            "tenant}.example.com",
            "example.{tenant}",
        ] {
            assert_eq!(TenantHost::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_label_is_found_between_two_texts_and_never_more_than_one() {
        let found = |host: &'static str| label(host.as_bytes(), b"", b".api.test");
        assert_eq!(found("acme.api.test"), Some(&b"acme"[..]));
        assert_eq!(found("ACME.API.test"), Some(&b"ACME"[..]));
        for host in ["api.test", ".api.test", "a.b.api.test", "acmeapi.test", "acme.api.test.evil"] {
            assert_eq!(found(host), None, "{host}");
        }
        let long = format!("{}.api.test", "a".repeat(64));
        assert_eq!(label(long.as_bytes(), b"", b".api.test"), None);
    }

    #[test]
    fn only_the_origin_of_the_same_tenant_matches() {
        let host = TenantHost::parse("{tenant}.app.test").expect("a placeholder");
        let origin = TenantOrigin::from(&TenantPattern { scheme: "https", host, port: PortPattern::Absent });
        let matches = |text: &str, tenant: &str| {
            grammar::parse(text.as_bytes()).is_some_and(|parts| origin.matches(&parts, tenant.as_bytes()))
        };
        assert!(matches("https://acme.app.test", "acme"));
        assert!(matches("https://acme.app.test", "ACME"));
        for (text, tenant) in [
            ("https://acme.app.test", "globex"),
            ("http://acme.app.test", "acme"),
            ("https://acme.app.test:8443", "acme"),
            ("https://app.test", "acme"),
            ("https://x.acme.app.test", "acme"),
            ("https://acme.app.test.", "acme"),
            ("https://acme.app.test", ""),
        ] {
            assert!(!matches(text, tenant), "{text} {tenant}");
        }
    }
}
