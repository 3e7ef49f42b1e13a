//! Other data structures for a list of origins.

use std::collections::HashSet;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// One comparison per entry, as in Envoy's own CORS filter.
pub fn scan(entries: &[String], origin: &[u8]) -> bool {
    entries.iter().any(|entry| entry.as_bytes() == origin)
}

/// The parts before and after the `*` of each wildcard.
pub fn halves(wildcards: &[String]) -> Vec<(String, String)> {
    let halves = wildcards.iter().filter_map(|wildcard| wildcard.split_once('*'));
    halves.map(|(before, after)| (before.to_owned(), after.to_owned())).collect()
}

/// One comparison of both ends per wildcard.
pub fn scan_wildcards(wildcards: &[(String, String)], origin: &[u8]) -> bool {
    wildcards.iter().any(|(before, after)| {
        origin.len() > before.len() + after.len()
            && origin.starts_with(before.as_bytes())
            && origin.ends_with(after.as_bytes())
    })
}

/// `std`'s set, with its own `SipHash`.
pub fn hash_set(entries: &[String]) -> HashSet<String> {
    entries.iter().cloned().collect()
}

/// A look-up in `std`'s set, which needs UTF-8.
pub fn is_in(set: &HashSet<String>, origin: &[u8]) -> bool {
    std::str::from_utf8(origin).is_ok_and(|origin| set.contains(origin))
}

/// All regexes in one regex of regex-automata, each anchored at both ends.
///
/// # Panics
/// If a pattern is not a regex.
pub fn regexes(patterns: &[String]) -> Regex {
    let anchored: Vec<String> = patterns.iter().map(|pattern| format!("^(?:{pattern})$")).collect();
    let ascii = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().syntax(ascii).build_many(&anchored).expect("patterns that compile")
}
