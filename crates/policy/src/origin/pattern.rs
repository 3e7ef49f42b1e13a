//! The patterns of `allowOrigins` that are written as strings.
//!
//! | written | it matches |
//! |---|---|
//! | `https://app.example.com` | itself, byte for byte |
//! | `https://*.example.com` | one or more whole labels before the base, never the base itself |
//! | `https://*` | every host of the scheme |
//! | `https://app.example.com:*` | the host with any port, and with none |
//! | `*` | every origin |
//! | `null`, `file://` | what browsers send for opaque origins |

use super::grammar::{self, HostKind, is_base_domain, is_scheme, parse_port};
use regular_language::Language;

/// One pattern, parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern<'a> {
    /// `*`
    Any,
    /// `null`
    Null,
    /// `file://`, which some runtimes send where browsers send `null`
    File,
    /// One serialised origin.
    Exact(&'a str),
    /// A scheme with a pattern for the host or for the port.
    Shape(Shape<'a>),
}

/// A pattern with a wildcard somewhere behind the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: HostPattern<'a>,
    pub(crate) port: PortPattern,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostPattern<'a> {
    Exact(&'a str),
    /// One or more whole labels before the base.
    Subdomains(&'a str),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortPattern {
    /// No port is written.
    Absent,
    Number(u16),
    /// Any port, and none.
    Any,
}

impl<'a> Pattern<'a> {
    /// Parses a pattern; `None` where the text is none (see [`super::diagnose`] for why).
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if let Some(pattern) = Self::parse_literal(text) {
            return Some(pattern);
        }
        let (scheme, rest) = text.split_once("://")?;
        let (host, port) = split_port(rest)?;
        let shape = Shape { scheme, host: HostPattern::parse(scheme, host)?, port };
        (is_scheme(scheme.as_bytes()) && !is_default_port(scheme, port)).then_some(Self::Shape(shape))
    }

    /// Parses what is no wildcard: an origin, `null`, or `*` (which Istio's `exact` means as well).
    pub(crate) fn parse_literal(text: &'a str) -> Option<Self> {
        match text {
            "*" => Some(Self::Any),
            "null" => Some(Self::Null),
            "file://" => Some(Self::File),
            _ => {
                let origin = grammar::parse(text.as_bytes())?;
                let port = origin.port.map_or(PortPattern::Absent, PortPattern::Number);
                let scheme = std::str::from_utf8(origin.scheme).ok()?;
                (!is_default_port(scheme, port)).then_some(Self::Exact(text))
            }
        }
    }
}

impl Shape<'_> {
    /// The strings that the pattern accepts, whether or not they are well-formed otherwise.
    pub(crate) fn language(&self) -> Language {
        let port = || Language::concat(vec![Language::literal(b":"), Language::all()]);
        let (before, base) = match self.host {
            HostPattern::Exact(host) => (Language::literal(b""), host),
            HostPattern::Any => (host_bytes(), ""),
            HostPattern::Subdomains(base) => (Language::concat(vec![host_bytes(), Language::literal(b".")]), base),
        };
        let port = match self.port {
            PortPattern::Absent => Language::literal(b""),
            PortPattern::Number(number) => Language::literal(format!(":{number}").as_bytes()),
            PortPattern::Any => port().repeat(0, Some(1)),
        };
        let scheme = Language::literal(self.scheme.as_bytes());
        Language::concat(vec![scheme, Language::literal(b"://"), before, Language::literal(base.as_bytes()), port])
    }
}

/// What a host is made of: everything but a colon, which ends one, unless it stands in brackets.
fn host_bytes() -> Language {
    let not_colon = Language::any_byte().except(&Language::literal(b":"));
    let brackets = Language::concat(vec![Language::literal(b"["), Language::all(), Language::literal(b"]")]);
    Language::union(vec![not_colon.repeat(1, None), brackets])
}

impl<'a> HostPattern<'a> {
    fn parse(scheme: &str, host: &'a str) -> Option<Self> {
        if host == "*" {
            return Some(Self::Any);
        }
        if let Some(base) = host.strip_prefix("*.") {
            let domain = is_base_domain(base.as_bytes()) && !grammar::ends_in_a_number(base.as_bytes());
            return domain.then_some(Self::Subdomains(base));
        }
        // The rest of the grammar decides about a plain host.
        let origin = [scheme, "://", host].concat();
        let plain = grammar::parse(origin.as_bytes()).is_some_and(|origin| origin.port.is_none());
        plain.then_some(Self::Exact(host))
    }
}

/// Host and port pattern of what follows `://`.
fn split_port(rest: &str) -> Option<(&str, PortPattern)> {
    let behind_brackets = rest.rfind(']').unwrap_or(0);
    match rest.rfind(':').filter(|colon| *colon >= behind_brackets) {
        None => Some((rest, PortPattern::Absent)),
        Some(colon) => {
            let (host, port) = rest.split_at_checked(colon)?;
            let port = match port.strip_prefix(':')? {
                "*" => PortPattern::Any,
                digits => PortPattern::Number(parse_port(digits.as_bytes())?),
            };
            Some((host, port))
        }
    }
}

/// A port that browsers leave out (URL standard, section 3.1): no origin holds it.
pub(crate) fn is_default_port(scheme: &str, port: PortPattern) -> bool {
    matches!((scheme, port), ("http", PortPattern::Number(80)) | ("https", PortPattern::Number(443)))
}

/// Whether `http` origins of this host never cross a network: `localhost`, `*.localhost` (RFC 6761), 127.0.0.0/8, `[::1]`.
pub(crate) fn is_local(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let origin = ["http://", host].concat();
    match grammar::parse(origin.as_bytes()).map(|origin| origin.kind) {
        Some(HostKind::V4(address)) => address.is_loopback(),
        Some(HostKind::V6(address)) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_pattern_is_recognised() {
        assert_eq!(Pattern::parse("*"), Some(Pattern::Any));
        assert_eq!(Pattern::parse("null"), Some(Pattern::Null));
        assert_eq!(Pattern::parse("https://a.b:8443"), Some(Pattern::Exact("https://a.b:8443")));
        let shape = |host, port| Some(Pattern::Shape(Shape { scheme: "https", host, port }));
        assert_eq!(Pattern::parse("https://*"), shape(HostPattern::Any, PortPattern::Absent));
        assert_eq!(
            Pattern::parse("https://*.a.b:8443"),
            shape(HostPattern::Subdomains("a.b"), PortPattern::Number(8443))
        );
        assert_eq!(Pattern::parse("https://a.b:*"), shape(HostPattern::Exact("a.b"), PortPattern::Any));
        assert_eq!(Pattern::parse("https://[::1]:*"), shape(HostPattern::Exact("[::1]"), PortPattern::Any));
    }

    #[test]
    fn what_no_browser_sends_and_stars_elsewhere_are_no_patterns() {
        for bad in [
            "",
            "**",
            "https://a.b:443",
            "http://a.b:80",
            "https://*.a.b:443",
            "https://*a.b",
            "https://a.*",
            "https://a.*.b",
            "https://*.*.b",
            "*://a.b",
            "http*://a.b",
            "https://*.0.0.1",
            "https://*.1",
            "https://*.",
            "https://*.a.b.",
            "https://*:",
            "https://a.b:**",
            "https://a.b:8*",
            "*.a.b",
            "https://*.A.b",
            "NULL",
            "file:///",
            "https://*.[::1]",
        ] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn literals_are_never_wildcards() {
        assert_eq!(Pattern::parse_literal("https://*.a.b"), None);
        assert_eq!(Pattern::parse_literal("https://a.b:*"), None);
        assert_eq!(Pattern::parse_literal("*"), Some(Pattern::Any));
    }

    #[test]
    fn local_hosts_are_loopback_addresses_and_names_under_localhost() {
        for host in ["localhost", "app.localhost", "127.8.9.1", "[::1]", "localhost."] {
            assert!(is_local(host), "{host}");
        }
        for host in ["mylocalhost", "localhost.example", "128.0.0.1", "[::2]", "127.0.0.1.example"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
