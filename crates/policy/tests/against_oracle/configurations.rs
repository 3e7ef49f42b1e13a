//! Texts that are nearly configurations, or not at all. The engine refuses them with a reason, at
//! an existing place, and never panics.

use super::document::Document;
use super::exchanges::policy;
use super::generate::{Twist, twist, twisted, twists};
use corsac_oracle::config::{Configuration, Form, Policy, Rule};
use corsac_oracle::engine::cases;
use corsac_oracle::origin::is_pattern;
use corsac_policy::{Diagnostic, Severity, Tools};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// Compiles a text. Returns whether it was accepted, and all diagnostics.
fn diagnose(text: &[u8]) -> (bool, Vec<Diagnostic>) {
    match corsac_policy::compile(text, &Tools::default()) {
        Ok(compiled) => (true, compiled.warnings),
        Err(rejected) => (false, rejected.diagnostics),
    }
}

/// Checks the properties that the diagnostics of every text have.
fn check(text: &[u8]) -> Result<(), TestCaseError> {
    let (accepted, diagnostics) = diagnose(text);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let shown = text.escape_ascii();
    prop_assert_eq!(accepted, errors == 0, "{} errors, accepted: {}, {}", errors, accepted, shown);
    let document = Document::parse(text);
    prop_assert!(document.is_some() || !accepted, "accepted, but not JSON: {}", shown);
    if let Some(document) = &document {
        let places: Vec<_> = diagnostics.iter().map(|found| document.place(&found.pointer)).collect();
        prop_assert!(places.is_sorted(), "not in document order: {:?}\n{}", diagnostics, shown);
    }
    for found in &diagnostics {
        let resolves = match &document {
            Some(document) => resolves_here_or_above(document, &found.pointer),
            None => found.pointer.is_empty() || found.pointer.starts_with('/'),
        };
        prop_assert!(resolves, "{} points nowhere in {}", found, shown);
        prop_assert!(!found.to_string().contains('\n'), "more than a line: {}", found);
    }
    Ok(())
}

fn resolves_here_or_above(document: &Document, pointer: &str) -> bool {
    let above = pointer.rsplit_once('/').map_or("", |(above, _)| above);
    document.has(pointer) || document.has(above)
}

fn configuration() -> impl Strategy<Value = Configuration> {
    let rule = Rule {
        hosts: Some(vec!["api.test".to_owned(), "*.test:8443".to_owned()]),
        paths: Some(vec!["/v1/*".to_owned()]),
        routes: Some(vec!["legacy".to_owned()]),
        policy: Some("one".to_owned()),
    };
    let many = (policy(), policy()).prop_map(move |(one, two)| Form::Many {
        policies: vec![("one".to_owned(), one), ("two".to_owned(), two)],
        rules: Some(vec![rule.clone(), Rule { policy: Some("two".to_owned()), ..Rule::default() }]),
        policy_from_route_metadata: true,
    });
    let form = prop_oneof![policy().prop_map(Form::Single), many];
    (form, any::<bool>()).prop_map(|(form, debug)| Configuration { form, debug })
}

/// Texts from elsewhere in a configuration, or from nowhere.
fn fragment() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "null",
            "true",
            "0",
            "-1",
            "1e999",
            "1.5",
            "\"\"",
            "[]",
            "{}",
            "\\u0000",
            "\\ud800",
            "\\\"",
            "\"*\"",
            "\"allowOrigins\": null",
            "\"allowOrigins\": \"*\"",
            "\"debug\": 1,",
            "\"policies\": {},",
            "\"rules\": [],",
            "{\"regex\": \"(\"}",
            "{\"prefix\": \"\"}",
            "{\"exact\": \"a\", \"prefix\": \"b\"}",
            "{\"regex\": \"a{1000}{1000}\"}",
            "\"https://A.example/\"",
            "\"cors\": {},",
            "\"allow_origins\": [],",
            "\"maxAge\": \"1w\",",
            "\"policy\": null,",
            "\"acceptRisks\": [\"x\"],",
            "\u{feff}",
            "//",
            "\u{1f98a}",
        ][..],
    )
}

/// A change of a JSON text that keeps much of its shape.
#[derive(Clone, Debug)]
enum Change {
    Twist(Twist),
    Insert(Index, &'static str),
    /// Replaces, doubles or drops one piece between quotes, commas and brackets.
    Piece(Index, &'static str),
    Double(Index),
    Drop(Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => twist().prop_map(Change::Twist),
        2 => (any::<Index>(), fragment()).prop_map(|(at, text)| Change::Insert(at, text)),
        4 => (any::<Index>(), fragment()).prop_map(|(at, text)| Change::Piece(at, text)),
        2 => any::<Index>().prop_map(Change::Double),
        2 => any::<Index>().prop_map(Change::Drop),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(text: &[u8], change: &Change) -> Vec<u8> {
    let is_border = |byte: &u8| b",:[]{}".contains(byte);
    let mut pieces: Vec<Vec<u8>> = text.split_inclusive(is_border).map(<[u8]>::to_vec).collect();
    let count = pieces.len();
    match change {
        Change::Twist(change) => return twisted(text, std::slice::from_ref(change)),
        Change::Cut(at) => return text[..at.index(text.len() + 1)].to_vec(),
        Change::Insert(at, fragment) => pieces.insert(at.index(count + 1), fragment.as_bytes().to_vec()),
        _ if count == 0 => {}
        Change::Piece(at, fragment) => {
            let piece = &mut pieces[at.index(count)];
            let border = piece.pop();
            *piece = fragment.as_bytes().iter().copied().chain(border).collect();
        }
        Change::Double(at) => {
            let piece = pieces[at.index(count)].clone();
            pieces.insert(at.index(count), piece);
        }
        Change::Drop(at) => {
            pieces.remove(at.index(count));
        }
    }
    pieces.concat()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn random_bytes_are_refused_with_a_reason(text in vec(any::<u8>(), 0..64)) {
        check(&text)?;
        prop_assert!(!diagnose(&text).0);
    }

    #[test]
    fn fragments_of_json_are_refused_with_a_reason(fragments in vec(fragment(), 0..12)) {
        check(fragments.concat().as_bytes())?;
    }

    #[test]
    fn a_changed_configuration_is_accepted_or_refused_with_a_reason_at_a_place(
        configuration in configuration(),
        changes in vec(change(), 1..5),
    ) {
        let text = configuration.json().into_bytes();
        let text = changes.iter().fold(text, |text, change| changed(&text, change));
        check(&text)?;
    }

    #[test]
    fn any_one_bad_value_is_reported_at_its_place(
        configuration in configuration(),
        place in any::<Index>(),
        value in select(&["null", "true", "-1", "\"\"", "\"x y\"", "[]", "{}"][..]),
    ) {
        let mut document: Value = serde_json::from_str(&configuration.json()).unwrap();
        let mut pointers = vec![];
        all_pointers(&document, "", &mut pointers);
        let pointer = &pointers[place.index(pointers.len())];
        *document.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
        check(document.to_string().as_bytes())?;
        let (accepted, diagnostics) = diagnose(document.to_string().as_bytes());
        let near = |found: &Diagnostic| {
            let above = pointer.rsplit_once('/').map_or("", |(above, _)| above);
            found.pointer.starts_with(above)
        };
        prop_assert!(accepted || diagnostics.iter().any(near), "{:?} in {}", pointer, document);
    }
}

fn all_pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                all_pointers(value, &format!("{here}/{at}"), found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                all_pointers(value, &format!("{here}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// A good or bad entry of `allowOrigins`.
fn entry() -> impl Strategy<Value = String> {
    let good = select(
        &[
            "*",
            "null",
            "file://",
            "https://a.example",
            "http://localhost:3000",
            "https://*.example.com",
            "https://*",
            "https://*:*",
            "https://*:8443",
            "https://a.example:*",
            "https://[::1]:8080",
            "http://127.0.0.1",
            "app://X_y",
            "https://a.example.",
            "https://*.co.uk:1",
        ][..],
    );
    (good, twists()).prop_filter_map("only texts go into JSON", |(good, twists)| {
        String::from_utf8(twisted(good.as_bytes(), &twists)).ok()
    })
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn exactly_the_entries_that_no_origin_can_match_are_invalid_origins(entries in vec(entry(), 1..6)) {
        use corsac_oracle::config::Pattern;
        let allow_origins = entries.iter().cloned().map(Pattern::Text).collect();
        let policy = Policy { allow_origins, ..Policy::default() };
        let json = Configuration::single(policy).json();
        check(json.as_bytes())?;
        let (_, diagnostics) = diagnose(json.as_bytes());
        for (at, entry) in entries.iter().enumerate() {
            let pointer = format!("/allowOrigins/{at}");
            let is_it = |found: &&Diagnostic| matches!(found.code.as_str(), "invalid-origin" | "unfilled-placeholder");
            let found = diagnostics.iter().filter(is_it).find(|found| found.pointer == pointer);
            prop_assert_eq!(found.is_none(), is_pattern(entry), "{:?}: {:?}", entry, found.map(ToString::to_string));
            if let Some(suggestion) = found.and_then(|found| found.suggestion.as_ref()) {
                let suggested: Result<Vec<serde_json::Value>, _> = serde_json::from_str(&format!("[{suggestion}]"));
                let is_sound = |entry: &serde_json::Value| entry.as_str().is_none_or(is_pattern);
                prop_assert!(suggested.is_ok_and(|all| all.iter().all(is_sound)), "{:?} suggests {}", entry, suggestion);
            }
        }
    }
}
