//! Unsupported patterns, and the errors for them.

use super::*;

fn refused(pattern: &str) -> syntax::SyntaxError {
    match syntax::parse(pattern) {
        Ok(_) => panic!("{pattern:?} is accepted"),
        Err(error) => error,
    }
}

#[test]
fn patterns_that_re2_and_rust_read_differently_are_refused() {
    for (pattern, offset) in [
        // A repetition of a repetition: RE2 refuses it, Rust repeats twice.
        ("a**", 2),
        ("a+*", 2),
        ("a{2}{3}", 4),
        ("a*??", 3),
        ("a++", 2),
        // A brace that does not begin a count: a character to RE2, an error or a count to Rust.
        ("a{", 1),
        ("a{x}", 1),
        ("a{,5}", 1),
        ("a{1", 1),
        ("{1}", 0),
        ("a{01}", 1),
        ("a{1,02}", 1),
        ("a{ 1}", 1),
        ("a{}", 1),
        // Nested sets and set operations, which only Rust has.
        ("[a[b]]", 2),
        ("[a&&b]", 2),
        ("[a--b]", 3),
        ("[a~~b]", 2),
        ("[--a]", 1),
        ("[+--]", 3),
        ("[a-c-e]", 4),
        (r"[\d-z]", 3),
        ("[]-a]", 2),
        ("[[.a.]]", 1),
        ("[[:alpha:]-z]", 10),
        ("[[:word]]", 1),
        // Escapes that only one engine knows, or that differ.
        (r"\<a", 0),
        (r"a\>", 1),
        (r"[\<]", 1),
        (r"\Qa\E", 0),
        (r"\C", 0),
        (r"\1", 0),
        (r"\01", 0),
        (r"\u0061", 0),
        (r"\Z", 0),
        (r"\pL", 0),
        (r"\p{L}", 0),
        (r"\P{Greek}", 0),
        (r"\b", 0),
        (r"\B", 0),
        (r"\b{start}", 0),
        (r"\e", 0),
        (r"\c", 0),
        (r"\q", 0),
        (r"[\b]", 1),
        (r"\", 0),
        (r"a\", 1),
        // Folding and negation in different orders.
        ("(?i)[[:^alpha:]]", 5),
        ("(?i:[[:^lower:]a])", 5),
        // Flags and groups.
        ("(?x)a b", 0),
        ("(?s).", 0),
        ("(?m)^a$", 0),
        ("(?U)a*", 0),
        ("(?im)a", 0),
        ("(?R)a", 0),
        ("(?u)a", 0),
        ("(?-u)a", 0),
        ("(?i-i)a", 0),
        ("(?-)a", 0),
        ("(?)", 0),
        ("(?i", 0),
        ("(?=a)", 0),
        ("(?!a)", 0),
        ("(?<=a)", 0),
        ("(?<!a)", 0),
        ("(?P=n)", 0),
        ("(?P>n)", 0),
        ("(?#a)", 0),
        ("(?>a)", 0),
        ("(?P<1>a)", 0),
        ("(?P<>a)", 0),
        ("(?P<a-b>a)", 0),
        ("(?P<n>a)(?P<n>b)", 8),
        ("(?P<n", 0),
    ] {
        assert_eq!(refused(pattern).offset, offset, "{pattern}: {}", refused(pattern).sentence);
    }
}

#[test]
fn patterns_that_no_engine_reads_are_refused() {
    for (pattern, offset) in [
        ("a)|(b", 1),
        ("(a", 0),
        ("a)", 1),
        ("*a", 0),
        ("a|*", 2),
        ("(+a)", 1),
        ("(?i)*", 4),
        ("?", 0),
        ("[a", 0),
        ("[", 0),
        ("[]", 0),
        ("[^]", 0),
        ("[a-", 0),
        ("[z-a]", 1),
        ("[[:nope:]]", 1),
        ("a{2,1}", 1),
        ("a{1001}", 1),
        ("a{99999999999}", 1),
        ("(?:a{40}){30}", 9),
        ("(?:a{40}){30,}", 9),
        (r"\x", 0),
        (r"\x4", 0),
        (r"\xg1", 0),
        (r"\x{}", 0),
        (r"\x{41", 0),
    ] {
        assert_eq!(refused(pattern).offset, offset, "{pattern}: {}", refused(pattern).sentence);
    }
}

#[test]
fn patterns_that_are_not_ascii_are_refused() {
    for (pattern, offset) in [
        ("https://bücher\\.example", 9),
        ("[ä]", 1),
        (r"\ä", 0),
        (r"\x80", 0),
        (r"\x{100}", 0),
        (r"\x{10FFFF}", 0),
        (r"a-[a-ü]", 5),
    ] {
        let error = refused(pattern);
        assert_eq!(
            (error.offset, error.sentence.starts_with("An origin is ASCII")),
            (offset, true),
            "{pattern}: {}",
            error.sentence
        );
    }
}

#[test]
fn anchors_are_allowed_where_they_are_redundant() {
    for pattern in [
        "^a$",
        r"\Aa\z",
        "(^a$)",
        "^a|^b",
        "(?:^a|b)c",
        "a(?:b$|c)",
        "^^a$$",
        "(^)a($)",
        "(?:^a)?b",
        "a(b$)?",
        "^",
        "$",
        "^$",
        "()^a",
        "(?i)^a$",
    ] {
        assert!(syntax::parse(pattern).is_ok(), "{pattern}");
    }
    for (pattern, offset) in [
        ("a^", 1),
        ("$a", 0),
        ("a$b", 1),
        ("a(^b)", 2),
        ("(a$)b", 2),
        ("(?:a|)^b", 6),
        ("a?^b", 2),
        ("(^a)*", 0),
        ("(a$)+", 0),
        ("^*a", 0),
        ("(^a){2}", 0),
        (r"a\Ab", 1),
        (r"a\zb", 1),
        ("a|b^", 3),
        ("(a|b$)[c]", 4),
        ("[^a]^", 4),
        (r"[\A]", 1),
    ] {
        assert_eq!(refused(pattern).offset, offset, "{pattern}: {}", refused(pattern).sentence);
    }
}

#[test]
fn an_error_shows_the_supported_spelling_if_there_is_one() {
    for (pattern, rewrite) in [
        (r"https://\Qa.b\E\.com", Some(r"https://a\.b\.com")),
        (r"\Qa.b", Some(r"a\.b")),
        (r"a\Z", Some(r"a\z")),
        (r"\Cb", Some(".b")),
        (r"a\<b", Some("a<b")),
        ("[a&&b]", Some(r"[a\&&b]")),
        ("[a-c-e]", Some(r"[a-c\-e]")),
        ("a{x}", Some(r"a\{x}")),
        (r"\p{L}", None),
        (r"\bfoo", None),
    ] {
        let error = refused(pattern);
        assert_eq!(error.rewrite.as_deref(), rewrite, "{pattern}");
        if let Some(rewrite) = rewrite {
            assert!(syntax::parse(rewrite).is_ok(), "{rewrite}");
        }
    }
}

#[test]
fn groups_nest_at_most_a_hundred_deep() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")*".repeat(depth));
    assert!(contains(&language(&nested(100)), b"aaa"));
    assert_eq!(refused(&nested(101)).offset, 100);
    assert_eq!(refused(&nested(100_000)).offset, 100);
}
