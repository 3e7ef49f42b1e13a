//! Whatever is suggested for an origin, written verbatim, lets in nobody but those whom the entry
//! lets in or spells.
//!
//! The judge is the naive oracle with the `psl` crate: of each suggestion origins are tried that it
//! may let in, its own hosts and what an attacker would register beside them.
#![cfg(not(target_family = "wasm"))]

use corsac_oracle::config::Pattern;
use corsac_oracle::engine::cases;
use corsac_oracle::origin::{is_origin, is_pattern, matches};
use corsac_policy::{Diagnostic, Suggestion, Tools, apply, compile, fix};
use proptest::prelude::*;
use proptest::sample::select;
use regex_automata::dfa::dense::{Builder, Config, DFA};
use regex_automata::dfa::{Automaton, StartKind};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};
use serde_json::Value;

const CORPUS: &str = include_str!("../../../tests/corpus/policies.jsonl");

fn diagnose(policy: &str) -> Vec<Diagnostic> {
    match compile(policy.as_bytes(), &Tools::default()) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.diagnostics,
    }
}

/// An entry of `allowOrigins`; `None` where it is in no form that compiles.
fn entry(value: &Value) -> Option<Pattern> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(text) = text(value) {
        return Some(Pattern::Text(text));
    }
    let (kind, value) = value.as_object()?.iter().find(|(kind, _)| *kind != "acceptRisks")?;
    let text = text(value)?;
    match kind.as_str() {
        "origin" => Some(Pattern::Text(text)),
        "exact" => Some(Pattern::Exact(text)),
        "prefix" => Some(Pattern::Prefix(text)),
        "suffix" => Some(Pattern::Suffix(text)),
        "regex" => Some(Pattern::Regex(text)),
        _ => None,
    }
}

fn text(pattern: &Pattern) -> &str {
    match pattern {
        Pattern::Text(text)
        | Pattern::Exact(text)
        | Pattern::Prefix(text)
        | Pattern::Suffix(text)
        | Pattern::Regex(text) => text,
    }
}

/// The entries that a suggestion writes for an entry; none where it is about something else.
fn suggested(diagnostic: &Diagnostic, policy: &Value) -> Vec<(Pattern, Vec<Pattern>)> {
    let Some((_, place)) = diagnostic.pointer.split_once("/allowOrigins/") else { return vec![] };
    let place = place.split_once('/').map_or(place, |(index, _)| index);
    let pointer =
        &diagnostic.pointer[..diagnostic.pointer.find("/allowOrigins/").expect("found") + "/allowOrigins/".len()];
    let Some(old) = policy.pointer(&format!("{pointer}{place}")).and_then(entry) else { return vec![] };
    let parse = |json: &String| serde_json::from_str::<Value>(json).expect("JSON text");
    let values: Vec<Value> = match &diagnostic.suggestion {
        Some(Suggestion::Value(value)) => vec![parse(value)],
        Some(Suggestion::Entries(entries)) => entries.iter().map(parse).collect(),
        _ => return vec![],
    };
    let inner = diagnostic.pointer.rsplit('/').next().filter(|key| key.parse::<usize>().is_err());
    let new = values.iter().filter_map(|value| match inner {
        Some(key) => entry(&serde_json::json!({ key: value })),
        None => entry(value),
    });
    vec![(old, new.collect())]
}

/// Origins that an entry may let in.
fn tries(pattern: &Pattern) -> Vec<String> {
    let plain = text(pattern).replace('\\', "").to_ascii_lowercase();
    let mut hosts: Vec<String> = plain
        .split(|c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c))
        .map(|part| part.trim_matches(['.', '-']).to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    hosts.extend(["localhost", "127.0.0.1", "[::1]", "evil.test", "x.vercel.app"].map(str::to_owned));
    let mut tries = vec!["null".to_owned()];
    for host in &hosts {
        let around = ["", "x.", "x.y.", "x", "x-", "api.", "www.", "xn.api."].map(|before| format!("{before}{host}"));
        let behind = ["x", ".evil.test", "-x.evil.test", ".com", ".example.com"].map(|after| format!("{host}{after}"));
        for name in around.iter().chain(&behind) {
            for scheme in ["https", "http", "app"] {
                tries.extend(["", ":8443", ":3000"].map(|port| format!("{scheme}://{name}{port}")));
            }
        }
    }
    tries
}

fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.rsplit_once(':').filter(|(host, _)| !host.ends_with(':')).map_or(rest, |(host, _)| host)
}

/// Whether the words of an entry name the site of an origin, label by label:
/// `(a|b)\.example\.(com|org)` has them in parts.
fn spells(entry: &str, origin: &str) -> bool {
    let words = entry.replace('\\', "").to_ascii_lowercase();
    let host = host(origin);
    let site = psl::domain_str(host).unwrap_or(host);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let has = |label: &str| {
        let found = words.match_indices(label);
        found
            .into_iter()
            .any(|(at, _)| !words[..at].ends_with(is_name) && !words[at + label.len()..].starts_with(is_name))
    };
    // `**.example` is a glob over whatever is below.
    let is_below_glob = host.match_indices(['.', '-']).any(|(dot, _)| {
        words.contains(&format!("*{}", &host[dot..])) || words.contains(&format!("*{}", &host[dot + 1..]))
    });
    site.split('.').all(has) || is_below_glob
}

/// Whether an entry says in the words of another system that every origin, or every host of a
/// scheme, is meant.
fn says_all(entry: &str) -> bool {
    let bare = entry.trim_matches(['^', '$', '\\', ' ']);
    matches!(bare, "" | "*" | "**")
        || bare.ends_with("://*")
        || bare.ends_with("://*/")
        || bare.ends_with("://*/*")
        || bare.contains("://*:")
}

/// An entry, ready to be asked.
enum Matcher<'p> {
    Regex(Box<DFA<Vec<u32>>>),
    Other(&'p Pattern),
    /// What no origin can match, or what is not understood.
    Nothing,
}

impl<'p> Matcher<'p> {
    fn of(pattern: &'p Pattern) -> Self {
        match pattern {
            Pattern::Text(text) | Pattern::Exact(text) if !is_pattern(text) => Self::Nothing,
            Pattern::Regex(text) => {
                let config = Config::new().match_kind(MatchKind::All).start_kind(StartKind::Anchored);
                let syntax = syntax::Config::new().unicode(false).utf8(false);
                let thompson = thompson::Config::new().utf8(false);
                let built = Builder::new().configure(config).syntax(syntax).thompson(thompson).build(text);
                built.map_or(Self::Nothing, |dfa| Self::Regex(Box::new(dfa)))
            }
            other => Self::Other(other),
        }
    }

    fn accepts(&self, origin: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Other(Pattern::Text(text) | Pattern::Exact(text)) if text == "*" => true,
            Self::Other(pattern) => matches(pattern, origin),
            Self::Regex(dfa) => {
                let start = start::Config::new().anchored(Anchored::Yes);
                let start = dfa.start_state(&start).expect("anchored starts are there");
                let end = origin.bytes().fold(start, |state, byte| dfa.next_state(state, byte));
                dfa.is_match_state(dfa.next_eoi_state(end))
            }
        }
    }
}

/// Every origin that the new entries let in and the old one neither lets in nor spells.
fn wider(old: &Pattern, new: &[Pattern]) -> Vec<String> {
    // A spelling that only the URL standard's parser knows, or another alphabet: `127.1`, `0x7f.1`,
    // `[0:0::1]`.
    let is_respelled =
        |origin: &str| host(origin).starts_with('[') || host(origin).parse::<std::net::Ipv4Addr>().is_ok();
    let old_text = text(old);
    // A string may be a regex by mistake; a regex may have what only its home knows, or RE2 alone,
    // or capitals.
    let mut as_regex = old_text.trim_start_matches(['~', '/']).trim_end_matches('/').to_owned();
    for (theirs, plain) in
        [(r"\Q", ""), (r"\E", ""), (r"\C", "."), ("Example", "example"), ("HTTPS", "https"), (r"\\", r"\"), ("$$", "$")]
    {
        as_regex = as_regex.replace(theirs, plain);
    }
    if as_regex.matches(')').count() > as_regex.matches('(').count() {
        as_regex.truncate(as_regex.trim_end_matches('$').trim_end_matches(')').len());
    }
    let as_regex = Pattern::Regex(as_regex);
    let old_matchers = [Matcher::of(old), Matcher::of(&as_regex)];
    let lets_in = |origin: &str| old_matchers.iter().any(|matcher| matcher.accepts(origin));
    let accepts_web = ["https://any.test:1", "http://any.test:1"].iter().all(|origin| lets_in(origin));
    let mut wider = Vec::new();
    for pattern in new {
        let matcher = Matcher::of(pattern);
        let is_star = matches!(pattern, Pattern::Text(text) if text == "*");
        if (is_star && accepts_web) || says_all(old_text) {
            continue;
        }
        let origins = tries(pattern).into_iter().chain(tries(old));
        for origin in origins.filter(|origin| origin == "null" || is_origin(origin)) {
            let is_new = matcher.accepts(&origin) && !lets_in(&origin);
            if is_new && !spells(old_text, &origin) && !is_respelled(&origin) {
                wider.push(format!("{origin} by {pattern:?}"));
            }
        }
    }
    wider.truncate(3);
    wider
}

/// What is wrong with the suggestions for one policy.
fn mistakes(policy: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return vec![] };
    let mut mistakes = Vec::new();
    for diagnostic in diagnose(policy) {
        for (old, new) in suggested(&diagnostic, &document) {
            mistakes
                .extend(wider(&old, &new).into_iter().map(|origin| format!("{policy}: {old:?} would let in {origin}")));
        }
        if diagnostic.suggestion.is_some() && diagnostic.code.as_str() != "any-origin-with-credentials" {
            let written = apply(policy, std::slice::from_ref(&diagnostic));
            // A list cannot join what is not yet one.
            if written == policy {
                continue;
            }
            // Where an entry was left out, the next one may be wrong in the same way.
            let is_next = |found: &Diagnostic| {
                diagnostic.suggestion == Some(Suggestion::Nothing) && found.sentence != diagnostic.sentence
            };
            let same = |found: &Diagnostic| {
                found.code == diagnostic.code && found.pointer == diagnostic.pointer && !is_next(found)
            };
            if serde_json::from_str::<Value>(&written).is_err()
                || diagnose(&written).iter().any(|found| same(found) && found.suggestion == diagnostic.suggestion)
            {
                mistakes.push(format!("{diagnostic}\n  leads from {policy}\n  to {written}"));
            }
        }
    }
    mistakes
}

#[test]
fn no_suggestion_of_any_vector_lets_in_anybody_else() {
    let vectors = corsac_vectors::all().expect("the vectors");
    let mistakes: Vec<String> = vectors.diagnoses.iter().flat_map(|vector| mistakes(&vector.policy)).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn no_suggestion_for_a_published_policy_lets_in_anybody_else() {
    for line in CORPUS.lines() {
        let published: Value = serde_json::from_str(line).expect("JSON");
        let mut policy = published["policy"].to_string();
        loop {
            assert_eq!(mistakes(&policy), Vec::<String>::new());
            let next = apply(&policy, &diagnose(&policy));
            if next == policy {
                break;
            }
            policy = next;
        }
    }
}

/// Entries as people write them, with the slips that they make.
fn slips() -> impl Strategy<Value = Pattern> {
    let start = select(&["", "^", "~^", "(", "/^"][..]);
    let scheme = select(
        &[
            "https://",
            "http://",
            "https?://",
            "http(s)?://",
            "(http|https)://",
            r"https?:\/\/",
            "*://",
            "http(s)://",
            "",
            ".*",
            "//",
            "HTTPS://",
        ][..],
    );
    let labels = select(
        &[
            "",
            "",
            "*.",
            "*",
            ".*",
            r".*\.",
            "(.*)",
            r"(.*\.)?",
            "(www.)?",
            "www.",
            r"www\.",
            "[a-z0-9-]+.",
            r"[a-z0-9-]+\.",
            "[a-z]*",
            "*-",
            "app?.",
            "pr-*.",
            "api.*.",
            r"*\.",
            "?",
            "**.",
            "x.*",
            "(a|b).",
        ][..],
    );
    let domain = select(
        &[
            "example.com",
            r"example\.com",
            "Example.com",
            "example",
            "localhost",
            "127.0.0.1",
            "vercel.app",
            r"site\.vercel\.app",
            "co.uk",
            "com",
            "*",
            "(foo|bar).com",
            r"example\\.com",
            "example*.com",
            "192.168.1",
        ][..],
    );
    let end = select(
        &[
            "",
            "",
            "/",
            "/*",
            ".*",
            ":443",
            ":80",
            ":8080",
            ":*",
            ":[8080,8443]",
            ":[*]",
            "(:[0-9]+)?",
            r"(:\d+)?",
            "$",
            "$$",
            "/path",
            ".",
            "?x",
            "#",
            ",https://b.example",
            ")",
            ")$",
            ".evil",
            r"\.",
            "*",
        ][..],
    );
    let kind = select(&[0_u8, 0, 1, 2, 3, 4, 4, 4][..]);
    (start, scheme, labels, domain, end, kind).prop_map(|(start, scheme, labels, domain, end, kind)| {
        let start = if kind == 4 { start } else { "" };
        // In a regex it would spell another name, `comx`, with a letter that may be missing.
        let end = if kind == 4 && end == "?x" { "" } else { end };
        let text = [start, scheme, labels, domain, end].concat();
        match kind {
            0 => Pattern::Text(text),
            1 => Pattern::Exact(text),
            2 => Pattern::Prefix(text),
            3 => Pattern::Suffix(text),
            _ => Pattern::Regex(text),
        }
    })
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn no_suggestion_for_a_slip_lets_in_anybody_else(slip in slips(), credentials in any::<bool>()) {
        let policy = format!("{{\"allowOrigins\": [{}], \"allowCredentials\": {credentials}}}", slip.json());
        prop_assert_eq!(mistakes(&policy), Vec::<String>::new());
        let fixed = fix(&policy, &Tools::default());
        prop_assert!(serde_json::from_str::<Value>(&fixed).is_ok(), "{}", fixed);
    }
}
