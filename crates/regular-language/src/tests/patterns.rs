//! An accepted pattern has the meaning that Rust's engine gives it. (`refusals` covers RE2: the
//! rest is common to both.)

use proptest::prelude::*;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{start, syntax as oracle};
use regex_automata::{Anchored, MatchKind};

use super::*;

/// Whole-string matching by Rust's engine over bytes, without wrapping the text. It follows every
/// match of an anchored automaton, and one must end at the end of the string.
struct Oracle(dense::DFA<Vec<u32>>);

impl Oracle {
    fn new(pattern: &str) -> Option<Self> {
        dense::Builder::new()
            .configure(dense::Config::new().match_kind(MatchKind::All).start_kind(StartKind::Anchored))
            .configure(dense::Config::new().determinize_size_limit(Some(20_000_000)))
            .syntax(oracle::Config::new().unicode(false).utf8(false))
            .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
            .build(pattern)
            .ok()
            .map(Self)
    }

    fn matches(&self, string: &[u8]) -> bool {
        let start = self.0.start_state(&start::Config::new().anchored(Anchored::Yes)).unwrap();
        let end = string.iter().fold(start, |state, byte| self.0.next_state(state, *byte));
        self.0.is_match_state(self.0.next_eoi_state(end))
    }
}

fn check(pattern: &str, strings: &[Vec<u8>]) {
    let Ok(parsed) = syntax::parse(pattern) else {
        return;
    };
    let oracle = Oracle::new(pattern).unwrap_or_else(|| panic!("{pattern:?} is accepted here but not by the oracle"));
    let table = Table::compile(std::slice::from_ref(&parsed.language), &Limits::default()).unwrap();
    for string in strings {
        let expected = oracle.matches(string);
        assert_eq!(contains(&parsed.language, string), expected, "{pattern:?} on {string:?}");
        assert_eq!(table.matches(string), expected, "the table of {pattern:?} on {string:?}");
    }
}

/// Patterns of the supported syntax, and similar ones.
fn any_pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => "[abAB1./:-]{1,3}",
        1 => prop::sample::select(vec![".", r"\.", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\x61", r"\x{41}", r"\n", r"\-", r"\/", r"\_", r"\#"])
            .prop_map(str::to_owned),
        2 => r"\[\^?[]abAB1.&~-]{1,4}(\\d|\\W|\\-|\[:alpha:\]|\[:\^digit:\]|\[:upper:\])?[a1-]?\]",
        1 => prop::sample::select(vec!["^", "$", r"\A", r"\z", "(?i)", "(?-i)", ""]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join("|")),
            3 => ("(\\(|\\(\\?:|\\(\\?i:|\\(\\?-i:|\\(\\?P<n>)", inner.clone()).prop_map(|(open, inner)| format!("{open}{inner})")),
            3 => (inner, "([?*+]|\\{[0-3]\\}|\\{[01],\\}|\\{[0-2],[0-4]\\})\\??").prop_map(|(inner, count)| format!("(?:{inner}){count}")),
        ]
    })
}

/// Strings of the bytes in the patterns.
fn near_strings() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec("[abAB1./:\n-]{0,7}".prop_map(String::into_bytes), 30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_pattern_means_what_it_means_to_rust(pattern in any_pattern(), strings in near_strings()) {
        check(&pattern, &strings);
    }

    #[test]
    fn patterns_that_rust_refuses_are_refused(pattern in r"[\\abAZzdDQEC0-9xpP{}()\[\]|?*+^$.,:<>=!iPsm&~ -]{0,12}", strings in near_strings()) {
        check(&pattern, &strings);
    }

    #[test]
    fn no_text_makes_the_parser_panic(pattern in any::<String>()) {
        if let Err(error) = syntax::parse(&pattern) {
            prop_assert!(pattern.is_char_boundary(error.offset));
            prop_assert!(error.rewrite.is_none_or(|rewrite| rewrite != pattern));
        }
    }
}

#[test]
fn patterns_that_people_write_mean_what_they_mean_to_rust() {
    let strings = [
        "",
        "https://example.com",
        "https://a.example.com",
        "https://evil.com",
        "https://aexample.com",
        "https://example.com.evil.com",
        "http://example.com",
        "https://EXAMPLE.com",
        "https://a.b.example.com:8443",
        "https://example.com\n",
        "a",
        "b",
        "A",
        "AB",
    ];
    let strings: Vec<Vec<u8>> = strings.iter().map(|string| string.as_bytes().to_vec()).collect();
    for pattern in [
        r"https://.*\.example\.com",
        r"^https?://([a-z0-9-]+\.)*example\.com(:[0-9]{1,5})?$",
        r"https://(?:a|b)\.example\.com|https://evil\.com",
        r"(?i)https://example\.com",
        r"\Ahttps://[^.]+\.example\.com\z",
        r"(^https://)(example\.com$|a\.example\.com)",
        r"(?P<scheme>https?)://\w+\.example\.com",
        r"https://[[:alnum:]]+\.example\.com",
        "a|b",
        "A|A\\.b",
        "",
        "(a(?i)b|c)",
        "a(?i)b|c",
    ] {
        assert!(syntax::parse(pattern).is_ok(), "{pattern}");
        check(pattern, &strings);
    }
}

#[test]
fn whole_strings_match_but_parts_do_not() {
    let either = language("a|bb");
    for (string, expected) in [("a", true), ("bb", true), ("ab", false), ("abb", false), ("", false), ("b", false)] {
        assert_eq!(contains(&either, string.as_bytes()), expected, "{string}");
    }
}

#[test]
fn counts_up_to_a_thousand_are_counted() {
    let thousand = language("(?:a{10}){100}");
    assert!(
        contains(&thousand, &[b'a'; 1000]) && !contains(&thousand, &[b'a'; 999]) && !contains(&thousand, &[b'a'; 1001])
    );
    let up_to = language("(?:a?){0,1000}b");
    let table = Table::compile(std::slice::from_ref(&up_to), &Limits::default()).unwrap();
    assert!(table.matches(&[&[b'a'; 1000][..], b"b"].concat()) && !table.matches(&[&[b'a'; 1001][..], b"b"].concat()));
}
