//! What a pattern spells: hosts and registrable domains within its literal strings.

use super::serialized::pattern;
use crate::origin::language::Language;
use crate::origin::public_suffix::{registrable_domain, suffixes_below};

/// What may stand before a domain. The hosts of other schemes than `http` and `https` may have capitals and empty labels.
const LABELS: &str = r"([A-Za-z0-9._-]*\.)?";

/// What the literal strings of a pattern spell.
#[derive(Default)]
pub(super) struct Candidates<'a> {
    /// Whole hosts: from a `//` to the end of the string or to a port.
    hosts: Vec<&'a str>,
    /// Registrable domains that stand behind a `.` or a `//`. `localhost` is one too: nobody else has names beneath it.
    domains: Vec<&'a str>,
    /// Registrable domains with which a string begins. What stands before them in an origin is not certain, so they prove nothing; but
    /// an origin that ends in one is no good example of what is let in.
    bare: Vec<&'a str>,
}

impl<'a> Candidates<'a> {
    pub(super) fn find(literals: &'a [Vec<u8>]) -> Self {
        let mut candidates = Self::default();
        for literal in literals.iter().filter_map(|literal| std::str::from_utf8(literal).ok()) {
            // Within a string only what ends it, or what a port follows, can be the end of a host.
            let colons = literal.match_indices(':').map(|(at, _)| at);
            for end in colons.chain([literal.len()]) {
                let text = literal.get(..end).unwrap_or_default();
                candidates.add_ends_of(text.strip_suffix('.').unwrap_or(text));
            }
        }
        candidates
    }

    /// Takes what stands at the end of `text` behind a `.` or a `//`.
    fn add_ends_of(&mut self, text: &'a str) {
        let (before, host) = text.rsplit_once("//").map_or((None, text), |(before, host)| (Some(before), host));
        if before.is_some() && !host.is_empty() {
            self.hosts.push(host);
        }
        if let Some(domain) = owned(host) {
            let is_spelled = before.is_some() || domain.len() < host.len();
            let domains = if is_spelled { &mut self.domains } else { &mut self.bare };
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
    }

    /// Every origin of which the host, or the registrable domain, is spelled.
    pub(super) fn good(&self) -> Language {
        let mut hosts: Vec<Language> = self.hosts.iter().map(|host| Language::literal(host.as_bytes())).collect();
        hosts.extend(beneath_all(&self.domains));
        with_these(hosts)
    }

    /// Every origin whose host ends, at a label boundary, in what a string begins with.
    pub(super) fn bare(&self) -> Language {
        with_these(beneath_all(&self.bare))
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
    // The text may begin within a label, or with what is no part of a host; what is behind the first dot is certain.
    registrable_domain(host).or_else(|| registrable_domain(host.split_once('.')?.1))
}

/// The hosts at or beneath each domain, but not those that a public suffix further down gives away: `s3.amazonaws.com` is one.
fn beneath_all(domains: &[&str]) -> Vec<Language> {
    domains.iter().map(|domain| beneath(domain)).collect()
}

fn beneath(domain: &str) -> Language {
    let hosts = Language::concat(vec![pattern(LABELS), Language::literal(domain.as_bytes())]);
    let suffixes: Vec<Language> = suffixes_below(domain).iter().map(|suffix| listed(suffix)).collect();
    if suffixes.is_empty() {
        return hosts;
    }
    hosts.except(&Language::concat(vec![pattern(LABELS), Language::union(suffixes)]))
}

/// A public suffix as the list has it: `*.kobe.jp` is any label and `.kobe.jp`.
fn listed(suffix: &str) -> Language {
    match suffix.strip_prefix('*') {
        Some(rest) => Language::concat(vec![pattern("[A-Za-z0-9_-]+"), Language::literal(rest.as_bytes())]),
        None => Language::literal(suffix.as_bytes()),
    }
}

/// Origins of any scheme and port with one of these hosts, or with its absolute form: the dot at the end changes no owner.
fn with_these(hosts: Vec<Language>) -> Language {
    Language::concat(vec![pattern(r"[a-z][a-z0-9+.-]*://"), Language::union(hosts), pattern(r"\.?(:[0-9]+)?")])
}
