//! From a source's matcher of origins to entries of `allowOrigins`: its evident meaning, and
//! never more.

mod affix;
mod glob;
mod pieces;
mod regex;
mod shape;

pub(crate) use self::affix::{contains, prefix, suffix};
pub(crate) use self::glob::{PortStar, glob};
pub(crate) use self::pieces::Piece;
pub(crate) use self::regex::{Match, path_sequences, regex};

use serde_json::Value as Json;

use self::shape::{Host, Port, Shape};
use super::notes::Notes;
use crate::source::cursor::Word;

/// One entry of `allowOrigins`, with its place in the source.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Json,
    pub(crate) from: Word,
}

/// What decides about an entry beside its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// Whether the policy allows credentials: then what names no scheme is not taken as `http`.
    pub(crate) credentials: bool,
}

/// The entry that allows every origin.
pub(crate) fn any(from: &Word) -> Entry {
    Entry { value: Json::from("*"), from: from.clone() }
}

/// A matcher of one literal origin.
pub(crate) fn exact(word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim();
    if is_placeholder(text) {
        notes.add(word, format!("\"{text}\" is a placeholder that nobody has filled in; it is left out."));
        return Vec::new();
    }
    if matches!(text, "*" | "null") {
        return vec![Entry { value: Json::from(text), from: word.clone() }];
    }
    if text.contains('*') {
        notes.add(
            word,
            format!("\"{text}\" matches no page there, because it is compared as it is; its \"*\" is a wildcard here."),
        );
        return glob(word, PortStar::AndNone, context, notes);
    }
    if text.contains("://") {
        return vec![Entry { value: Json::from(text), from: word.clone() }];
    }
    let (host, port) = split_port(text);
    let port = if port.is_empty() { Port::Absent } else { Port::Number(port.to_owned()) };
    let host = Host::Exact(host.to_owned());
    // The source compares whole origins, so that it never let in `http`.
    let scheme = (!host.is_local()).then(|| "https".to_owned());
    let taken = if host.is_local() { "https and http are" } else { "https is" };
    notes.add(word, format!("\"{text}\" names no scheme, so it matches no page there; {taken} taken."));
    shape::entries(&[Shape { scheme, host, port }], word, context)
}

/// A text as a regular expression that matches it alone.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn without_scheme(word: &Word, notes: &mut Notes) {
    notes.add(
        word,
        format!("\"{}\" names no scheme; https is taken, and http where the policy allows no credentials.", word.text),
    );
}

/// Whether a text waits to be filled in: `${DOMAIN}`, `<your-domain>`, `YOUR_DOMAIN`.
fn is_placeholder(text: &str) -> bool {
    text.contains("${") || text.contains("YOUR_") || (text.contains('<') && text.contains('>'))
}

/// Host and port of what follows `://`; brackets may hold colons.
fn split_port(text: &str) -> (&str, &str) {
    let brackets = text.find(']').filter(|_| text.starts_with('[')).unwrap_or(0);
    match text.rfind(':').filter(|colon| *colon >= brackets) {
        Some(colon) => (text.get(..colon).unwrap_or(text), text.get(colon + 1..).unwrap_or_default()),
        None => (text, ""),
    }
}

/// Whether a host is whole: an address, `localhost`, or a name whose last label may be a
/// top-level domain.
fn is_whole_host(host: &str) -> bool {
    if host == "localhost" || host.ends_with(".localhost") || (host.starts_with('[') && host.ends_with(']')) {
        return true;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let address = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let top = labels.last().is_some_and(|top| top.len() > 1 && top.bytes().all(|byte| byte.is_ascii_alphabetic()));
    address || (labels.len() > 1 && top && labels.iter().all(|label| is_label(label)))
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
