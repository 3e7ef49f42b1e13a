//! What a regex may have been meant to be.
//!
//! The texts are made by slips that people make: bare dots, a wildcard without the dot after it, an open end,
//! `https?` with credentials, a glob for a regex. Which of them fits is not decided here.

use super::{Candidate, Ground, Proposal};
use crate::origin::diagnose;
use crate::origin::pattern::Pattern;

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

/// Texts for a regex, the likeliest and the least changed first.
pub(super) fn proposals(text: &str, credentials: bool) -> Vec<Proposal> {
    let mut all = plain(text);
    for scheme in ["https", "http"] {
        if text.trim_start_matches('^').strip_prefix(scheme).is_some_and(|rest| rest.starts_with(':')) {
            let any = [format!("{scheme}://*:*"), format!("{scheme}://*")].map(Candidate::Text);
            all.extend(any.map(|any| Proposal { entries: vec![any], ground: Ground::ProvedNarrower }));
        }
    }
    let secure: Vec<String> = if credentials { https_only(text) } else { Vec::new() };
    for text in [text].into_iter().chain(secure.iter().map(String::as_str)) {
        let escaped = with_escaped_dots(text);
        let dots = [Some(text), Some(escaped.as_str()).filter(|escaped| *escaped != text)];
        for text in dots.into_iter().flatten() {
            for text in [Some(text.to_owned()), without_open_end(text)].into_iter().flatten() {
                let is_open = text.trim_start_matches(['^', '(']).starts_with('.');
                let boundaries = if is_open { Boundary::ALL } else { Boundary::WITHIN };
                let bounded = boundaries.iter().map(|boundary| with_boundary(&text, *boundary));
                let texts: Vec<String> = [text.clone()].into_iter().chain(bounded).collect();
                all.extend(texts.into_iter().map(|text| Proposal::of_all(vec![Candidate::Regex(text)])));
            }
        }
    }
    all
}

/// Whether a string is written as a regex.
pub(super) fn is_likely(text: &str) -> bool {
    let text = text.trim();
    // In a host, `.*.` is a glob; only a regex has it at the beginning.
    let signs = [r"\.", r"\/", r"\d", r"\w", "/.*", "(.*", ".+", "[a-z", "[A-Z", "[0-9", "[^", "(?:", "]+", "]*"];
    text.starts_with('^')
        || signs.iter().any(|sign| text.contains(sign))
        || (text.contains('(') && text.contains('|') && !text.starts_with("(http"))
}

/// A text without regex syntax is an origin, a pattern or one that was slightly wrong.
fn plain(text: &str) -> Vec<Proposal> {
    let text = text.trim().trim_start_matches('^').trim_end_matches('$');
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let text = inner.filter(|inner| !inner.contains(['(', ')', '|'])).unwrap_or(text);
    let (text, both) =
        match BOTH_SCHEMES.iter().find_map(|both| text.strip_prefix(both).filter(|rest| rest.starts_with(':'))) {
            Some(rest) => (format!("https{rest}"), true),
            None => (text.to_owned(), false),
        };
    let text = text.replace(r"\.", ".").replace(r"\/", "/").replace(r"\-", "-").replace(r"\:", ":").replace(r"\*", "*");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:/*_-".contains(&byte);
    // `.*` is a regex, and `a*` may be one.
    let is_glob =
        text.starts_with('*') || ["/*.", "/*-", "-*.", "-*-", "/*:", ":*"].iter().any(|star| text.contains(star));
    if !text.bytes().all(is_plain) || text.contains(".*") || (text.contains('*') && !is_glob) {
        return Vec::new();
    }
    let origins = if Pattern::parse(&text).is_some() { vec![text] } else { diagnose::diagnose(&text, None).origins };
    let ground = if is_glob { Ground::Words } else { Ground::Narrower };
    let entries = |origins: Vec<String>| origins.into_iter().map(Candidate::Text).collect::<Vec<_>>();
    let mut all = Vec::new();
    if origins.is_empty() {
        return all;
    }
    if both {
        let http = origins.iter().map(|origin| origin.replacen("https://", "http://", 1));
        all.push(Proposal { entries: entries(origins.iter().cloned().chain(http).collect()), ground });
    }
    all.push(Proposal { entries: entries(origins), ground });
    all
}

/// A string with a `*` where patterns take none, each `*` as a part of one label; `:*` is any port.
pub(super) fn of_glob(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, port) = match rest.strip_suffix(":*") {
        Some(host) => (host, "(:[0-9]+)?".to_owned()),
        None => rest.split_once(':').map_or((rest, String::new()), |(host, port)| (host, format!(":{port}"))),
    };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".*-_".contains(&byte);
    let is_glob = host.contains('*') && !host.contains("**") && host.bytes().all(is_plain);
    let is_port = |byte: u8| byte.is_ascii_digit() || b":()[]+?-".contains(&byte);
    let fits = is_glob && matches!(scheme, "http" | "https") && port.bytes().all(is_port);
    fits.then(|| format!("{scheme}://{}{port}", host.replace('.', r"\.").replace('*', "[a-z0-9-]+")))
}

/// The text without what its home had around it: nginx's `~*`, slashes, doubled escapes, a parenthesis too many.
pub(super) fn undressed(text: &str) -> Option<String> {
    let mut bare = text.trim().trim_start_matches('~').trim_start_matches("* ").trim_start_matches("*^");
    if bare.len() < text.len() && text.contains("*^") && !bare.starts_with('^') {
        bare = text.get(text.len() - bare.len() - 1..).unwrap_or(bare);
    }
    let bare = bare.trim();
    let bare = bare
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
        .map_or(bare, |(inner, flags)| if flags.bytes().all(|flag| flag.is_ascii_lowercase()) { inner } else { bare });
    let mut bare = bare.replace(r"\\", r"\").replace("$$", "$");
    let count = |byte: char| bare.matches(byte).count();
    if count('(') > count(')') && bare.starts_with('(') {
        bare.remove(0);
    } else if count(')') > count('(') && bare.ends_with(')') {
        bare.pop();
    }
    let lower = lower_case(&bare);
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
pub(super) fn with_scheme(text: &str) -> Option<String> {
    let text = undressed(text).unwrap_or_else(|| text.to_owned());
    let has_scheme = text.contains("//") || text.contains(r"\/\/");
    let body = text.trim_start_matches('^').trim_end_matches('$');
    let body = body.trim_start_matches(".*").trim_start_matches(r"\.");
    let scheme = if body.contains("localhost") || body.contains("127") { "http" } else { "https" };
    (!has_scheme && !body.is_empty()).then(|| format!("{scheme}://({body})"))
}

/// The same for `https` alone.
fn https_only(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for both in BOTH_SCHEMES {
        for colon in [":", r"\:"] {
            let both = [both, colon].concat();
            if text.contains(&both) {
                all.push(text.replace(&both, "https:"));
            }
        }
        if !all.is_empty() {
            return all;
        }
    }
    let (start, rest) = text.strip_prefix('^').map_or(("", text), |rest| ("^", rest));
    if let Some(after) = [".*", ".+"].iter().find_map(|any| rest.strip_prefix(any)) {
        let any = if after.starts_with(r"\.") { ".+" } else { r"(.+\.)?" };
        all.push(format!("{start}https://{any}{after}"));
    }
    all
}

/// Every dot that repeats nothing, as the character that was meant.
fn with_escaped_dots(text: &str) -> String {
    let tokens = tokens(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, token) in tokens.iter().enumerate() {
        let is_repeated = tokens.get(at + 1).is_some_and(|next| next.starts_with(['*', '+', '?', '{']));
        escaped.push_str(if *token == "." && !is_repeated { r"\." } else { token });
    }
    escaped
}

/// The text up to the end of its host; with ports where that is the machine itself.
fn without_open_end(text: &str) -> Option<String> {
    let (body, end) = text.strip_suffix('$').map_or((text, ""), |body| (body, "$"));
    let mut closed = body;
    while let Some(rest) = OPEN_ENDS.iter().find_map(|open| closed.strip_suffix(open)) {
        closed = rest;
    }
    let is_local = ["localhost", "127.0.0.1", r"127\.0\.0\.1", "::1"].iter().any(|local| closed.contains(local));
    let port = if is_local && !closed.contains(":[") && !closed.contains(r":\d") { "(:[0-9]+)?" } else { "" };
    (closed != body).then(|| [closed, port, end].concat())
}

/// How a wildcard is kept from ending within a label.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Boundary {
    /// `(.*\.)?example`: labels, or none.
    Optional,
    /// `.*\.example`: labels.
    Dot,
    /// `.*(\.|//)example`: where the wildcard stands for the scheme too.
    Start,
}

impl Boundary {
    const WITHIN: &[Self] = &[Self::Optional, Self::Dot];
    const ALL: &[Self] = &[Self::Start, Self::Optional, Self::Dot];
}

/// The text with a boundary after each wildcard that a name follows.
fn with_boundary(text: &str, boundary: Boundary) -> String {
    let tokens = tokens(text);
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let is_quantifier = |at: usize| token(at).starts_with(['*', '+', '?', '{']);
    let begins_a_name = |at: usize| token(at).starts_with(|first: char| first.is_ascii_alphanumeric() || first == '(');
    let mut bounded = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while at < tokens.len() {
        let is_any = matches!(token(at), "." | r"\w" | r"\S") || token(at).starts_with('[');
        let wildcard = [token(at), token(at + 1)].concat();
        if !(is_any && token(at + 1).starts_with(['*', '+'])) {
            bounded.push_str(token(at));
            at += 1;
            continue;
        }
        let is_grouped = at > 0 && token(at - 1).starts_with('(') && token(at + 2) == ")";
        let after = at + if is_grouped { 3 + usize::from(is_quantifier(at + 3)) } else { 2 };
        let text = match (begins_a_name(after), is_grouped, boundary) {
            (false, ..) => [&wildcard, ""].concat(),
            (true, _, Boundary::Start) => format!(r"{wildcard}(\.|//)"),
            (true, false, Boundary::Optional) => format!(r"({wildcard}\.)?"),
            (true, true, Boundary::Optional) if !is_quantifier(at + 3) => {
                bounded.extend([&wildcard, r"\.)?"]);
                at += 3;
                continue;
            }
            (true, ..) => format!(r"{wildcard}\."),
        };
        bounded.push_str(&text);
        at += 2;
    }
    bounded
}

/// The parts of a regex that are not taken apart: an escape, a class, a count, a group's beginning, a character.
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
        let (token, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = behind;
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
