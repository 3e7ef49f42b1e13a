//! What a regex may have been meant to be.
//!
//! The texts are made by slips that people make: bare dots, a wildcard without the dot after it, an
//! open end,
//! `https?` with credentials, a glob for a regex. Which of them fits is not decided here.

use std::cmp::Ordering;

use super::{Candidate, Ground, Proposal};
use crate::origin::diagnose;
use crate::origin::pattern::Pattern;
use crate::text::{cut, has, has_any, joined, replaced};

/// Ways to write `https?` before a colon.
const BOTH_SCHEMES: &[&str] = &[
    "(?:https?)",
    "(https?)",
    "https?",
    "(?:http|https)",
    "(?:https|http)",
    "(http|https)",
    "(https|http)",
    "http(?:s)?",
    "http(s)?",
    "http(s?)",
    "http[s]?",
    "https{0,1}",
];

/// Ends that let in more than a host, or nothing that is an origin.
const OPEN_ENDS: &[&str] = &[
    ".*", ".+", ".*?", "(.*)", "(.*)?", "(.+)?", "(?:.*)", "[^/]*", r"\S*", "(/.*)?", r"(\/.*)?", "(?:/.*)?", "/",
    r"\/", "/?", r"\/?", "(:.*)?", ":443", ":80", "(:443)?", "(:80)?",
];

/// The machine itself.
const LOCAL: &[&str] = &["localhost", "127.0.0.1", r"127\.0\.0\.1", "::1"];

/// Texts for a regex, the likeliest and the least changed first.
#[inline(never)]
pub(super) fn proposals(text: &str, credentials: bool) -> Vec<Proposal> {
    let mut all = plain(text);
    for scheme in ["https:", "http:"] {
        if text.trim_start_matches('^').starts_with(scheme) {
            for host in ["//*:*", "//*"] {
                let any = Candidate::Text(joined(&[scheme, host]));
                all.push(Proposal { entries: vec![any], ground: Ground::ProvedNarrower });
            }
        }
    }
    let mut texts = vec![text.to_owned()];
    if credentials {
        also(&mut texts, https_only);
    }
    also(&mut texts, with_escaped_dots);
    also(&mut texts, without_open_end);
    let unbounded = texts.clone();
    for boundary in [Boundary::Start, Boundary::Optional, Boundary::Dot] {
        texts.extend(unbounded.iter().filter_map(|text| with_boundary(text, boundary)));
    }
    for text in texts {
        all.push(Proposal::of_all(vec![Candidate::Regex(text)]));
    }
    all
}

/// Adds what a change makes of each text.
#[inline(never)]
fn also(texts: &mut Vec<String>, change: fn(&str) -> Option<String>) {
    for at in 0..texts.len() {
        let changed = texts.get(at).and_then(|text| change(text));
        texts.extend(changed);
    }
}

/// Whether a string is written as a regex.
pub(super) fn is_likely(text: &str) -> bool {
    // In a host, `.*.` is a glob; only a regex has it at the beginning.
    const SIGNS: &[&str] =
        &[r"\.", r"\/", r"\d", r"\w", "/.*", "(.*", ".+", "[a-z", "[A-Z", "[0-9", "[^", "(?:", "]+", "]*"];
    text.starts_with('^')
        || has_any(text, SIGNS)
        || (text.contains('(') && text.contains('|') && !text.starts_with("(http"))
}

/// A text without regex syntax is an origin, a pattern or one that was slightly wrong.
#[inline(never)]
fn plain(text: &str) -> Vec<Proposal> {
    // `.*` is a regex, and `a*` may be one.
    const GLOBS: &[&str] = &["/*.", "/*-", "-*.", "-*-", "/*:", ":*"];
    let text = text.trim().trim_start_matches('^').trim_end_matches('$');
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let text = inner.filter(|inner| !inner.contains(['(', ')', '|'])).unwrap_or(text);
    let rest = BOTH_SCHEMES.iter().find_map(|both| text.strip_prefix(both).filter(|rest| rest.starts_with(':')));
    let text = unescaped(&rest.map_or_else(|| text.to_owned(), |rest| joined(&["https", rest])));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:/*_-".contains(&byte);
    let is_glob = text.starts_with('*') || has_any(&text, GLOBS);
    if !text.bytes().all(is_plain) || has(&text, ".*") || (text.contains('*') && !is_glob) {
        return Vec::new();
    }
    let origins = if Pattern::parse(&text).is_some() { vec![text] } else { diagnose::diagnose(&text, None).origins };
    let ground = if is_glob { Ground::Words } else { Ground::Narrower };
    let entries: Vec<Candidate> = origins.into_iter().map(Candidate::Text).collect();
    let mut all = Vec::new();
    if rest.is_some() {
        let mut both = entries.clone();
        for entry in &entries {
            both.push(Candidate::Text(replaced(entry.entry().parts().1, "https://", "http://")));
        }
        all.push(Proposal { entries: both, ground });
    }
    all.push(Proposal { entries, ground });
    all.retain(|proposal| !proposal.entries.is_empty());
    all
}

/// The text with the characters that escapes of punctuation mean.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for token in tokens(text) {
        let character =
            token.strip_prefix('\\').filter(|escaped| escaped.starts_with(|c: char| c.is_ascii_punctuation()));
        plain.push_str(character.unwrap_or(token));
    }
    plain
}

/// A string with a `*` where patterns take none, each `*` as a part of one label; `:*` is any port.
#[inline(never)]
pub(super) fn of_glob(text: &str) -> Option<String> {
    let (scheme, rest) = cut(text, "://")?;
    let (host, port) = rest.split_once(':').unwrap_or((rest, ""));
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".*-_".contains(&byte);
    let is_glob = host.contains('*') && !has(host, "**") && host.bytes().all(is_plain);
    let fits = is_glob
        && matches!(scheme, "http" | "https")
        && (port == "*" || port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = replaced(&replaced(host, ".", r"\."), "*", "[a-z0-9-]+");
    let port = match port {
        "" => String::new(),
        "*" => "(:[0-9]+)?".to_owned(),
        number => joined(&[":", number]),
    };
    fits.then(|| joined(&[scheme, "://", &host, &port]))
}

/// The text without what its home had around it: nginx's `~*`, slashes, doubled escapes, a
/// parenthesis too many.
#[inline(never)]
pub(super) fn undressed(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('~');
    let bare = bare.strip_prefix("*^").map_or(bare, |_| bare.get(1..).unwrap_or(bare)).trim();
    let inner = bare.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let inner = inner.filter(|(_, flags)| flags.bytes().all(|flag| flag.is_ascii_lowercase()));
    let bare = replaced(&replaced(inner.map_or(bare, |(inner, _)| inner), r"\\", r"\"), "$$", "$");
    let count = |wanted: u8| bare.bytes().filter(|byte| *byte == wanted).count();
    let balanced = match count(b'(').cmp(&count(b')')) {
        Ordering::Greater => bare.strip_prefix('('),
        Ordering::Less => bare.strip_suffix(')'),
        Ordering::Equal => None,
    };
    let lower = lower_case(balanced.unwrap_or(&bare));
    (lower != text).then_some(lower)
}

/// Hosts have no capitals. Those of escapes and classes stay.
fn lower_case(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    let is_class = |token: &&str| token.starts_with(['\\', '[']);
    for token in tokens(text) {
        lower.push_str(&if is_class(&token) { token.to_owned() } else { token.to_ascii_lowercase() });
    }
    lower
}

/// A text without a scheme gets one: elsewhere it is searched for, here it is matched whole.
#[inline(never)]
pub(super) fn with_scheme(text: &str) -> Option<String> {
    let text = undressed(text).unwrap_or_else(|| text.to_owned());
    let body = text.trim_start_matches('^').trim_end_matches('$');
    let body = body.strip_prefix(".*").unwrap_or(body);
    let body = body.strip_prefix(r"\.").unwrap_or(body);
    let scheme = if has_any(body, LOCAL) { "http://(" } else { "https://(" };
    (!has_any(&text, &["//", r"\/\/"]) && !body.is_empty()).then(|| joined(&[scheme, body, ")"]))
}

/// The same for `https` alone.
fn https_only(text: &str) -> Option<String> {
    for both in BOTH_SCHEMES {
        for colon in [":", r"\:"] {
            let both = joined(&[both, colon]);
            if has(text, &both) {
                return Some(replaced(text, &both, "https:"));
            }
        }
    }
    let (start, rest) = text.strip_prefix('^').map_or(("", text), |rest| ("^", rest));
    let after = rest.strip_prefix(".*").or_else(|| rest.strip_prefix(".+"))?;
    let any = if after.starts_with(r"\.") { "https://.+" } else { r"https://(.+\.)?" };
    Some(joined(&[start, any, after]))
}

/// Every dot that repeats nothing, as the character that was meant.
fn with_escaped_dots(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, token) in tokens.iter().enumerate() {
        let is_repeated = tokens.get(at + 1).is_some_and(|next| is_quantifier(next));
        escaped.push_str(if *token == "." && !is_repeated { r"\." } else { token });
    }
    (escaped != text).then_some(escaped)
}

fn is_quantifier(token: &str) -> bool {
    token.starts_with(['*', '+', '?', '{'])
}

/// The text up to the end of its host; with ports where that is the machine itself.
fn without_open_end(text: &str) -> Option<String> {
    let (body, end) = text.strip_suffix('$').map_or((text, ""), |body| (body, "$"));
    let mut closed = body;
    while let Some(rest) = OPEN_ENDS.iter().find_map(|open| closed.strip_suffix(open)) {
        closed = rest;
    }
    let has_ports = has_any(closed, &[":[", r":\d"]);
    let port = if has_any(closed, LOCAL) && !has_ports { "(:[0-9]+)?" } else { "" };
    (closed != body).then(|| joined(&[closed, port, end]))
}

/// How a wildcard is kept from ending within a label.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Boundary {
    /// `.*(\.|//)example`: where the wildcard is for the scheme too.
    Start,
    /// `(.*\.)?example`: labels, or none.
    Optional,
    /// `.*\.example`: labels.
    Dot,
}

/// The text with a boundary after each wildcard that a name follows.
#[inline(never)]
fn with_boundary(text: &str, boundary: Boundary) -> Option<String> {
    if boundary == Boundary::Start && !text.trim_start_matches(['^', '(']).starts_with('.') {
        return None;
    }
    let tokens = tokens(text);
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut bounded = String::with_capacity(text.len() + 16);
    let mut is_bounded = false;
    // A group that has to become optional at its end.
    let mut optional_group = usize::MAX;
    for at in 0..tokens.len() {
        let is_any = |at: usize| matches!(token(at), "." | r"\w" | r"\S") || token(at).starts_with('[');
        let is_wildcard = at > 0 && is_any(at - 1) && token(at).starts_with(['*', '+']);
        let is_grouped = is_wildcard && at > 1 && token(at - 2).starts_with('(') && token(at + 1) == ")";
        let after = if is_grouped { at + 2 + usize::from(is_quantifier(token(at + 2))) } else { at + 1 };
        let is_named = token(after).starts_with(|first: char| first.is_ascii_alphanumeric() || first == '(');
        let starts_optional =
            boundary == Boundary::Optional && is_any(at) && token(at + 1).starts_with(['*', '+']) && {
                let next = token(at + 2);
                next.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '(')
            };
        if starts_optional {
            bounded.push('(');
        }
        bounded.push_str(token(at));
        if is_wildcard && is_named {
            is_bounded = true;
            bounded.push_str(match boundary {
                Boundary::Start => r"(\.|//)",
                Boundary::Optional if !is_grouped => r"\.)?",
                _ => r"\.",
            });
            if boundary == Boundary::Optional && is_grouped && after == at + 2 {
                optional_group = at + 1;
            }
        }
        if at == optional_group {
            bounded.push('?');
        }
    }
    is_bounded.then_some(bounded)
}

/// The parts of a regex that are not taken apart: an escape, a class, a count, a group's beginning,
/// a character.
#[inline(never)]
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '[' => class_length(rest),
            '{' => rest.find('}').map_or(1, |end| end + 1),
            '*' | '+' | '?' if rest.get(1..2) == Some("?") => 2,
            '(' if rest.starts_with("(?:") => 3,
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// A class from its bracket to the one that closes it.
fn class_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b']' if at > 1 => return at + 1,
            _ => {}
        }
    }
    text.len()
}
