//! A regular expression as sequences of literal text and wildcards, and the shapes that they mean.

use super::glob::TOP_LEVEL;
use super::shape::{Host, Port, Shape};
use super::{is_whole_host, split_port, without_scheme};
use crate::import::notes::Notes;
use crate::source::cursor::Word;

/// A part of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// `.*` or `.+`
    Any,
    /// `\d+`, `[0-9]{1,5}` and the like: a port, after a colon.
    Digits(String),
    /// Any other expression, as it is to be written.
    Other(String),
    Start,
    End,
}

/// One of the alternatives of a matcher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence(pub(super) Vec<Piece>);

impl Sequence {
    /// Anything, then the text.
    pub(super) fn suffix(text: &str) -> Self {
        Self(vec![Piece::Any, Piece::Text(text.to_owned())])
    }

    /// Appends, joining neighbouring texts.
    pub(super) fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            (Some(Piece::Any), Piece::Any) => {}
            (_, piece) => self.0.push(piece),
        }
    }

    /// Whether the sequence allows every origin: nothing but wildcards.
    pub(super) fn is_any(&self) -> bool {
        let significant = |piece: &&Piece| !matches!(piece, Piece::Start | Piece::End);
        let mut pieces = self.0.iter().filter(significant);
        pieces.next() == Some(&Piece::Any) && pieces.next().is_none()
    }

    /// Whether the sequence names a scheme, or may begin with anything.
    pub(super) fn names_scheme(&self) -> bool {
        let mut pieces = self.0.iter().filter(|piece| **piece != Piece::Start);
        match pieces.next() {
            Some(Piece::Text(text)) => text.contains("://") || matches!(pieces.next(), Some(Piece::Any)),
            Some(Piece::Any) => true,
            _ => false,
        }
    }

    pub(super) fn starts_anchored(&self) -> bool {
        self.0.first() == Some(&Piece::Start)
    }

    pub(super) fn ends_anchored(&self) -> bool {
        self.0.last() == Some(&Piece::End)
    }

    /// What the sequence means; nothing where it cannot be told.
    /// `from_start`: nothing may precede it in the origin. `open_end`: whatever follows, the
    /// source lets it in.
    pub(super) fn shapes(&self, from_start: bool, open_end: bool, word: &Word, notes: &mut Notes) -> Vec<Shape> {
        let mut pieces = self.0.clone();
        pieces.retain(|piece| !matches!(piece, Piece::Start | Piece::End));
        strip_path(&mut pieces);
        let (scheme, leading) = take_scheme(&mut pieces);
        let port = take_port(&mut pieces);
        if let (Leading::Host, true, Some(Piece::Text(_) | Piece::Other(_))) = (leading, from_start, pieces.first()) {
            return unmatched(&pieces, port, word, notes);
        }
        if leading != Leading::Scheme {
            without_scheme(word, notes);
        }
        let hosts = hosts(&pieces, leading, port == Port::Absent, word, notes);
        hosts
            .into_iter()
            .map(|(host, any_port)| {
                let free = any_port || (open_end && port == Port::Absent && host.is_local());
                let port = if free { Port::Any } else { port.clone() };
                Shape { scheme: scheme.clone(), host, port }
            })
            .collect()
    }
}

/// A sequence that begins with the host at the start of the origin: no page's origin matches it.
fn unmatched(pieces: &[Piece], port: Port, word: &Word, notes: &mut Notes) -> Vec<Shape> {
    let host = match pieces {
        [Piece::Text(host)] if is_whole_host(host) => Host::Exact(host.clone()),
        _ => match written(pieces, Leading::Host).filter(|_| !matches!(pieces.last(), Some(Piece::Any))) {
            Some(regex) => Host::Regex(regex),
            None => return Vec::new(),
        },
    };
    let scheme = (!host.is_local()).then(|| "https".to_owned());
    let taken = if host.is_local() { "https and http are" } else { "https is" };
    notes.add(word, format!("\"{}\" names no scheme, so it matches no page there; {taken} taken.", word.text));
    vec![Shape { scheme, host, port }]
}

/// How a sequence begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leading {
    Scheme,
    /// With the host, or in the middle of it.
    Host,
}

/// Cuts a path off: no origin has one.
fn strip_path(pieces: &mut Vec<Piece>) {
    if matches!(pieces.as_slice(), [.., Piece::Text(text), Piece::Any] if text.ends_with('/') && !text.ends_with("//"))
    {
        pieces.pop();
    }
    if let [.., Piece::Text(text)] = pieces.as_mut_slice()
        && text.ends_with('/')
        && !text.ends_with("//")
    {
        text.pop();
    }
}

/// Cuts the scheme off, if there is one.
fn take_scheme(pieces: &mut Vec<Piece>) -> (Option<String>, Leading) {
    // `http.*example.com`: the rest of the scheme is in the wildcard.
    if matches!(pieces.as_slice(), [Piece::Text(text), Piece::Any, Piece::Text(_), ..] if matches!(text.as_str(), "http" | "https" | "https:" | "http:" | "https:/" | "http:/"))
    {
        pieces.remove(0);
        return (None, Leading::Scheme);
    }
    let any_scheme =
        matches!(pieces.as_slice(), [Piece::Any | Piece::Other(_), Piece::Text(text), ..] if text.starts_with("://"));
    if any_scheme {
        pieces.remove(0);
    }
    let Some(Piece::Text(text)) = pieces.first_mut() else { return (None, Leading::Host) };
    let Some((scheme, rest)) = text.split_once("://") else { return (None, Leading::Host) };
    let scheme = (!scheme.is_empty()).then(|| scheme.to_owned());
    *text = rest.to_owned();
    if text.is_empty() {
        pieces.remove(0);
    }
    (scheme, Leading::Scheme)
}

/// Cuts the port off, if there is one.
fn take_port(pieces: &mut Vec<Piece>) -> Port {
    let wild =
        matches!(pieces.as_slice(), [.., Piece::Text(text), Piece::Digits(_) | Piece::Any] if text.ends_with(':'));
    if wild {
        pieces.pop();
    }
    let Some(Piece::Text(text)) = pieces.last_mut() else { return Port::Absent };
    if wild {
        text.pop();
        return Port::Some;
    }
    let (host, port) = split_port(text);
    if port.is_empty() || port.parse::<u16>().is_err() {
        return Port::Absent;
    }
    let port = Port::Number(port.to_owned());
    *text = host.to_owned();
    if text.is_empty() {
        pieces.pop();
    }
    port
}

/// The hosts, each with whether any port may follow.
fn hosts(pieces: &[Piece], leading: Leading, free_port: bool, word: &Word, notes: &mut Notes) -> Vec<(Host, bool)> {
    match pieces {
        [Piece::Any] => vec![(Host::Any, free_port)],
        [Piece::Text(host)] if leading == Leading::Scheme => vec![(Host::Exact(host.clone()), false)],
        [Piece::Text(host)] => below(host, word, notes),
        [Piece::Any, Piece::Text(base)] if !base.starts_with('-') => below(base, word, notes),
        [Piece::Text(text), ..] if leading == Leading::Host && text.starts_with('.') => {
            let open = [&[Piece::Any], pieces].concat();
            hosts(&open, leading, free_port, word, notes)
        }
        [Piece::Text(host), Piece::Any] if is_whole_host(host) => {
            notes.add(
                word,
                format!(
                    "What follows {host} is open there, so {host}.evil.example is let in; only a port may follow here."
                ),
            );
            vec![(Host::Exact(host.clone()), free_port)]
        }
        [Piece::Any, Piece::Text(base), Piece::Any]
            if !base.starts_with('-') && is_whole_host(base.trim_start_matches('.')) =>
        {
            notes.add(word, format!("What follows {base} is open there; only a port may follow here."));
            below(base, word, notes).into_iter().map(|(host, _)| (host, free_port)).collect()
        }
        [before @ .., Piece::Any] if matches!(before.last(), Some(Piece::Text(end)) if is_whole_host(end.trim_start_matches(['.', '-']))) =>
        {
            notes
                .add(word, format!("What follows the host is open in \"{}\"; only a port may follow here.", word.text));
            written(before, leading).map(|regex| (Host::Regex(regex), free_port)).into_iter().collect()
        }
        [.., Piece::Any] => open_end(pieces, word, notes),
        _ => written(pieces, leading).map(|regex| (Host::Regex(regex), false)).into_iter().collect(),
    }
}

/// `.example.com`: what is below it; `example.com`: itself and what is below it.
fn below(text: &str, word: &Word, notes: &mut Notes) -> Vec<(Host, bool)> {
    if let Some(base) = text.strip_prefix('.') {
        return vec![(Host::Subdomains(base.to_owned()), false)];
    }
    if text.is_empty() {
        return vec![(Host::Any, false)];
    }
    let host = text.trim_start_matches('/');
    if !host.contains('.') && !is_whole_host(host) {
        return Vec::new();
    }
    if text.starts_with('/') {
        return vec![(Host::Exact(host.to_owned()), false)];
    }
    notes.add(word, format!("\"{}\" also matches other names that end alike, such as evil{text}; only {text} and what is below it are taken.", word.text));
    vec![(Host::Exact(text.to_owned()), false), (Host::Subdomains(text.to_owned()), false)]
}

/// A host whose end is open: `example.` and anything is a choice of top-level domains.
fn open_end(pieces: &[Piece], word: &Word, notes: &mut Notes) -> Vec<(Host, bool)> {
    if let [before @ .., Piece::Text(text), Piece::Any] = pieces
        && let Some(text) = text.strip_suffix('.')
    {
        let mut closed = before.to_vec();
        closed.push(Piece::Text(format!("{text}.")));
        closed.push(Piece::Other(TOP_LEVEL.to_owned()));
        notes.add(
            word,
            format!("\"{}\" leaves the end of the host open; it is closed as a top-level domain.", word.text),
        );
        return written(&closed, Leading::Scheme).map(|regex| (Host::Regex(regex), false)).into_iter().collect();
    }
    notes.add(
        word,
        format!(
            "\"{}\" leaves the end of the host open, so it lets in names that anyone can register; it is left out.",
            word.text
        ),
    );
    Vec::new()
}

/// The pieces as one regular expression over the host.
fn written(pieces: &[Piece], leading: Leading) -> Option<String> {
    let mut regex = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => regex.push_str(&super::escape(text)),
            // Within a host: neither a port nor a slash.
            Piece::Any => regex.push_str("[a-z0-9._-]*"),
            Piece::Digits(written) | Piece::Other(written) => regex.push_str(written),
            Piece::Start | Piece::End => return None,
        }
    }
    // Without a scheme only what begins with a name can be put after one.
    (!regex.is_empty()
        && (leading == Leading::Scheme
            || matches!(pieces.first(), Some(Piece::Text(_) | Piece::Other(_) | Piece::Any))))
    .then_some(regex)
}
