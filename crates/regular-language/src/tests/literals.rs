//! The strings that a pattern spells.

use std::collections::BTreeSet;

use super::*;

fn spelled(pattern: &str) -> Vec<String> {
    let literals: BTreeSet<Vec<u8>> = syntax::parse(pattern).unwrap().literals.into_iter().collect();
    literals.into_iter().map(|literal| String::from_utf8(literal).unwrap()).collect()
}

#[test]
fn runs_extend_as_far_as_the_text_is_certain() {
    for (pattern, expected) in [
        (r"https://a\.example\.com", &["https://a.example.com"][..]),
        (r"https://(foo|bar)\.com", &["https://bar.com", "https://foo.com"]),
        (r"https://.+\.example\.com", &[".example.com", "https://"]),
        (r"https://.*\.example\.com", &[".example.com", "https://", "https://.example.com"]),
        (r".+\.example\.com(:[0-9]+)?", &[".example.com", ".example.com:"]),
        (r"https?://x", &["http://x", "https://x"]),
        (r"(foo|[a-z]+)\.com", &[".com", "foo.com"]),
        (r"(a[0-9]b|c)d", &["a", "bd", "cd"]),
        (r"x(a[0-9]b|c)d", &["bd", "xa", "xcd"]),
        (r"a(b)*c", &["ab", "abc", "ac", "bc"]),
        (r"a(b[0-9]c)+d", &["ab", "cd"]),
        (r"//([a-z]+\.)*x", &[".x", "//", "//x"]),
        (r"a(bc){2}d", &["abcbcd"]),
        (r"ab{0,2}c", &["abbc", "abc", "ac"]),
        (r"ab{1000}c", &["ab", "bc"]),
        (r"a[.]b[b]", &["a.bb"]),
        (r"(?i)Ab-[Cc]", &["ab-c"]),
        (r"A(?i)B", &["Ab"]),
        (r"[aA]b", &["ab"]),
        (r"[aB]b", &["b"]),
        (r"^a$", &["a"]),
        (r"\x61\.", &["a."]),
        ("", &[]),
        (".*", &[]),
    ] {
        assert_eq!(spelled(pattern), expected, "{pattern}");
    }
}

#[test]
fn too_many_strings_break_the_run() {
    let many = spelled(
        r"x([abc]|(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g)(a|b|c|d|e|f|g))\.example\.com",
    );
    assert!(many.len() <= 10_000 && many.contains(&".example.com".to_owned()), "{}", many.len());
    let doubled = spelled(&r"(a|b)".repeat(300));
    assert!(doubled.len() <= 10_000);
    let long = spelled(&"abc".repeat(100_000));
    assert!(long.iter().all(|literal| !literal.is_empty()));
    assert!(spelled(&r"(a|b|c|)?x[0-9]".repeat(3000)).len() <= 10_000);
}
