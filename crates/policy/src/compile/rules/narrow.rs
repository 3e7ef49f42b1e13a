//! Warnings about entries that govern next to nothing.

use crate::config::{RuleConfig, Several};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::rules::{HostPattern, PathPattern, Rule};

/// What no path that is meant letter by letter is likely to hold.
const OF_PATTERNS: &[&str] = &[".+", "(.", "(?", "[^", "[0-9", "[a-z", "[A-Z"];

/// Warns of all of them; `rules` are the compiled ones, with the places of `several.rules`.
pub(super) fn warn(rules: &[(usize, Rule)], several: &Several<'_>, place: &Place<'_>, report: &mut Report) {
    for (position, ((index, rule), (_, config))) in rules.iter().zip(&several.rules).enumerate() {
        let place = place.index(*index);
        warn_of_hosts(rule, config, &place.key("hosts"), report);
        let later = rules.get(position + 1..).unwrap_or_default();
        let place = place.key("paths");
        for (pattern, (index, text)) in entries(rule.paths.as_ref(), config.paths.as_ref()) {
            warn_of_path(text, pattern, rule, later, &place.index(*index), report);
        }
    }
}

/// Each compiled entry of a list with its place and text.
fn entries<'l, 'v, T>(
    compiled: Option<&'l Vec<T>>,
    written: Option<&'l Vec<(usize, &'v str)>>,
) -> impl Iterator<Item = (&'l T, &'l (usize, &'v str))> {
    compiled.into_iter().flatten().zip(written.into_iter().flatten())
}

fn warn_of_hosts(rule: &Rule, config: &RuleConfig<'_>, place: &Place<'_>, report: &mut Report) {
    for (host, (index, _)) in entries(rule.hosts.as_ref(), config.hosts.as_ref()) {
        if let Some(port) = HostPattern::default_port(host) {
            let scheme = if port == 443 { "https" } else { "http" };
            let sentence = format!(
                "Browsers leave out the port {port} of {scheme}, so this matches next to nothing that they send; a host without a port matches every port."
            );
            report.warn(Code::DefaultPort, &place.index(*index), sentence);
        }
    }
}

fn warn_of_path(
    text: &str,
    pattern: &PathPattern,
    rule: &Rule,
    later: &[(usize, Rule)],
    place: &Place<'_>,
    report: &mut Report,
) {
    if let Some(base) = text.strip_suffix('/') {
        let prefix = format!("{base}/*");
        if is_meant_as_prefix(base, &prefix, rule, later) {
            report.warn_with_fix(Code::PathMatchesItself, place, sentence_on_slash(base), Some(quoted(&prefix)));
        }
    } else if looks_like_a_pattern(text) {
        let sentence = "Paths are compared letter by letter, so this matches only itself; rules know \"/v1\", and \"/v1/*\" for /v1 and all below it.";
        report.warn(Code::PathMatchesItself, place, sentence);
    }
    if pattern.has_other_readings() {
        let sentence = "Servers read this path as another one, too, so its requests are refused wherever the other one has another policy.";
        report.warn(Code::AmbiguousPath, place, sentence);
    }
}

fn sentence_on_slash(base: &str) -> String {
    if base.is_empty() {
        "This matches the root alone, and nothing below it; where that is meant, a later rule for all else shows it."
            .to_owned()
    } else {
        format!(
            "This matches \"{base}/\" alone, and nothing below it; where that is meant, list {} beside it, which is the same path to many servers.",
            quoted(base)
        )
    }
}

/// Whether nothing speaks against it: the path without its slash beside it, or a later rule that
/// would never be reached.
fn is_meant_as_prefix(base: &str, prefix: &str, rule: &Rule, later: &[(usize, Rule)]) -> bool {
    let parsed = |text: &str| PathPattern::parse(text).ok();
    let Some(prefix) = parsed(prefix) else { return false };
    let is_beside = |pattern: &PathPattern| *pattern == prefix || Some(pattern) == parsed(base).as_ref();
    !rule.paths.iter().flatten().any(is_beside) && !later.iter().any(|(_, later)| rule.would_cover(&prefix, later))
}

fn looks_like_a_pattern(text: &str) -> bool {
    let is_parameter =
        |segment: &str| segment.strip_prefix(':').is_some_and(|name| name.starts_with(char::is_alphabetic));
    text.ends_with('$') || text.split('/').any(is_parameter) || OF_PATTERNS.iter().any(|part| text.contains(part))
}
