//! The operations against their definitions.

use proptest::prelude::*;

use super::super::derive::{Arena, Direction, EMPTY};
use super::*;

/// The shortest string, by a breadth-first search over every byte of one expression. This is the
/// definition of the search.
fn plainly_shortest(language: &Language) -> Option<Vec<u8>> {
    let mut arena = Arena::new(usize::MAX);
    let start = arena.import(language, Direction::Backward);
    let mut found = vec![(start, Vec::new())];
    let mut at = 0;
    while let Some((state, string)) = found.get(at).cloned() {
        if arena.is_nullable(state) {
            return Some(string);
        }
        for byte in ByteClass::best_first() {
            let next = arena.derive(state, byte);
            if next != EMPTY && found.iter().all(|(known, _)| *known != next) {
                found.push((next, [&[byte], string.as_slice()].concat()));
            }
        }
        at += 1;
    }
    None
}

/// Membership by the definition of each operation. It is slow, and shares nothing with derivatives.
fn is_member(language: &Language, string: &[u8]) -> bool {
    match &*language.0 {
        Tree::Class(class) => matches!(string, [byte] if class.contains(*byte)),
        Tree::Literal(bytes) => bytes == string && bytes.is_ascii(),
        Tree::Concat(parts) => match parts.as_slice() {
            [] => string.is_empty(),
            [first, rest @ ..] => {
                let rest = Language::concat(rest.to_vec());
                (0..=string.len()).any(|at| is_member(first, &string[..at]) && is_member(&rest, &string[at..]))
            }
        },
        Tree::Union(members) => members.iter().any(|member| is_member(member, string)),
        Tree::Intersection(members) => string.is_ascii() && members.iter().all(|member| is_member(member, string)),
        Tree::Complement(inner) => string.is_ascii() && !is_member(inner, string),
        Tree::Repeat(inner, min, max) => {
            // As many copies as needed. Empty strings count only toward the minimum.
            if string.is_empty() {
                return *min == 0 || is_member(inner, string);
            }
            let fewer =
                Language::new(Tree::Repeat(inner.clone(), min.saturating_sub(1), max.map(|max| max.saturating_sub(1))));
            *max != Some(0)
                && (1..=string.len()).any(|at| is_member(inner, &string[..at]) && is_member(&fewer, &string[at..]))
                || (*min > 0 && is_member(inner, b"") && is_member(&fewer, string))
        }
    }
}

fn any_language() -> impl Strategy<Value = Language> {
    let leaf = prop_oneof![
        Just(Language::empty()),
        Just(Language::literal(b"")),
        Just(Language::any_byte()),
        Just(Language::all()),
        "[ab]{1,3}".prop_map(|text| Language::literal(text.as_bytes())),
        "[ab]{0,2}".prop_map(|text| Language::prefix(text.as_bytes())),
        "[ab]{0,2}".prop_map(|text| Language::suffix(text.as_bytes())),
        Just(Language::class(ByteClass::of(b"bc"))),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Language::concat),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Language::union),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Language::intersection),
            inner.clone().prop_map(|inner| inner.complement()),
            inner.clone().prop_map(|inner| inner.star()),
            (inner, 0..3_u32, 0..3_u32).prop_map(|(inner, min, more)| inner.repeat(min, Some(min + more))),
        ]
    })
}

/// Whether the languages are equal. Languages that are too large to compare pass: other tests find
/// differences among small strings.
fn equal(one: &Language, other: &Language) -> bool {
    let differ = Language::union(vec![one.except(other), other.except(one)]);
    matches!(witness(&differ, 1_000_000), Ok(None) | Err(TooLarge))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn derivatives_and_tables_accept_what_the_definitions_say(language in any_language()) {
        let table = Table::compile(std::slice::from_ref(&language), &Limits::default()).unwrap();
        for string in short_strings(b"abx", 4) {
            let expected = is_member(&language, &string);
            prop_assert_eq!(contains(&language, &string), expected, "{:?}", string);
            prop_assert_eq!(table.matches(&string), expected, "table: {:?}", string);
        }
    }

    #[test]
    fn a_witness_is_accepted_and_there_is_no_shorter_string(language in any_language()) {
        match witness(&language, 1_000_000).unwrap() {
            Some(string) => {
                prop_assert!(is_member(&language, &string));
                let shorter = string.len().saturating_sub(1).min(4);
                if !string.is_empty() {
                    prop_assert!(short_strings(b"abcx", shorter).iter().all(|string| !is_member(&language, string)));
                }
            }
            None => prop_assert!(short_strings(b"abcx", 5).iter().all(|string| !is_member(&language, string))),
        }
    }

    #[test]
    fn a_solver_finds_what_a_plain_search_finds_question_after_question(
        pairs in prop::collection::vec((any_language(), any_language()), 1..5),
    ) {
        let mut solver = Solver::new(usize::MAX, 1_000_000);
        solver.share(vec![pairs[0].1.clone()]);
        for (one, _) in &pairs {
            prop_assert_eq!(solver.turn_to(one), Ok(()));
            for (_, other) in &pairs {
                let expected = plainly_shortest(&Language::intersection(vec![one.clone(), other.clone()]));
                prop_assert_eq!(solver.find(one, other), Ok(expected));
                for string in [&b""[..], b"a", b"ab", b"bab"] {
                    prop_assert_eq!(solver.contains(one, string), Ok(is_member(one, string)));
                    let begins = solver.may_begin_with(other, string).unwrap();
                    prop_assert!(begins || short_strings(b"ab", 3).iter().all(|more| !is_member(other, &[string, more].concat())));
                }
            }
        }
    }

    #[test]
    fn the_laws_of_boolean_algebra_hold(a in any_language(), b in any_language(), c in any_language()) {
        let both = Language::intersection(vec![a.clone(), b.clone()]);
        let either = Language::union(vec![a.clone(), b.clone()]);
        prop_assert!(equal(&a.complement().complement(), &a));
        prop_assert!(equal(&both.complement(), &Language::union(vec![a.complement(), b.complement()])));
        prop_assert!(equal(&either, &Language::union(vec![b.clone(), a.clone(), a.clone()])));
        let distributed = Language::union(vec![both, Language::intersection(vec![a.clone(), c.clone()])]);
        prop_assert!(equal(&Language::intersection(vec![a.clone(), Language::union(vec![b.clone(), c.clone()])]), &distributed));
        prop_assert!(equal(&a.except(&a), &Language::empty()));
        let concatenated = Language::union(vec![
            Language::concat(vec![a.clone(), b.clone()]),
            Language::concat(vec![a.clone(), c.clone()]),
        ]);
        prop_assert!(equal(&Language::concat(vec![a.clone(), Language::union(vec![b, c])]), &concatenated));
        prop_assert!(equal(&a.star().star(), &a.star()));
        prop_assert!(equal(&a.repeat(0, Some(1)), &Language::union(vec![Language::literal(b""), a])));
    }
}

#[test]
fn a_byte_that_is_not_ascii_is_in_no_language() {
    for language in
        [Language::all(), Language::empty().complement(), Language::literal(b"a").complement(), language(r"[^a]*")]
    {
        let table = Table::compile(std::slice::from_ref(&language), &Limits::default()).unwrap();
        for string in [&b"\x80"[..], b"\xff", b"b\x80", b"\xc3\xa4", b"bb\xffbb"] {
            assert!(!contains(&language, string) && !table.matches(string), "{string:?}");
        }
        assert!(contains(&language, b"bb") && table.matches(b"bb"));
    }
    assert_eq!(witness(&Language::literal(b"\xc3\xa4"), 1000), Ok(None));
}

#[test]
fn a_witness_is_as_legible_as_possible() {
    let shortest = |pattern: &str| String::from_utf8(witness(&language(pattern), 100_000).unwrap().unwrap()).unwrap();
    assert_eq!(shortest(r"x[-a]y"), "xay");
    assert_eq!(shortest(r"x[-0]y"), "x0y");
    assert_eq!(shortest(r"x[-.]y"), "x-y");
    assert_eq!(shortest(r"aaa|..|[^a-z]."), "aa");
}

#[test]
fn work_beyond_the_budget_is_an_error_not_an_answer() {
    let many = language(r"(.*a.{12}){3}").except(&language(r".*a.*"));
    assert_eq!(witness(&many, 500), Err(TooLarge));
    assert_eq!(witness(&many, 50_000_000), Ok(None));
}

#[test]
fn depth_beyond_the_stack_is_an_error_not_a_crash() {
    let deep = (0..5000).fold(Language::literal(b"a"), |inner, _| {
        Language::concat(vec![inner.repeat(0, Some(1)), Language::literal(b"b")])
    });
    assert_eq!(witness(&deep, 1_000_000), Err(TooLarge));
    assert!(!contains(&deep, b"b"));
    // Without this, dropping the value would overflow the stack of the test.
    std::mem::forget(deep);
}
