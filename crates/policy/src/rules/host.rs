//! Hosts of rules, and the authority of a request.

use core::cmp::Ordering;
use core::net::Ipv6Addr;

use crate::origin::grammar::{self, ends_in_a_number, is_base_domain};
use crate::origin::ip::serialize_v6;
use crate::origin::tenant::{self, TenantHost};

/// A request's authority, parsed. What is not `host[:port]` has no reading that every upstream
/// shares, and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    host: Host<'a>,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host<'a> {
    /// Without its trailing dot; compared without case.
    Name(&'a [u8]),
    V6(Ipv6Addr),
}

impl<'a> Authority<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (host, port) = split_port(bytes)?;
        let host = match host {
            [b'[', address @ .., b']'] => Host::V6(std::str::from_utf8(address).ok()?.parse().ok()?),
            _ => Host::Name(name(host)?),
        };
        Some(Self { host, port })
    }
}

fn split_port(bytes: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let host_length = match bytes {
        [b'[', ..] => bytes.iter().position(|byte| *byte == b']')? + 1,
        _ => bytes.iter().position(|byte| *byte == b':').unwrap_or(bytes.len()),
    };
    let (host, rest) = bytes.split_at_checked(host_length)?;
    match rest {
        [] => Some((host, None)),
        [b':', digits @ ..] if (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => {
            let port = std::str::from_utf8(digits).ok()?.parse().ok()?;
            Some((host, Some(port)))
        }
        _ => None,
    }
}

/// A name of letters, digits, `.`, `-` and `_` without empty labels; one trailing dot is cut.
fn name(host: &[u8]) -> Option<&[u8]> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let label = |label: &[u8]| {
        !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    host.split(|byte| *byte == b'.').all(label).then_some(host)
}

/// The label of a request's authority that a rule's host binds, as its place there; empty where
/// none does.
///
/// Two bytes, start and end, because every exchange carries them, and no domain is longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tenant(u16);

impl Tenant {
    fn at(start: usize, length: usize) -> Option<Self> {
        let end = start.checked_add(length)?;
        Some(Self(u16::from_be_bytes([u8::try_from(start).ok()?, u8::try_from(end).ok()?])))
    }

    pub(crate) fn label(self, authority: Option<&[u8]>) -> Option<&[u8]> {
        let [start, end] = self.0.to_be_bytes();
        authority?.get(start.into()..end.into()).filter(|label| !label.is_empty())
    }
}

/// One entry of a rule's `hosts`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    name: NamePattern,
    /// Must be equal where it is written.
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum NamePattern {
    Any,
    Exact(Box<str>),
    /// One or more labels before the base.
    Subdomains(Box<str>),
    /// One label, which the policy's origins are compared with, between two texts.
    Tenant {
        name: Box<str>,
        before: Box<str>,
        after: Box<str>,
    },
    V6(Ipv6Addr),
}

impl HostPattern {
    /// Parses `api.example.com`, `*.example.com`, `{tenant}.example.com`, `*` or `[::1]`, each with
    /// or without a port; `None` for anything else, and for a host that no browser sends.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.contains('{') {
            return Self::parse_tenant(text);
        }
        if let Some(rest) = text.strip_prefix("*.") {
            let (base, port) = Self::parse_name(rest)?;
            let domain = is_base_domain(base.as_bytes()) && !ends_in_a_number(base.as_bytes());
            return domain.then_some(Self { name: NamePattern::Subdomains(base), port });
        }
        if let Some(rest) = text.strip_prefix('*') {
            let (_, port) = split_port(rest.as_bytes())?;
            return (rest.is_empty() || rest.starts_with(':')).then_some(Self { name: NamePattern::Any, port });
        }
        let authority = Authority::parse(text.as_bytes())?;
        if let Host::V6(address) = authority.host {
            return Some(Self { name: NamePattern::V6(address), port: authority.port });
        }
        let (name, port) = Self::parse_name(text)?;
        let url = ["https://", &name].concat();
        grammar::parse(url.as_bytes()).is_some().then_some(Self { name: NamePattern::Exact(name), port })
    }

    fn parse_tenant(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (host, port) = split_port(lower.as_bytes())?;
        let host = std::str::from_utf8(host).ok()?;
        let TenantHost { name, before, after } = TenantHost::parse(host.strip_suffix('.').unwrap_or(host))?;
        if !text.contains(&format!("{{{name}}}")) {
            return None; // in capitals
        }
        let name = NamePattern::Tenant { name: name.into(), before: before.into(), after: after.into() };
        Some(Self { name, port })
    }

    fn parse_name(text: &str) -> Option<(Box<str>, Option<u16>)> {
        let authority = Authority::parse(text.as_bytes())?;
        let Host::Name(name) = authority.host else { return None };
        let name = std::str::from_utf8(name).ok()?;
        Some((name.to_ascii_lowercase().into(), authority.port))
    }

    /// The placeholder's name.
    pub(crate) fn placeholder(&self) -> Option<&str> {
        match &self.name {
            NamePattern::Tenant { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The label that the placeholder binds, where the pattern has one and matches.
    pub(crate) fn bind(&self, authority: &Authority<'_>) -> Option<Tenant> {
        let NamePattern::Tenant { before, .. } = &self.name else { return None };
        Tenant::at(before.len(), self.label(authority)?.len())
    }

    fn label<'a>(&self, authority: &Authority<'a>) -> Option<&'a [u8]> {
        match (&self.name, authority.host) {
            (NamePattern::Tenant { before, after, .. }, Host::Name(host)) if self.takes_port_of(authority) => {
                tenant::label(host, before.as_bytes(), after.as_bytes())
            }
            _ => None,
        }
    }

    fn takes_port_of(&self, authority: &Authority<'_>) -> bool {
        self.port.is_none() || self.port == authority.port
    }

    pub(crate) fn matches(&self, authority: &Authority<'_>) -> bool {
        self.takes_port_of(authority)
            && match (&self.name, authority.host) {
                (NamePattern::Any, _) => true,
                (NamePattern::Tenant { .. }, _) => self.label(authority).is_some(),
                (NamePattern::V6(pattern), Host::V6(address)) => *pattern == address,
                (NamePattern::Exact(pattern), Host::Name(name)) => name.eq_ignore_ascii_case(pattern.as_bytes()),
                (NamePattern::Subdomains(base), Host::Name(name)) => is_below(name, base.as_bytes()),
                _ => false,
            }
    }

    /// The written port, if it is one that browsers leave out of the URLs of its scheme (URL
    /// standard, section 3.1).
    pub(crate) fn default_port(&self) -> Option<u16> {
        self.port.filter(|port| matches!(port, 80 | 443))
    }

    /// Whether every authority that `other` matches is matched by `self`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let port = self.port.is_none() || self.port == other.port;
        port && match (&self.name, &other.name) {
            (NamePattern::Any, _) => true,
            (NamePattern::Subdomains(base), NamePattern::Exact(name) | NamePattern::Subdomains(name)) => {
                is_below(name.as_bytes(), base.as_bytes()) || self.name == other.name
            }
            (NamePattern::Subdomains(base), NamePattern::Tenant { after, .. }) => {
                is_below(["a", after].concat().as_bytes(), base.as_bytes())
            }
            (NamePattern::Tenant { before, after, .. }, NamePattern::Exact(name)) => {
                tenant::label(name.as_bytes(), before.as_bytes(), after.as_bytes()).is_some()
            }
            (name, other) => name == other,
        }
    }

    /// Whether some authority may be matched by both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let ports = self.port.is_none() || other.port.is_none() || self.port == other.port;
        ports
            && match (&self.name, &other.name) {
                (NamePattern::Any, _) | (_, NamePattern::Any) => true,
                (NamePattern::V6(one), NamePattern::V6(other)) => one == other,
                (NamePattern::V6(_), _) | (_, NamePattern::V6(_)) => false,
                (one, other) => Labels::of(one).meet(&Labels::of(other)),
            }
    }

    /// The host that a wrongly written entry probably means.
    pub(crate) fn correction(text: &str) -> Option<String> {
        let host = text.trim();
        let host = host.split_once("://").map_or(host, |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next()?;
        let host = host.rsplit('@').next()?;
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{}]", serialize_v6(address)),
            Err(_) => host.trim_end_matches(':').to_owned(),
        };
        let host = if host.starts_with('.') { format!("*{host}") } else { host };
        Self::parse(&host).is_some().then_some(host)
    }
}

/// The labels of the names that a pattern matches, the last one first.
struct Labels<'p> {
    /// `None` is any label.
    known: Vec<Option<&'p str>>,
    /// One or more labels follow.
    open: bool,
}

impl<'p> Labels<'p> {
    fn of(pattern: &'p NamePattern) -> Self {
        let labels = |text: &'p str| text.rsplit('.').filter(|label| !label.is_empty()).map(Some);
        let (known, open) = match pattern {
            NamePattern::Any | NamePattern::V6(_) => (Vec::new(), true),
            NamePattern::Exact(name) => (labels(name).collect(), false),
            NamePattern::Subdomains(base) => (labels(base).collect(), true),
            NamePattern::Tenant { before, after, .. } => {
                (labels(after).chain([None]).chain(labels(before)).collect(), false)
            }
        };
        Self { known, open }
    }

    fn meet(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Option<&str>, &Option<&str>)| one.is_none() || other.is_none() || one == other;
        let lengths = match self.known.len().cmp(&other.known.len()) {
            Ordering::Equal => self.open == other.open,
            Ordering::Less => self.open,
            Ordering::Greater => other.open,
        };
        lengths && self.known.iter().zip(&other.known).all(is_same)
    }
}

/// Whether `name` is one or more labels before `base`; case is ignored.
fn is_below(name: &[u8], base: &[u8]) -> bool {
    let Some(split) = name.len().checked_sub(base.len() + 1) else { return false };
    match name.split_at_checked(split) {
        Some(([_, ..], [b'.', tail @ ..])) => tail.eq_ignore_ascii_case(base),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, authority: &str) -> bool {
        let pattern = HostPattern::parse(pattern).expect("a pattern");
        pattern.matches(&Authority::parse(authority.as_bytes()).expect("an authority"))
    }

    #[test]
    fn case_one_trailing_dot_and_an_unwritten_port_do_not_matter() {
        for authority in ["api.test", "API.Test", "api.test.", "api.test:443", "api.test.:8080"] {
            assert!(matches("api.test", authority), "{authority}");
        }
        assert!(matches("API.test", "api.TEST"));
        assert!(!matches("api.test", "api.test.example"));
    }

    #[test]
    fn a_written_port_must_be_equal() {
        assert!(matches("api.test:8443", "api.test:8443"));
        assert!(!matches("api.test:443", "api.test"));
        assert!(matches("*:8443", "any.test:8443"));
    }

    #[test]
    fn subdomains_are_one_or_more_labels_and_never_the_base() {
        assert!(matches("*.api.test", "a.api.test"));
        assert!(matches("*.api.test", "A.b.API.test"));
        for authority in ["api.test", "evilapi.test", "[::1]"] {
            assert!(!matches("*.api.test", authority), "{authority}");
        }
    }

    #[test]
    fn ipv6_hosts_are_compared_as_addresses() {
        assert!(matches("[::1]", "[0:0::1]:8080"));
        assert!(!matches("[::1]", "[::2]"));
    }

    #[test]
    fn an_authority_with_more_than_one_reading_is_none() {
        for bad in [
            "",
            ".",
            "a..b",
            ".a",
            "a.test:",
            "a.test:x",
            "a.test:99999",
            "u@a.test",
            "a.test,b.test",
            "a b",
            "a.test/",
            "[::1",
            "[::1]x",
            "[x]",
            "a%2eb",
            "*",
            "a.test:80:80",
            "[::1%25eth0]",
        ] {
            assert_eq!(Authority::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(Authority::parse(b"\xc3\xa4.test"), None);
    }

    #[test]
    fn wrong_entries_are_corrected() {
        assert_eq!(HostPattern::correction("https://api.test/v1").as_deref(), Some("api.test"));
        assert_eq!(HostPattern::correction(".api.test").as_deref(), Some("*.api.test"));
        assert_eq!(HostPattern::correction("::1").as_deref(), Some("[::1]"));
        assert_eq!(HostPattern::correction("a.*.test"), None);
    }

    #[test]
    fn a_host_that_no_browser_sends_is_no_pattern() {
        let label = "a".repeat(64);
        for bad in
            ["127.1", "10.0.0.01", "1.2.3.256", "0x7f.1", "*.0.0.1", "*.1", label.as_str(), &format!("*.{label}.test")]
        {
            assert_eq!(HostPattern::parse(bad), None, "{bad}");
        }
        assert!(HostPattern::parse(&label[1..]).is_some());
    }
}
