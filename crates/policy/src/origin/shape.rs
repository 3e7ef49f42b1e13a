//! The patterns of `allowOrigins` with a wildcard in the host or the port.

use std::fmt;

use super::grammar::{self, is_base_domain};
use regular_language::{ByteClass, Language};

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

impl<'a> HostPattern<'a> {
    pub(super) fn parse(scheme: &str, host: &'a str) -> Option<Self> {
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
