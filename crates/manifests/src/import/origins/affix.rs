//! Prefixes, suffixes and substrings of origins.

use super::pieces::Sequence;
use super::shape::{self, Host, Port, Shape};
use super::{Context, Entry, any, is_whole_host, split_port};
use crate::import::notes::Notes;
use crate::source::cursor::Word;

/// Origins that begin with a text: whole hosts, any port.
pub(crate) fn prefix(word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "" | "*") {
        return vec![any(word)];
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return scheme_prefix(&text, word, context, notes);
    };
    let shape = |host, port| Shape { scheme: Some(scheme.to_owned()), host, port };
    let (host, port) = split_port(rest);
    let (host, port) = match rest.strip_suffix(':') {
        _ if rest.is_empty() => (Host::Any, Port::Any),
        Some(host) if is_whole_host(host) => (Host::Exact(host.to_owned()), Port::Some),
        None if port.is_empty() && is_whole_host(host) => {
            notes.add(word, format!("The prefix \"{text}\" also lets in {text}.evil.example; the host is taken as a whole, with any port."));
            (Host::Exact(host.to_owned()), Port::Any)
        }
        None if is_whole_host(host) && port.parse::<u16>().is_ok() => {
            notes.add(word, format!("The prefix \"{text}\" is taken as that origin alone."));
            (Host::Exact(host.to_owned()), Port::Number(port.to_owned()))
        }
        _ => {
            if let Some(regex) = address_prefix(rest) {
                (Host::Regex(regex), Port::Any)
            } else {
                notes.add(word, format!("The prefix \"{text}\" ends within a host's name, so it lets in names that anyone can register; it is left out."));
                return Vec::new();
            }
        }
    };
    shape::entries(&[shape(host, port)], word, context)
}

/// A prefix without `://`: `http` is both schemes, and `https` is one.
fn scheme_prefix(text: &str, word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let schemes: &[&str] = match text.trim_end_matches(['/', ':']) {
        "http" if text == "http" => &["https", "http"],
        "http" => &["http"],
        "https" => &["https"],
        _ => {
            notes.add(
                word,
                format!("No origin begins with \"{text}\": an origin begins with its scheme. The entry is left out."),
            );
            return Vec::new();
        }
    };
    let shape = |scheme: &&str| Shape { scheme: Some((*scheme).to_owned()), host: Host::Any, port: Port::Any };
    shape::entries(&schemes.iter().map(shape).collect::<Vec<_>>(), word, context)
}

/// The first numbers of an IPv4 address (`192.168.`) as a regular expression over addresses.
fn address_prefix(rest: &str) -> Option<String> {
    let mut numbers: Vec<&str> = rest.trim_end_matches('.').split('.').collect();
    if numbers == ["192"] {
        // The private addresses that begin so; the others are anyone's.
        numbers.push("168");
    }
    let missing = 4_usize.checked_sub(numbers.len()).filter(|missing| *missing > 0)?;
    let valid = numbers.iter().all(|number| number.parse::<u8>().is_ok());
    valid.then(|| format!("{}{}", numbers.join(r"\."), r"\.[0-9]{1,3}".repeat(missing)))
}

/// Origins that end with a text: whole labels, with the schemes of the web.
pub(crate) fn suffix(word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "" | "*") {
        return vec![any(word)];
    }
    let sequence = Sequence::suffix(&text);
    entries_of(&sequence, "suffix", word, context, notes)
}

/// Origins that contain a text: the host and what is below it.
pub(crate) fn contains(word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "" | "*") {
        return vec![any(word)];
    }
    notes.add(word, format!("\"{text}\" may stand anywhere in an origin there; it is taken as the end of the host."));
    entries_of(&Sequence::suffix(&text), "text", word, context, notes)
}

fn entries_of(sequence: &Sequence, what: &str, word: &Word, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let shapes = sequence.shapes(false, false, word, notes);
    if shapes.is_empty() {
        notes.add(word, format!("The {what} \"{}\" names no host; it is left out.", word.text));
    }
    shape::entries(&shapes, word, context)
}
