//! The patterns of `allowOrigins` that are strings.
//!
//! | written | matches |
//! |---|---|
//! | `https://app.example.com` | itself, byte for byte |
//! | `https://*.example.com` | one or more whole labels before the base, never the base itself |
//! | `https://*-preview.example.com` | one or more of `a-z 0-9 -` in place of the `*`, never a dot |
//! | `https://{tenant}.example.com` | the label that the rule's host binds, as one whole label |
//! | `https://*` | every host of the scheme |
//! | `https://app.example.com:*` | the host with any port, and with none |
//! | `*` | every origin |
//! | `null`, `file://` | the values that browsers send for opaque origins |

use super::grammar::{self, HostKind, is_scheme, parse_port};
use super::shape::{HostPattern, PortPattern, Shape};
use super::tenant::{TenantHost, TenantPattern};
use regular_language::Language;

/// A parsed pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern<'a> {
    /// `*`
    Any,
    /// `null`
    Null,
    /// `file://`, which some runtimes send in place of `null`
    File,
    /// One serialized origin.
    Exact(&'a str),
    /// A scheme with a pattern for the host or for the port.
    Shape(Shape<'a>),
    /// An origin with a placeholder for a label of the request's host.
    Tenant(TenantPattern<'a>),
}

impl<'a> Pattern<'a> {
    /// Parses a pattern. `None` if the text is not one ([`super::diagnose`] finds the reason).
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if let Some(pattern) = Self::parse_literal(text) {
            return Some(pattern);
        }
        let (scheme, rest) = text.split_once("://")?;
        let (host, port) = split_port(rest)?;
        if let Some(host) = TenantHost::parse(host).filter(|_| matches!(scheme, "http" | "https")) {
            return is_sent(scheme, port).then_some(Self::Tenant(TenantPattern { scheme, host, port }));
        }
        let shape = Shape { scheme, host: HostPattern::parse(scheme, host)?, port };
        (is_scheme(scheme.as_bytes()) && is_sent(scheme, port)).then_some(Self::Shape(shape))
    }

    /// Whether a text is an origin that a browser sends.
    pub(crate) fn is_exact(text: &str) -> bool {
        matches!(Pattern::parse_literal(text), Some(Pattern::Exact(_)))
    }

    /// Parses a text without wildcards: an origin, `null`, or `*`, which means any origin in
    /// Istio's `exact` too.
    pub(crate) fn parse_literal(text: &'a str) -> Option<Self> {
        match text {
            "*" => Some(Self::Any),
            "null" => Some(Self::Null),
            "file://" => Some(Self::File),
            _ => {
                let origin = grammar::parse(text.as_bytes())?;
                let port = origin.port.map_or(PortPattern::Absent, PortPattern::Number);
                let scheme = std::str::from_utf8(origin.scheme).ok()?;
                is_sent(scheme, port).then_some(Self::Exact(text))
            }
        }
    }
}

impl Pattern<'_> {
    /// The origins that the pattern accepts, except `null` and `file://`; `None` if it accepts all.
    pub(crate) fn language(&self) -> Option<Language> {
        match self {
            Self::Any => None,
            Self::Null | Self::File => Some(Language::empty()),
            Self::Exact(origin) => Some(Language::literal(origin.as_bytes())),
            Self::Shape(shape) => Some(shape.language()),
            // Every possible label.
            Self::Tenant(tenant) => Some(tenant.as_wildcard().language()),
        }
    }
}

/// Splits the text after `://` into host and port pattern.
fn split_port(rest: &str) -> Option<(&str, PortPattern)> {
    let end_of_brackets = rest.rfind(']').unwrap_or(0);
    match rest.rfind(':').filter(|colon| *colon >= end_of_brackets) {
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

/// Whether browsers send origins of this scheme and port.
fn is_sent(scheme: &str, port: PortPattern) -> bool {
    !is_default_port(scheme, port) && !is_never_sent(scheme)
}

/// Schemes of URLs that are never an `Origin`. A WebSocket handshake sends its page's origin (HTML,
/// [Origin](https://html.spec.whatwg.org/multipage/browsers.html#origin), and the URL standard,
/// [origin](https://url.spec.whatwg.org/#concept-url-origin)). Documents of the other schemes have
/// an opaque origin, which is sent as `null`, or their creator's. No browser opens `ftp`.
pub(crate) const NEVER_SENT: &[&str] =
    &["ws", "wss", "ftp", "data", "javascript", "blob", "about", "filesystem", "mailto", "view-source"];

/// Whether a scheme is one of [`NEVER_SENT`].
pub(crate) fn is_never_sent(scheme: &str) -> bool {
    NEVER_SENT.contains(&scheme)
}

/// A port that browsers omit (URL standard, section 3.1), so no origin holds it.
pub(crate) fn is_default_port(scheme: &str, port: PortPattern) -> bool {
    matches!((scheme, port), ("http", PortPattern::Number(80)) | ("https", PortPattern::Number(443)))
}

/// Whether requests to an `http` origin of this host never cross a network: `localhost`,
/// `*.localhost` (RFC 6761), 127.0.0.0/8, `[::1]`.
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
    use crate::origin::shape::InLabel;

    #[test]
    fn each_kind_of_pattern_is_recognized() {
        assert_eq!(Pattern::parse("*"), Some(Pattern::Any));
        assert_eq!(Pattern::parse("null"), Some(Pattern::Null));
        assert_eq!(Pattern::parse("https://a.b:8443"), Some(Pattern::Exact("https://a.b:8443")));
        let shape = |host, port| Some(Pattern::Shape(Shape { scheme: "https", host, port }));
        assert_eq!(Pattern::parse("https://*"), shape(HostPattern::Any, PortPattern::Absent));
        assert_eq!(
            Pattern::parse("https://*.a.b:8443"),
            shape(HostPattern::Subdomains("a.b"), PortPattern::Number(8443))
        );
        let in_label = |before, after| HostPattern::InLabel(InLabel { before, after });
        assert_eq!(Pattern::parse("https://*-p.a.b"), shape(in_label("", "-p.a.b"), PortPattern::Absent));
        assert_eq!(Pattern::parse("https://d-*--s.a.b:*"), shape(in_label("d-", "--s.a.b"), PortPattern::Any));
        assert_eq!(Pattern::parse("https://x.pr*.a.b"), shape(in_label("x.pr", ".a.b"), PortPattern::Absent));
        assert_eq!(Pattern::parse("https://a-*.localhost"), shape(in_label("a-", ".localhost"), PortPattern::Absent));
        assert_eq!(Pattern::parse("https://a.b:*"), shape(HostPattern::Exact("a.b"), PortPattern::Any));
        assert_eq!(Pattern::parse("https://[::1]:*"), shape(HostPattern::Exact("[::1]"), PortPattern::Any));
    }

    #[test]
    fn texts_that_no_browser_sends_and_stars_elsewhere_are_not_patterns() {
        for bad in [
            "",
            "**",
            "https://a.b:443",
            "http://a.b:80",
            "https://*.a.b:443",
            "https://*a.b",
            "https://a*.b",
            "https://a.b*",
            "https://*-a.*.b.c",
            "https://a.*.b.c",
            "https://*-a.b.c.",
            "https://*-a.1.2",
            "https://-*.1.2.3",
            "https://A-*.b.c",
            "https://a-**.b.c",
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
            "ws://a.b",
            "wss://*.a.b",
            "ftp://a.b",
            "data://a",
            "javascript://a",
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
