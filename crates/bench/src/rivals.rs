//! What else an origin list could be looked up in.

use std::collections::HashSet;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// One comparison an entry, as Envoy's own CORS filter does it.
pub fn scan(entries: &[String], origin: &[u8]) -> bool {
    entries.iter().any(|entry| entry.as_bytes() == origin)
}

/// What stands before and behind the `*` of each wildcard.
pub fn halves(wildcards: &[String]) -> Vec<(String, String)> {
    let halves = wildcards.iter().filter_map(|wildcard| wildcard.split_once('*'));
    halves.map(|(before, behind)| (before.to_owned(), behind.to_owned())).collect()
}

/// One comparison of both ends a wildcard.
pub fn scan_wildcards(wildcards: &[(String, String)], origin: &[u8]) -> bool {
    wildcards.iter().any(|(before, behind)| {
        origin.len() > before.len() + behind.len()
            && origin.starts_with(before.as_bytes())
            && origin.ends_with(behind.as_bytes())
    })
}

/// `std`'s set, with its own `SipHash`.
pub fn hash_set(entries: &[String]) -> HashSet<String> {
    entries.iter().cloned().collect()
}

/// A look-up in `std`'s set, which wants UTF-8.
pub fn is_in(set: &HashSet<String>, origin: &[u8]) -> bool {
    std::str::from_utf8(origin).is_ok_and(|origin| set.contains(origin))
}

/// All regexes as one of regex-automata's, each anchored at both ends.
pub fn regexes(patterns: &[String]) -> Regex {
    let anchored: Vec<String> = patterns.iter().map(|pattern| format!("^(?:{pattern})$")).collect();
    let ascii = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().syntax(ascii).build_many(&anchored).expect("patterns that compile")
}
