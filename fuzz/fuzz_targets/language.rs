//! Compares regexes with regex-automata. The input is one regex a line, a blank line, then one text
//! a line.
//!
//! The first comparison is of the algebra alone. It asks derivatives and the compiled table about a
//! regex and about the union, intersection, complement and difference of two. It runs every claim
//! that a language is empty, and every witness that it is not. The second comparison is through the
//! whole engine, which adds the grammar of origins.
#![no_main]

use corsac_fuzz::regex::Whole;
use corsac_fuzz::{allowing, compile, lets_in, near, text};
use corsac_oracle::config::{Configuration, Pattern};
use corsac_oracle::origin::is_origin;
use libfuzzer_sys::fuzz_target;

use regular_language::{Language, Limits, Table, contains, syntax, witness};

/// The limit on neighbours of witnesses that are asked.
const MOST_NEAR: usize = 32;
/// The limit on steps of derivation for one witness.
const BUDGET: usize = 20_000;

struct Taken {
    text: String,
    language: Language,
    reference: Whole,
}

fuzz_target!(|data: &[u8]| {
    let (regexes, texts) = text::halves(data);
    let taken: Vec<Taken> = regexes.into_iter().take(2).filter_map(take).collect();
    if taken.is_empty() {
        return;
    }
    let mut texts: Vec<Vec<u8>> = texts.into_iter().take(8).map(<[u8]>::to_vec).collect();
    texts.push(vec![]);
    let near = witnesses(&taken);
    // A selection, because each is asked of ten languages.
    texts.extend(near.iter().step_by(1 + near.len() / MOST_NEAR).cloned());
    check_algebra(&taken, &texts);
    check_engine(&taken, &texts);
});

/// A regex that the engine accepts must also be one for regex-automata.
fn take(line: &[u8]) -> Option<Taken> {
    let text = std::str::from_utf8(line).ok().filter(|text| text.len() <= 60)?.to_owned();
    let language = syntax::parse(&text).ok()?.language;
    // The limits of the two differ. Both must agree that the text is a regex.
    let reference = Whole::new(&text)?;
    Some(Taken { text, language, reference })
}

/// Pairs of neighbours, each as a language and as regex-automata's matchers.
type Derived<'a> = (&'static str, Language, Box<dyn Fn(&[u8]) -> bool + 'a>);

fn derived(taken: &[Taken]) -> Vec<Derived<'_>> {
    let mut all: Vec<Derived<'_>> = Vec::new();
    for (index, one) in taken.iter().enumerate() {
        let other = taken.get(index + 1).unwrap_or(one);
        let (a, b) = (|text: &[u8]| one.reference.matches(text), |text: &[u8]| other.reference.matches(text));
        all.push(("itself", one.language.clone(), Box::new(a)));
        all.push(("its complement", one.language.complement(), Box::new(move |text| !a(text))));
        let both = vec![one.language.clone(), other.language.clone()];
        all.push(("the union", Language::union(both.clone()), Box::new(move |text| a(text) || b(text))));
        all.push(("the intersection", Language::intersection(both), Box::new(move |text| a(text) && b(text))));
        all.push(("the difference", one.language.except(&other.language), Box::new(move |text| a(text) && !b(text))));
    }
    all
}

fn witnesses(taken: &[Taken]) -> Vec<Vec<u8>> {
    let found = derived(taken).into_iter().filter_map(|(what, language, reference)| {
        let found = witness(&language, BUDGET).ok()??;
        assert!(reference(&found), "the witness {} of {what}", found.escape_ascii());
        Some(found)
    });
    found.flat_map(|found| near::near(&String::from_utf8_lossy(&found))).collect()
}

fn check_algebra(taken: &[Taken], texts: &[Vec<u8>]) {
    let limits = Limits { work: 100_000, ..Limits::default() };
    for (what, language, reference) in derived(taken) {
        let table = Table::compile(&[language.clone()], &limits).ok();
        let is_empty = witness(&language, BUDGET) == Ok(None);
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.len() < 200) {
            // The algebra ends at 0x7f.
            let expected = text.is_ascii() && reference(text);
            let shown = || {
                format!(
                    "{} in {what} of {:?}",
                    text.escape_ascii(),
                    taken.iter().map(|taken| &taken.text).collect::<Vec<_>>()
                )
            };
            if let Some(table) = &table {
                assert_eq!(table.matches(text), expected, "{} by the table", shown());
            }
            // This is slow, and the table is built from it: a few texts are enough.
            if table.is_some() && index < 6 {
                assert_eq!(contains(&language, text), expected, "{} by derivatives", shown());
            }
            assert!(!(is_empty && expected), "{} is claimed to be empty", shown());
        }
    }
    let all: Vec<Language> = taken.iter().map(|taken| taken.language.clone()).collect();
    if let Ok(table) = Table::compile(&all, &limits) {
        for text in texts {
            let expected = text.is_ascii() && taken.iter().any(|taken| taken.reference.matches(text));
            assert_eq!(table.matches(text), expected, "{} in one table of all", text.escape_ascii());
        }
    }
}

fn check_engine(taken: &[Taken], texts: &[Vec<u8>]) {
    let patterns = taken.iter().map(|taken| Pattern::Regex(taken.text.clone())).collect();
    let json = Configuration::single(allowing(patterns)).json();
    let Ok(compiled) = compile(&json) else { return };
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let matched = text.is_ascii() && taken.iter().any(|taken| taken.reference.matches(text));
        let is_origin =
            std::str::from_utf8(text).is_ok_and(|text| is_origin(text) || text == "null" || text == "file://");
        assert_eq!(lets_in(&compiled.policies, text), matched && is_origin, "{} by {json}", text.escape_ascii());
    }
    check_loose_example(taken);
}

/// The example in a warning about a loose regex is an origin that the regex lets in.
fn check_loose_example(taken: &[Taken]) {
    for taken in taken {
        let entry = Pattern::Regex(taken.text.clone()).json();
        let Err(rejected) = compile(&format!("{{\"allowOrigins\": [{entry}], \"allowCredentials\": true}}")) else {
            continue;
        };
        for found in rejected.diagnostics {
            let Some((_, after)) = found.sentence.split_once("This lets in \"") else { continue };
            let example = after.split('"').next().unwrap_or_default();
            assert!(
                is_origin(example) && taken.reference.matches(example.as_bytes()),
                "{:?}: {}",
                taken.text,
                found.sentence
            );
        }
    }
}
