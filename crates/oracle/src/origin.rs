//! The texts that are origins, and the origins that a policy allows (§2).

use super::config::{Pattern, Policy};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

/// The judgement on a request's `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Null,
    Malformed,
    NotListed,
}

impl Verdict {
    /// The word for the reason of a refusal.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Allowed => "-",
            Self::Null => "null-not-listed",
            Self::Malformed => "malformed-origin",
            Self::NotListed => "origin-not-listed",
        }
    }
}

/// Judges a non-empty `Origin` value.
pub fn judge(policy: &Policy, origin: &[u8]) -> Verdict {
    let any = allows_any(policy);
    if any && !policy.allow_credentials {
        return Verdict::Allowed;
    }
    let Ok(origin) = std::str::from_utf8(origin) else {
        return Verdict::Malformed;
    };
    if origin == "null" || origin == "file://" {
        // Only a list entry or a matcher can match these: a pattern's `*` is a host, and they have
        // none.
        let matched = |p: &Pattern| match p {
            Pattern::Text(text) | Pattern::Exact(text) => text == origin,
            matcher => matches(matcher, origin),
        };
        let listed = policy.allow_origins.iter().any(matched);
        return if listed { Verdict::Allowed } else { Verdict::Null };
    }
    if !is_origin(origin) {
        return Verdict::Malformed;
    }
    if any || policy.allow_origins.iter().any(|p| matches(p, origin)) {
        return Verdict::Allowed;
    }
    Verdict::NotListed
}

/// Whether the list holds `*`.
pub fn allows_any(policy: &Policy) -> bool {
    policy.allow_origins.iter().any(|p| is_text(p, "*"))
}

/// The origins that the list holds literally, in its order.
pub fn exact_origins(policy: &Policy) -> Vec<&str> {
    let exact = |pattern| match pattern {
        &Pattern::Text(ref text) | &Pattern::Exact(ref text) => Some(text.as_str()),
        _ => None,
    };
    let texts = policy.allow_origins.iter().filter_map(exact);
    texts.filter(|text| is_origin(text)).collect()
}

fn is_text(pattern: &Pattern, wanted: &str) -> bool {
    matches!(pattern, Pattern::Text(text) | Pattern::Exact(text) if text == wanted)
}

/// Whether a pattern matches a well-formed origin.
pub fn matches(pattern: &Pattern, origin: &str) -> bool {
    match pattern {
        Pattern::Text(text) => text_matches(text, origin),
        Pattern::Exact(text) => text == origin,
        Pattern::Prefix(text) => origin.starts_with(text.as_str()),
        Pattern::Suffix(text) => origin.ends_with(text.as_str()),
        Pattern::Regex(text) => regex_matches(text, origin),
    }
}

fn text_matches(pattern: &str, origin: &str) -> bool {
    let (Some(pattern), Some(origin)) = (pieces(pattern), pieces(origin)) else {
        return pattern == origin;
    };
    let host = match pattern.host.strip_prefix("*.") {
        _ if pattern.host == "*" => true,
        None if pattern.host.contains('*') => in_label_matches(pattern.host, origin.host),
        None => pattern.host == origin.host,
        Some(base) => {
            let base: Vec<&str> = base.split('.').collect();
            let host: Vec<&str> = origin.host.split('.').collect();
            let more = host.len().saturating_sub(base.len());
            more > 0 && host[more..] == base && host[..more].iter().all(|label| !label.is_empty())
        }
    };
    let port = pattern.port == Some("*") || pattern.port == origin.port;
    pattern.scheme == origin.scheme && host && port
}

/// Reads `*` as one or more of `a-z 0-9 -`, and tries it at every place.
fn in_label_matches(pattern: &str, host: &str) -> bool {
    let stars = |text: &str| !text.is_empty() && text.chars().all(is_star_char);
    let ends = (0..=host.len()).flat_map(|from| (from..=host.len()).map(move |to| (from, to)));
    ends.filter(|(from, to)| stars(&host[*from..*to]))
        .any(|(from, to)| format!("{}*{}", &host[..from], &host[to..]) == pattern)
}

fn is_star_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// Whether a host with a `*` inside a label is a pattern: it has one `*`, next to other characters
/// of its label, and two labels or `localhost` follow.
fn is_in_label(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let Some(place) = labels.iter().position(|label| label.contains('*')) else { return false };
    let base = &labels[place + 1..];
    host.matches('*').count() == 1
        && labels[place].len() > 1
        && (base.len() > 1 || base == ["localhost"])
        && !host.ends_with('.')
        && is_host("https", &host.replace('*', "a"))
}

/// Runs the regex over the whole text, without wrapping the pattern in other text. Any match that
/// ends at the end of the text counts, whatever its priority.
fn regex_matches(pattern: &str, text: &str) -> bool {
    let dfa = dense::Builder::new()
        .configure(dense::Config::new().match_kind(MatchKind::All).start_kind(StartKind::Anchored))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build(pattern)
        .unwrap_or_else(|error| panic!("{pattern:?}: {error}"));
    let start = start::Config::new().anchored(Anchored::Yes);
    let mut state = dfa.start_state(&start).expect("anchored starts are there");
    for byte in text.bytes() {
        state = dfa.next_state(state, byte);
    }
    dfa.is_match_state(dfa.next_eoi_state(state))
}

/// A text split at `://` and at the port's colon.
struct Pieces<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

fn pieces(text: &str) -> Option<Pieces<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, port) = if rest.starts_with('[') {
        let end = rest.find(']')? + 1;
        match &rest[end..] {
            "" => (rest, None),
            port => (&rest[..end], Some(port.strip_prefix(':')?)),
        }
    } else {
        match rest.split_once(':') {
            None => (rest, None),
            Some((host, port)) => (host, Some(port)),
        }
    };
    Some(Pieces { scheme, host, port })
}

/// Whether a text is a serialized origin by the grammar of §2. `null` and `file://` are not; other
/// rules apply to them.
pub fn is_origin(text: &str) -> bool {
    text.len() <= 326
        && text.is_ascii()
        && pieces(text).is_some_and(|origin| {
            is_scheme(origin.scheme) && is_host(origin.scheme, origin.host) && origin.port.is_none_or(is_port)
        })
}

/// Whether a string in `allowOrigins` is one that a browser's origin can match.
pub fn is_pattern(text: &str) -> bool {
    if ["*", "null", "file://"].contains(&text) {
        return true;
    }
    let Some(Pieces { scheme, host, port }) = pieces(text) else {
        return false;
    };
    let default_port = matches!((scheme, port), ("http", Some("80")) | ("https", Some("443")));
    let host = match host.strip_prefix("*.") {
        _ if host == "*" => true,
        None if host.contains('*') => is_in_label(host),
        None => is_host(scheme, host),
        // For every scheme: a domain without a trailing dot that can follow a label.
        Some(base) => {
            !base.starts_with('[')
                && !base.ends_with('.')
                && is_host("https", base)
                && is_host("https", &format!("a.{base}"))
        }
    };
    let never_sent = ["ws", "wss", "ftp", "data", "javascript", "blob", "about", "filesystem", "mailto", "view-source"];
    is_scheme(scheme)
        && !never_sent.contains(&scheme)
        && host
        && port.is_none_or(|p| p == "*" || is_port(p))
        && !default_port
}

fn is_scheme(scheme: &str) -> bool {
    let letters = 'a'..='z';
    scheme.len() <= 64
        && scheme.starts_with(|first| letters.contains(&first))
        && scheme.chars().all(|c| letters.contains(&c) || c.is_ascii_digit() || "+-.".contains(c))
}

fn is_port(port: &str) -> bool {
    port.chars().all(|c| c.is_ascii_digit()) && !port.starts_with('0') && port.parse::<u16>().is_ok()
}

fn is_host(scheme: &str, host: &str) -> bool {
    if scheme != "http" && scheme != "https" {
        return (1..=253).contains(&host.len()) && host.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    }
    if let Some(inside) = host.strip_prefix('[') {
        let inside = inside.strip_suffix(']').unwrap_or("");
        return inside.parse::<std::net::Ipv6Addr>().is_ok_and(|address| ipv6_text(address.segments()) == inside);
    }
    let labels: Vec<&str> = host.split('.').collect();
    let ends_in_number = |labels: &[&str]| labels.last().is_some_and(|last| is_number(last));
    if ends_in_number(&labels) {
        return is_dotted_quad(&labels);
    }
    let labels = match labels.split_last() {
        // One trailing dot is allowed here; the URL standard reads `1.2.3.4.` as an address.
        Some((&"", before)) if !before.is_empty() => before,
        _ => &labels,
    };
    !ends_in_number(labels) && labels.join(".").len() <= 253 && labels.iter().all(|label| is_label(label))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

/// The URL standard's "ends in a number checker", for one label.
fn is_number(label: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    digits(label) || label.strip_prefix("0x").is_some_and(hex)
}

fn is_dotted_quad(labels: &[&str]) -> bool {
    labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok_and(|byte| byte.to_string() == **label))
}

/// The URL standard's IPv6 serializer: the first longest run of two or more
/// zero pieces becomes `::`, and no piece is ever written in dotted decimal.
pub fn ipv6_text(pieces: [u16; 8]) -> String {
    let hex = |pieces: &[u16]| {
        let pieces: Vec<String> = pieces.iter().map(|p| format!("{p:x}")).collect();
        pieces.join(":")
    };
    for length in (2..=8).rev() {
        for start in 0..=8 - length {
            if pieces[start..start + length].iter().all(|&p| p == 0) {
                let (before, after) = (&pieces[..start], &pieces[start + length..]);
                return format!("{}::{}", hex(before), hex(after));
            }
        }
    }
    hex(&pieces)
}
