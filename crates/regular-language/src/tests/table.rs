//! Whole sets in one automaton.

use proptest::prelude::*;

use super::super::table::PatternTooLarge;
use super::*;

fn languages(patterns: &[String]) -> Vec<Language> {
    patterns.iter().map(|pattern| language(pattern)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn a_table_matches_if_one_of_its_patterns_does(
        patterns in prop::collection::vec(r"(a|ab|\.\*|\[ab\]\+|b\?|\(a\|b1\)|1\*|\[\^a\]){1,5}", 0..8),
        states in prop::sample::select(vec![8_usize, 4096]),
    ) {
        let languages = languages(&patterns.iter().filter(|pattern| syntax::parse(pattern).is_ok()).cloned().collect::<Vec<_>>());
        let limits = Limits { states, ..Limits::default() };
        let Ok(table) = Table::compile(&languages, &limits) else {
            prop_assert!(states == 8);
            return Ok(());
        };
        for string in short_strings(b"ab1", 5) {
            let expected = languages.iter().any(|language| contains(language, &string));
            prop_assert_eq!(table.matches(&string), expected, "{:?} on {:?}", patterns, string);
        }
    }
}

#[test]
fn no_patterns_match_nothing() {
    let table = Table::compile(&[], &Limits::default()).unwrap();
    assert!(table.is_empty() && !table.matches(b"") && !table.matches(b"a"));
}

#[test]
fn a_hundred_tenants_are_one_small_table() {
    let patterns: Vec<String> = (1..=100).map(|n| format!(r"https://tenant{n}\.[a-z]+\.example\.com")).collect();
    let table = Table::compile(&languages(&patterns), &Limits::default()).unwrap();
    assert_eq!(table.len(), 1);
    assert!(table.memory() < 20_000, "{}", table.memory());
    assert!(table.matches(b"https://tenant42.eu.example.com") && table.matches(b"https://tenant100.eu.example.com"));
    for other in [
        "https://tenant0.eu.example.com",
        "https://tenant101.eu.example.com",
        "https://tenant42.e1.example.com",
        "https://tenant42.eu.example.co",
    ] {
        assert!(!table.matches(other.as_bytes()), "{other}");
    }
}

#[test]
fn patterns_that_multiply_get_several_tables() {
    let patterns: Vec<String> = (0..100).map(|n| format!(r".*x{n}.*y{n}.*")).collect();
    let languages = languages(&patterns);
    let table = Table::compile(&languages, &Limits::default()).unwrap();
    assert!(table.len() > 1, "{}", table.len());
    for n in 0..100 {
        assert!(table.matches(format!("ax{n}by{n}c").as_bytes()));
        assert!(!table.matches(format!("ay{n}bx{n}").as_bytes()));
    }
}

#[test]
fn a_pattern_that_is_too_large_by_itself_is_named() {
    let patterns = [r"a", r".*\.example\.com", r"[ab]{16}a.*", r"c"].map(str::to_owned);
    assert_eq!(
        Table::compile(&languages(&patterns), &Limits::default()).map(|_| ()),
        Err(PatternTooLarge { index: 2 })
    );
    let little = Limits { work: 50, ..Limits::default() };
    assert!(Table::compile(&languages(&patterns[..2]), &little).is_err());
    let narrow = Limits { memory: 300, ..Limits::default() };
    assert!(Table::compile(&languages(&patterns[..2]), &narrow).is_err());
}

#[test]
fn a_pattern_of_a_million_states_is_refused_before_it_takes_much_memory() {
    let million = language(&"a{1000}b".repeat(1000));
    assert_eq!(
        Table::compile(std::slice::from_ref(&million), &Limits::default()).map(|_| ()),
        Err(PatternTooLarge { index: 0 })
    );
    assert_eq!(witness(&million, 100_000_000), Err(TooLarge));
    assert!(!contains(&million, b"ab"));
}
