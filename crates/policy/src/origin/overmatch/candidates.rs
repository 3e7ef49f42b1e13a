//! What a pattern spells: hosts and registrable domains within its literal strings.

use super::serialized::{Serialized, pattern};
use crate::origin::public_suffix::{is_public_suffix, registrable_domain, suffixes_below};
use regular_language::{Language, Solver, TooLarge};

/// What it costs to find a registrable domain, in steps of derivation, next to one for every few
/// bytes before its end.
const LOOK_UP: usize = 4;

/// What the literal strings of a pattern spell.
#[derive(Default)]
pub(super) struct Candidates<'a> {
    /// Whole hosts without a registrable domain of their own (addresses, public suffixes, single
    /// labels): from a `//` to the end of the string or to a port.
    hosts: Vec<&'a str>,
    /// Registrable domains that follow a `.` or a `//`. `localhost` is one too: nobody else
    /// has names beneath it.
    domains: Vec<&'a str>,
    /// Registrable domains with which a string begins. What stands before them in an origin is not
    /// certain, so they prove nothing; but an origin that ends in one is no good example of what is
    /// let in.
    bare: Vec<&'a str>,
    /// Public suffixes of two or more labels with which a string ends, after a dot and at most a
    /// part of a label that cannot be another word's end. A pattern over a whole top-level domain
    /// is something else than one over a host for everybody.
    suffixes: Vec<&'a str>,
    /// A string ends within a label, in a letter or digit: `https://app` in
    /// `https://app[0-9]\.com`. Its author takes the name for their own.
    is_glued: bool,
}

impl<'a> Candidates<'a> {
    pub(super) fn find(literals: &'a [Vec<u8>], solver: &mut Solver) -> Result<Self, TooLarge> {
        let mut candidates = Self::default();
        for literal in literals.iter().filter_map(|literal| std::str::from_utf8(literal).ok()) {
            let end = literal.rsplit_once("//").map_or(literal, |(_, end)| end);
            let is_name = end.ends_with(|last: char| last.is_ascii_alphanumeric()) && end != "localhost";
            candidates.is_glued |= is_name && !end.contains(['.', ':']);
            // Within a string only what ends it, or what a port follows, can be the end of a host.
            let colons = literal.match_indices(':').map(|(at, _)| at);
            for end in colons.chain([literal.len()]) {
                solver.charge(LOOK_UP + end.div_euclid(16))?;
                let text = literal.get(..end).unwrap_or_default();
                candidates.add_ends_of(text.strip_suffix('.').unwrap_or(text));
            }
        }
        Ok(candidates)
    }

    /// Takes the domain at the end of `text` that follows a `.` or a `//`.
    fn add_ends_of(&mut self, text: &'a str) {
        let (before, host) = text.rsplit_once("//").map_or((None, text), |(before, host)| (Some(before), host));
        // What has one is among the hosts beneath it.
        if before.is_some() && !host.is_empty() && registrable_domain(host).is_none() {
            self.hosts.push(host);
        }
        if let (None, Some((label, rest))) = (before, host.split_once('.'))
            && (label.is_empty() || label.starts_with('-'))
            && rest.contains('.')
            && is_public_suffix(rest)
        {
            self.suffixes.push(rest);
        }
        if let Some(domain) = owned(host) {
            let is_spelled = before.is_some() || domain.len() < host.len();
            let domains = if is_spelled { &mut self.domains } else { &mut self.bare };
            // Where many are different, looking would take longer than it saves.
            if domains.len() > 32 || !domains.contains(&domain) {
                domains.push(domain);
            }
        }
    }

    /// Every origin of which the host, or the registrable domain, is spelled.
    pub(super) fn good(&self, serialized: &Serialized) -> Language {
        let mut hosts: Vec<Language> = self.hosts.iter().map(|host| Language::literal(host.as_bytes())).collect();
        hosts.extend(beneath_all(&self.domains, serialized));
        with_these(hosts, serialized)
    }

    /// Every origin beneath a domain or a public suffix that is spelled, whoever has registered it;
    /// `None` where these are only the good ones.
    pub(super) fn registered_by_anyone(&self, serialized: &Serialized) -> Option<Language> {
        let suffixes = if self.is_glued { &[][..] } else { &self.suffixes };
        let shared = self.domains.iter().filter(|domain| !suffixes_below(domain).is_empty());
        let hosts: Vec<Language> = shared
            .chain(suffixes)
            .map(|domain| Language::concat(vec![serialized.labels.clone(), Language::literal(domain.as_bytes())]))
            .collect();
        (!hosts.is_empty()).then(|| with_these(hosts, serialized))
    }

    /// Every origin whose host ends, at a label boundary, in what a string begins with.
    pub(super) fn bare(&self, serialized: &Serialized) -> Language {
        with_these(beneath_all(&self.bare, serialized), serialized)
    }
}

/// Schemes worth asking about: those of the web, and those that stand before a `://`.
pub(super) fn schemes(literals: &[Vec<u8>]) -> Vec<&str> {
    let mut schemes = vec!["https", "http"];
    for literal in literals.iter().filter_map(|literal| std::str::from_utf8(literal).ok()) {
        if let Some((scheme, _)) = literal.split_once("://")
            && !schemes.contains(&scheme)
        {
            schemes.push(scheme);
        }
    }
    schemes
}

/// The registrable domain at the end of a host, or of what may be the end of one.
fn owned(host: &str) -> Option<&str> {
    if host == "localhost" || host.ends_with(".localhost") {
        return Some("localhost");
    }
    // The text may begin within a label, or with what is no part of a host; what is behind the
    // first dot is certain.
    registrable_domain(host).or_else(|| registrable_domain(host.split_once('.')?.1))
}

/// The hosts at or beneath each domain, but not those that a public suffix further down gives away:
/// `s3.amazonaws.com` is one.
fn beneath_all(domains: &[&str], serialized: &Serialized) -> Vec<Language> {
    domains.iter().map(|domain| beneath(domain, &serialized.labels)).collect()
}

fn beneath(domain: &str, labels: &Language) -> Language {
    let hosts = Language::concat(vec![labels.clone(), Language::literal(domain.as_bytes())]);
    let suffixes: Vec<Language> = suffixes_below(domain).iter().map(|suffix| listed(suffix)).collect();
    if suffixes.is_empty() {
        return hosts;
    }
    hosts.except(&Language::concat(vec![labels.clone(), Language::union(suffixes)]))
}

/// A public suffix as the list has it: `*.kobe.jp` is any label and `.kobe.jp`.
fn listed(suffix: &str) -> Language {
    match suffix.strip_prefix('*') {
        Some(rest) => Language::concat(vec![pattern("[A-Za-z0-9_-]+"), Language::literal(rest.as_bytes())]),
        None => Language::literal(suffix.as_bytes()),
    }
}

/// Origins of any scheme and port with one of these hosts.
fn with_these(hosts: Vec<Language>, serialized: &Serialized) -> Language {
    Language::concat(vec![serialized.scheme.clone(), Language::union(hosts), serialized.end.clone()])
}
