//! Origins that a policy may accept and that are like a refused one. The engine has the last word.

use super::origin::GivenOrigin;

/// How many labels of the request's host may be the tenant's.
const MOST_LABELS: usize = 8;

/// The refused origin with one thing or another changed, and, for each entry, the origin that it
/// accepts and that has most in common with the refused one. `host`: the request's, whose label a
/// placeholder (`{tenant}`) may be.
pub(super) fn all<'e>(refused: &GivenOrigin, entries: impl Iterator<Item = &'e str>, host: &str) -> Vec<String> {
    let mut candidates: Vec<String> = variants(refused).iter().map(GivenOrigin::serialized).collect();
    for entry in entries {
        if let Some((before, after)) = around_placeholder(entry) {
            let labels = host.split('.').take(MOST_LABELS);
            candidates.extend(labels.map(|label| of_entry(refused, &format!("{before}{label}{after}"))));
        } else {
            candidates.push(of_entry(refused, entry));
        }
    }
    candidates
}

fn around_placeholder(entry: &str) -> Option<(&str, &str)> {
    let (before, rest) = entry.split_once('{')?;
    rest.split_once('}').map(|(_, after)| (before, after))
}

/// What a matcher (`{"regex": …}`) may accept: its entry cannot be read as an origin.
fn variants(refused: &GivenOrigin) -> Vec<GivenOrigin> {
    let cleaned = refused.cleaned();
    let mut variants = Vec::new();
    for scheme in [&*cleaned.scheme, "https", "http"] {
        for port in [&cleaned.port, &None] {
            for host in hosts(&cleaned.host) {
                let scheme = scheme.to_owned();
                variants.push(GivenOrigin { scheme, port: port.clone(), host, ..cleaned.clone() });
            }
        }
    }
    variants.push(GivenOrigin { trailing_dot: !refused.trailing_dot, ..cleaned });
    variants
}

/// The host, one level up, and one level down.
fn hosts(host: &str) -> impl Iterator<Item = String> {
    let up = host.split_once('.').map(|(_, parent)| parent.to_owned()).filter(|parent| parent.contains('.'));
    [Some(host.to_owned()), up, Some(format!("www.{host}"))].into_iter().flatten()
}

/// The origin that an entry accepts, a pattern's wildcards filled from the refused origin.
fn of_entry(refused: &GivenOrigin, entry: &str) -> String {
    if !entry.contains('*') {
        return entry.to_owned();
    }
    let pattern = GivenOrigin::read(entry);
    let cleaned = refused.cleaned();
    let port = if pattern.port.as_deref() == Some("*") { cleaned.port } else { pattern.port.clone() };
    GivenOrigin { host: fill(&pattern.host, &cleaned.host), port, ..pattern }.serialized()
}

/// A host that the pattern accepts.
fn fill(pattern: &str, host: &str) -> String {
    let Some((before, after)) = pattern.split_once('*') else { return pattern.to_owned() };
    if pattern == "*" {
        return host.to_owned();
    }
    let within = host.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).filter(|it| !it.is_empty());
    // `*.` takes labels, and a `*` beside text takes no dot.
    if let Some(within) = within.filter(|within| pattern.starts_with("*.") || !within.contains('.')) {
        return format!("{before}{within}{after}");
    }
    let first_label = host.split('.').next().filter(|label| !label.is_empty() && label.len() < host.len());
    let is_parent = after.strip_prefix('.').is_some_and(|base| base == host);
    match first_label {
        Some(label) if pattern.starts_with("*.") && !is_parent => format!("{label}{after}"),
        _ if pattern.starts_with("*.") => format!("www{after}"),
        _ => format!("{before}a{after}"),
    }
}
