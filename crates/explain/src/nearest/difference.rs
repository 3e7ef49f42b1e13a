//! In what two origins differ.

use super::origin::{GivenOrigin, Rest};
use crate::explanation::{Difference, Entry};

/// What differs, and how much that weighs.
pub(super) struct Compared {
    pub differs: Vec<Difference>,
    pub cost: u32,
}

/// Compares a refused origin with an accepted one.
pub(super) fn between(refused: &GivenOrigin, accepted: &GivenOrigin) -> Compared {
    let lower = |text: &str| text.to_ascii_lowercase();
    let (refused_host, accepted_host) = (lower(&refused.host), lower(&accepted.host));
    let is_cased_otherwise = |a: &str, b: &str| a != b && a.eq_ignore_ascii_case(b);
    let case =
        is_cased_otherwise(&refused.scheme, &accepted.scheme) || is_cased_otherwise(&refused.host, &accepted.host);
    let port = refused.port != accepted.port || refused.writes_default_port != accepted.writes_default_port;
    let facts = [
        (lower(&refused.scheme) != lower(&accepted.scheme), Difference::Scheme),
        (port, Difference::Port),
        (case, Difference::Case),
        (refused.rest == Rest::Slash, Difference::TrailingSlash),
        (refused.rest == Rest::Other, Difference::Path),
        (refused.trailing_dot != accepted.trailing_dot, Difference::TrailingDot),
    ];
    let mut differs: Vec<Difference> = facts.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    let mut cost = differs.iter().map(|difference| weight(*difference)).sum();
    if refused_host != accepted_host {
        let difference = between_hosts(&refused_host, &accepted_host);
        differs.push(difference);
        cost += weight(difference) + distance_of_hosts(&refused_host, &accepted_host);
    }
    differs.sort();
    Compared { differs, cost }
}

const fn weight(difference: Difference) -> u32 {
    match difference {
        Difference::Case | Difference::TrailingSlash | Difference::Path | Difference::TrailingDot => 1,
        Difference::Port | Difference::Scheme | Difference::Name => 10,
        Difference::Apex => 20,
        Difference::Subdomain => 40,
        Difference::LookAlike => 400,
        Difference::Host => 2000,
    }
}

/// Less than the next weight.
fn distance_of_hosts(a: &str, b: &str) -> u32 {
    let is_short = |host: &str| host.len() <= 64;
    let distance = if is_short(a) && is_short(b) { edits(a.as_bytes(), b.as_bytes()) } else { a.len().max(b.len()) };
    u32::try_from(distance).unwrap_or(u32::MAX).min(300)
}

fn between_hosts(refused: &str, accepted: &str) -> Difference {
    let is_below = |name: &str, base: &str| name.strip_suffix(base).is_some_and(|rest| rest.ends_with('.'));
    let owner = |host| corsac_policy::registrable_domain(host);
    let is_of_one_owner = owner(refused).is_some() && owner(refused) == owner(accepted);
    if is_below(accepted, refused) && (is_of_one_owner || refused == "localhost") {
        Difference::Apex
    } else if is_of_one_owner || is_below(refused, accepted) {
        Difference::Subdomain
    } else if is_near(refused, accepted) || is_dressed_up(refused, accepted) {
        Difference::LookAlike
    } else {
        Difference::Host
    }
}

/// Whether a host of another owner shows the name of the accepted one: `app.example.com.evil.net`,
/// `notexample.com`, `example.net`.
fn is_dressed_up(refused: &str, accepted: &str) -> bool {
    let Some(domain) = corsac_policy::registrable_domain(accepted) else { return false };
    let name = domain.split('.').next().unwrap_or_default();
    refused.contains(domain) || (name.len() > 3 && refused.contains(name))
}

/// Whether one or two letters, inserted, left out or replaced, make one text of the other. A short
/// text is like every other.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    a.len().min(b.len()) > 3 && a.len().abs_diff(b.len()) <= 2 && edits(a.as_bytes(), b.as_bytes()) <= 2
}

/// The Levenshtein distance.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, left) in (1..).zip(a) {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), line);
        let mut before = line;
        for (cell, right) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = replaced.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// One sentence for a person.
pub(super) fn sentence(accepts: &str, entry: &Entry, differs: &[Difference]) -> String {
    let Entry { pointer, entry } = entry;
    let words: Vec<&str> = differs.iter().map(|difference| words(*difference)).collect();
    let is_itself = entry.trim_matches('"') == accepts;
    let accepts = if is_itself { String::new() } else { format!(", which accepts {accepts}") };
    format!(
        "The nearest entry is {entry} ({pointer}){accepts}. The page's origin differs in {}.",
        words.join(" and in ")
    )
}

const fn words(difference: Difference) -> &'static str {
    match difference {
        Difference::Scheme => "its scheme",
        Difference::Port => "its port",
        Difference::Apex => "being the domain itself, not a name below it",
        Difference::Subdomain => "its subdomain",
        Difference::Case => "case",
        Difference::TrailingSlash => "the slash at its end",
        Difference::Path => "being a URL, not an origin",
        Difference::TrailingDot => "a dot at the end of the host",
        Difference::LookAlike => "its host, which only looks alike",
        Difference::Host => "its host",
        Difference::Name => "its letters",
    }
}
