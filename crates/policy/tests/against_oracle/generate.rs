//! Generators that several properties share.

use corsac_oracle::choice::{Metadata, Route, Target};
use corsac_oracle::config::{Pattern, Policy};
use corsac_oracle::wire::{Exchange, Headers, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A policy that allows exactly these patterns.
pub fn allowing(patterns: Vec<Pattern>) -> Policy {
    Policy { allow_origins: patterns, ..Policy::default() }
}

/// A cross-origin GET from this origin, on a route without a name.
pub fn actual_from(origin: &[u8]) -> Exchange {
    let route = Route { name: Some(vec![]), metadata: Metadata::Absent };
    Exchange {
        request: Request {
            method: "GET".to_owned(),
            target: Target { authority: Some(b"api.test".to_vec()), path: Some(b"/".to_vec()) },
            headers: vec![("origin".to_owned(), origin.to_vec())],
        },
        request_route: route.clone(),
        response_route: route,
        upstream: vec![],
        meddling: vec![],
    }
}

/// Whether an answer lets the request's origin read the response.
pub fn lets_in(headers: &Headers) -> bool {
    headers.iter().any(|(name, _)| name == "access-control-allow-origin")
}

/// One small change to a text, as attackers and typos make it.
#[derive(Clone, Debug)]
pub enum Twist {
    Delete(Index),
    Insert(Index, u8),
    Replace(Index, u8),
    FlipCase(Index),
    /// `a.example.com` becomes `aexample.com`, `https://a` becomes `https:/a`.
    DropPunctuation(Index),
    /// A label, port, scheme or tail from elsewhere.
    Splice(Index, &'static str),
    Prepend(&'static str),
    Append(&'static str),
    /// Replaces a part such as `https://` with another text.
    Swap(&'static str, &'static str),
}

/// Any one of the changes.
pub fn twist() -> impl Strategy<Value = Twist> {
    let byte = || prop_oneof![select(&b"aez019.-_:/*@[]%\\ #?,;A\x00\x7f\x80\xff"[..]), any::<u8>()];
    let tail = select(
        &[
            "",
            ".",
            "..",
            "/",
            ":",
            ":*",
            ":0",
            ":80",
            ":443",
            ":080",
            ":8443",
            ":65535",
            ":65536",
            ".evil.org",
            "evil",
            "-",
            "?",
            "#",
            "/path",
            ",https://evil.org",
            " ",
        ][..],
    );
    let splice =
        select(&["evil", "evil.", ".", "a.", "-", "xn--", "@", "u@", "1", ".1", ".0x1", "null", "\u{e9}", "%2e"][..]);
    let swap = select(
        &[
            ("https://", "http://"),
            ("http://", "https://"),
            ("https://", "HTTPS://"),
            ("https://", "//"),
            ("https://", "app://"),
            ("https:", "https"),
            ("://", ":/"),
            ("://", ":///"),
            ("://", "://."),
            (":8443", ""),
            (":8443", ":443"),
            (":", ":1"),
            (".", ""),
            (".", ".."),
            (".", "-"),
            ("a", "b"),
            ("com", "org"),
        ][..],
    );
    prop_oneof![
        any::<Index>().prop_map(Twist::Delete),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Twist::Insert(at, byte)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Twist::Replace(at, byte)),
        any::<Index>().prop_map(Twist::FlipCase),
        any::<Index>().prop_map(Twist::DropPunctuation),
        (any::<Index>(), splice).prop_map(|(at, text)| Twist::Splice(at, text)),
        select(&["https://", "evil", " ", "x"][..]).prop_map(Twist::Prepend),
        tail.prop_map(Twist::Append),
        swap.prop_map(|(from, to)| Twist::Swap(from, to)),
    ]
}

/// Usually no change, otherwise up to three.
pub fn twists() -> impl Strategy<Value = Vec<Twist>> {
    prop_oneof![2 => Just(vec![]), 3 => vec(twist(), 1), 1 => vec(twist(), 2..4)]
}

/// The text after all the changes.
pub fn twisted(text: &[u8], twists: &[Twist]) -> Vec<u8> {
    let mut text = text.to_vec();
    for twist in twists {
        apply(twist, &mut text);
    }
    text
}

fn apply(twist: &Twist, text: &mut Vec<u8>) {
    let length = text.len();
    match *twist {
        Twist::Delete(at) if length > 0 => {
            text.remove(at.index(length));
        }
        Twist::Insert(at, byte) => text.insert(at.index(length + 1), byte),
        Twist::Replace(at, byte) if length > 0 => text[at.index(length)] = byte,
        Twist::FlipCase(at) if length > 0 => {
            let byte = &mut text[at.index(length)];
            *byte = if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        }
        Twist::DropPunctuation(at) => {
            let places: Vec<usize> = (0..length).filter(|&i| text[i].is_ascii_punctuation()).collect();
            if !places.is_empty() {
                text.remove(places[at.index(places.len())]);
            }
        }
        Twist::Splice(at, piece) => {
            let at = at.index(length + 1);
            text.splice(at..at, piece.bytes());
        }
        Twist::Prepend(piece) => {
            text.splice(0..0, piece.bytes());
        }
        Twist::Append(piece) => text.extend(piece.bytes()),
        Twist::Swap(from, to) => {
            if let Some(at) = text.windows(from.len()).position(|window| window == from.as_bytes()) {
                text.splice(at..at + from.len(), to.bytes());
            }
        }
        Twist::Delete(_) | Twist::Replace(..) | Twist::FlipCase(_) => {}
    }
}
