//! Entries with `*` as people write them: `https://*.example.com`, `*.example.com`,
//! `http://localhost:*`, `https://app-*.example.com`.

use super::shape::{self, Host, Port, Shape};
use super::{Context, Entry, any, is_placeholder, split_port, without_scheme};
use crate::import::notes::Notes;
use crate::source::cursor::Word;

/// What `:*` means in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortStar {
    /// Any port, and none.
    AndNone,
    /// Any port, which has to be there.
    Required,
}

/// Whether a text is a glob, where the source reads a regular expression: such a text has a `*`
/// that repeats nothing sensible.
pub(crate) fn is_glob(text: &str) -> bool {
    if text.contains(['\\', '(', '^', '$', '+', '|', '?']) || text.contains(".*") || text == "*" {
        return false;
    }
    text.contains('*')
}

/// The entries of a glob. A `*` is a wildcard within the host, or for the port.
pub(crate) fn glob(word: &Word, star: PortStar, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim().to_ascii_lowercase();
    if is_placeholder(&word.text) {
        notes.add(word, format!("\"{}\" is a placeholder that nobody has filled in; it is left out.", word.text));
        return Vec::new();
    }
    if matches!(text.as_str(), "*" | "**") {
        return vec![any(word)];
    }
    let (scheme, rest) = match text.split_once("://") {
        Some(("*" | "http*" | "http(s)", rest)) => (None, rest),
        Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
        None => {
            without_scheme(word, notes);
            (None, text.as_str())
        }
    };
    let rest = rest.trim_end_matches('/');
    let (host, port) = split_host(rest);
    let Some(ports) = ports(port, star) else {
        notes.add(word, format!("\"{text}\" has no port that can be read; the entry is left out."));
        return Vec::new();
    };
    let hosts = hosts(host, word, notes);
    let shape = |host: &Host, port: &Port| Shape { scheme: scheme.clone(), host: host.clone(), port: port.clone() };
    let shapes: Vec<Shape> = hosts.iter().flat_map(|host| ports.iter().map(move |port| shape(host, port))).collect();
    shape::entries(&shapes, word, context)
}

/// Splits host and port; Spring's list of ports stands in brackets.
fn split_host(rest: &str) -> (&str, &str) {
    match rest.split_once(":[") {
        Some((host, ports)) if ports.ends_with(']') && !host.is_empty() => (host, ports.trim_end_matches(']')),
        _ => split_port(rest),
    }
}

fn ports(port: &str, star: PortStar) -> Option<Vec<Port>> {
    match port {
        "" => Some(vec![Port::Absent]),
        "*" if star == PortStar::Required => Some(vec![Port::Some]),
        "*" => Some(vec![Port::Any]),
        list => {
            let number = |port: &str| port.trim().parse::<u16>().ok().map(|port| Port::Number(port.to_string()));
            list.split(',').map(number).collect()
        }
    }
}

fn hosts(host: &str, word: &Word, notes: &mut Notes) -> Vec<Host> {
    if host == "*" {
        return vec![Host::Any];
    }
    if !host.contains('*') {
        return vec![Host::Exact(host.to_owned())];
    }
    if let Some(base) = host.strip_prefix("*.")
        && !base.contains('*')
    {
        return vec![Host::Subdomains(base.to_owned())];
    }
    if let Some(base) = host.strip_prefix('*')
        && base.contains('.')
        && !base.contains('*')
        && !base.starts_with('-')
    {
        notes.add(word, format!("\"{}\" also matches other names that end alike, such as evil{base}; only {base} and what is below it are taken.", word.text));
        return vec![Host::Exact(base.to_owned()), Host::Subdomains(base.to_owned())];
    }
    if let Some(regex) = regex(host) {
        vec![Host::Regex(regex)]
    } else {
        notes.add(word, format!("\"{}\" has its \"*\" where no host can be told; the entry is left out.", word.text));
        Vec::new()
    }
}

/// Top-level domains, and the second-level ones of countries: what `example.*` means.
pub(super) const TOP_LEVEL: &str = r"([a-z]{2,}|(co|com|net|org)\.[a-z]{2})";

/// A host with `*` in it as a regular expression. `None` where nothing but wildcards is left.
fn regex(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.len().checked_sub(1)?;
    if labels.iter().all(|label| label.contains('*')) {
        return None;
    }
    let mut written = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        // With two labels after it a star may hold dots: the names are the owner's all the same.
        let owned = index + 2 < labels.len();
        written.push(match *label {
            "*" if index == 0 => "[a-z0-9._-]+".to_owned(),
            "*" if index == last => TOP_LEVEL.to_owned(),
            "*" if owned => "[a-z0-9._-]+".to_owned(),
            "*" => "[a-z0-9_-]+".to_owned(),
            label => in_label(label, if owned { "[a-z0-9._-]*" } else { "[a-z0-9-]*" }),
        });
    }
    Some(written.join(r"\."))
}

fn in_label(label: &str, star: &str) -> String {
    let parts: Vec<String> = label.split('*').map(super::escape).collect();
    parts.join(star)
}
