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

use std::fmt;

use super::grammar::{self, HostKind, is_base_domain, is_scheme, parse_port};
use super::tenant::{TenantHost, TenantPattern};
use regular_language::{ByteClass, Language};

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

/// A pattern with a wildcard in the host or the port.
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
    /// A `*` with other bytes in the same label.
    InLabel(InLabel<'a>),
    Any,
}

/// A host with a `*` inside one of its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InLabel<'a> {
    /// The host's text before the `*`.
    pub(crate) before: &'a str,
    /// The host's text after the `*`.
    pub(crate) after: &'a str,
}

impl<'a> InLabel<'a> {
    /// Parses `*-preview.example.com`. The label with the `*` has two or more labels after it, or
    /// `localhost`: in `https://*example.com` the `*` would let in names that anyone can register.
    fn parse(host: &'a str) -> Option<Self> {
        let (before, after) = host.split_once('*')?;
        let parsed = Self { before, after };
        let base = parsed.base();
        let beside_text = !before.is_empty() && !before.ends_with('.') || !after.starts_with('.');
        let enough = base.contains('.') || base == "localhost";
        // The shortest host that the pattern accepts must be valid; this also refuses a second `*`.
        let sample = [before, "a", after].concat();
        let domain = is_base_domain(sample.as_bytes()) && !grammar::ends_in_a_number(sample.as_bytes());
        (beside_text && enough && domain).then_some(parsed)
    }

    /// The labels after the one that holds the `*`.
    pub(crate) fn base(&self) -> &'a str {
        self.after.split_once('.').map_or("", |(_, base)| base)
    }

    /// Whether a letter or digit touches the `*`. The text beside it then need not be a word of the
    /// label: `app*` accepts `apple`, `app-*` does not.
    pub(crate) fn is_glued(&self) -> bool {
        let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        word(self.before.as_bytes().last()) || word(self.after.as_bytes().first())
    }

    /// Whether the `*` may match this byte.
    pub(crate) const fn may_match(byte: u8) -> bool {
        matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortPattern {
    /// No port.
    Absent,
    Number(u16),
    /// Any port, or none.
    Any,
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

impl Shape<'_> {
    /// The strings that the pattern accepts, well-formed or not.
    pub(crate) fn language(&self) -> Language {
        let port = || Language::concat(vec![Language::literal(b":"), Language::all()]);
        let text = |text: &str| Language::literal(text.as_bytes());
        let host = match self.host {
            HostPattern::Exact(host) => text(host),
            HostPattern::Any => host_bytes(),
            HostPattern::Subdomains(base) => Language::concat(vec![host_bytes(), text("."), text(base)]),
            HostPattern::InLabel(InLabel { before, after }) => {
                Language::concat(vec![text(before), label_bytes().repeat(1, None), text(after)])
            }
        };
        let port = match self.port {
            PortPattern::Absent => text(""),
            PortPattern::Number(number) => text(&format!(":{number}")),
            PortPattern::Any => port().repeat(0, Some(1)),
        };
        Language::concat(vec![text(self.scheme), text("://"), host, port])
    }
}

impl fmt::Display for Shape<'_> {
    /// The pattern as written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match self.host {
            HostPattern::Any => f.write_str("*")?,
            HostPattern::Exact(host) => f.write_str(host)?,
            HostPattern::Subdomains(base) => write!(f, "*.{base}")?,
            HostPattern::InLabel(InLabel { before, after }) => write!(f, "{before}*{after}")?,
        }
        match self.port {
            PortPattern::Absent => Ok(()),
            PortPattern::Number(number) => write!(f, ":{number}"),
            PortPattern::Any => f.write_str(":*"),
        }
    }
}

/// The bytes of a host: all except a colon, which ends it unless it is in brackets.
fn host_bytes() -> Language {
    let not_colon = Language::any_byte().except(&Language::literal(b":"));
    let brackets = Language::concat(vec![Language::literal(b"["), Language::all(), Language::literal(b"]")]);
    Language::union(vec![not_colon.repeat(1, None), brackets])
}

/// The bytes that the `*` inside a label may match: see [`InLabel::may_match`].
fn label_bytes() -> Language {
    let bytes: Vec<u8> = (0..0x80).filter(|byte| InLabel::may_match(*byte)).collect();
    Language::class(ByteClass::of(&bytes))
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
        if host.contains('*') {
            return InLabel::parse(host).map(Self::InLabel);
        }
        // The rest of the grammar decides about a plain host.
        let origin = [scheme, "://", host].concat();
        let plain = grammar::parse(origin.as_bytes()).is_some_and(|origin| origin.port.is_none());
        plain.then_some(Self::Exact(host))
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
