mod definition;

use proptest::prelude::*;

use super::*;
use crate::origin::grammar;
use crate::origin::public_suffix::registrable_domain;
use regular_language::{contains, syntax, witness};

fn regex(pattern: &str) -> Findings {
    let parsed = syntax::parse(pattern).unwrap();
    Examiner::default().examine(&parsed.language, &parsed.literals, true).unwrap()
}

fn prefix(text: &str) -> Findings {
    Examiner::default().examine(&Language::prefix(text.as_bytes()), &[text.as_bytes().to_vec()], true).unwrap()
}

fn suffix(text: &str) -> Findings {
    Examiner::default().examine(&Language::suffix(text.as_bytes()), &[text.as_bytes().to_vec()], true).unwrap()
}

#[test]
fn what_spells_its_registrable_domain_is_not_loose() {
    for pattern in [
        r"https://example\.com",
        r"https://.*\.example\.com",
        r"https://([a-z0-9-]+\.)*example\.com(:[0-9]+)?",
        r"https?://(www\.)?(foo|bar)\.co\.uk",
        r"https://tenant[0-9]+\.eu\.example\.com:8443",
        r"(https://|https://.*\.)example\.com",
        r"https://.*\.example\.com\.?",
        r".*\.example\.com",
        r"(?i)https://.*\.Example\.com",
        r"http://localhost(:\d+)?",
        r"http://(.*\.)?localhost:3000",
        r"https://10\.0\.0\.1(:\d+)?",
        r"http://\[::1\]:.*",
        r"chrome-extension://abcdefghijklmnop",
        r"capacitor://localhost",
        r"https://.*\.b\.s3\.amazonaws\.com",
        r"https://(a\.s3|b)\.amazonaws\.com",
        r"https://github\.io",
        r"https://co\.uk",
        r"nothing like an origin",
        r"https://example\.com/.*",
        r"https://.*\.city\.kobe\.jp",
        r"",
    ] {
        assert_eq!(regex(pattern).loose, None, "{pattern}");
    }
    for text in [
        "https://app.example.com:",
        "https://localhost:",
        "https://10.0.0.1:",
        "https://example.com:8",
        "https://example.com/",
    ] {
        assert_eq!(prefix(text).loose, None, "{text}");
    }
    for text in [
        ".example.com",
        "//example.com",
        "://app.example.com:8443",
        ".localhost",
        ".example.com:3000",
        ".example.co.uk",
    ] {
        assert_eq!(suffix(text).loose, None, "{text}");
    }
}

#[test]
fn what_lets_in_a_domain_that_it_does_not_spell_is_loose_and_shows_one() {
    for (pattern, example) in [
        (r"https://.*example\.com", "https://aexample.com"),
        (r"https://[a-z]*example\.com", "https://aexample.com"),
        (r"https://.*\.example.com", "https://a.exampleacom"),
        (r"https?://.*\.com", "https://a.com"),
        (r"https://.*", "https://a"),
        (r".*", "https://a"),
        (r"https://app\.example\.com.*", "https://app.example.coma"),
        (r"https://app[0-9]\.com", "https://app0.com"),
        (r"https://10\.0\.0\.\d+", "https://10.0.0.0"),
        (r"https://.*\.0\.0\.1", "https://0.0.0.1"),
        (r"http://.*localhost", "http://alocalhost"),
        (r"http://(localhost|127\.0\.0\.1).*", "http://localhosta"),
        (r"chrome-extension://[a-p]{4}", "chrome-extension://aaaa"),
        (r"https://(foo\.com|.*bar\.com)", "https://abar.com"),
    ] {
        assert_eq!(regex(pattern).loose.as_deref(), Some(example), "{pattern}");
    }
    for (text, example) in [
        ("https://app.example.com", "https://app.example.coma"),
        ("https://localhost", "https://localhosta"),
        ("https://", "https://a"),
        ("https://10.0.0.", "https://10.0.0.a"),
    ] {
        assert_eq!(prefix(text).loose.as_deref(), Some(example), "{text}");
    }
    for (text, example) in
        [("example.com", "https://aexample.com"), (".com", "https://a.com"), ("localhost", "https://alocalhost")]
    {
        assert_eq!(suffix(text).loose.as_deref(), Some(example), "{text}");
    }
}

#[test]
fn what_lets_in_only_names_below_a_public_suffix_that_it_spells_is_told_apart() {
    for (pattern, example) in [
        (r"https://.*\.co\.uk", "https://a.co.uk"),
        (r"https://.*\.github\.io", "https://a.github.io"),
        (r"https://.*\.amazonaws\.com", "https://s3.amazonaws.com"),
        (r"https://.*\.kobe\.jp", "https://a.kobe.jp"),
        (r"https://pr-[0-9]+--mysite\.netlify\.app", "https://pr-0--mysite.netlify.app"),
        (r"https://.*\.example\.com|https://[a-z]+\.pages\.dev", "https://a.pages.dev"),
    ] {
        let findings = regex(pattern);
        assert_eq!((findings.loose, findings.below_suffix.as_deref()), (None, Some(example)), "{pattern}");
    }
    assert_eq!(suffix(".github.io").below_suffix.as_deref(), Some("https://a.github.io"));
    for (pattern, example) in [
        (r"https://.*mysite\.netlify\.app", "https://amysite.netlify.app"),
        (r"https://.*\.github\.io|https://.*example\.com", "https://aexample.com"),
        (r"https://[a-z]+app[0-9]\.vercel\.app", "https://aapp0.vercel.app"),
    ] {
        let findings = regex(pattern);
        assert_eq!((findings.loose.as_deref(), findings.below_suffix), (Some(example), None), "{pattern}");
    }
}

#[test]
fn what_is_accepted_decides_the_other_risks() {
    let everything = regex(".*");
    assert!(
        everything.null
            && everything.file
            && everything.any_origin
            && everything.any_host
            && everything.insecure.is_some()
    );
    let web = regex(r"https?://.*");
    assert!(!web.null && web.any_origin && web.any_host);
    assert!(!regex("https://.*").any_origin && !regex("https?://[a-z.]+").any_origin);
    assert_eq!(web.insecure.as_deref(), Some("http://a"));
    let dotted = regex(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?");
    assert!(dotted.any_host && dotted.insecure.is_none());
    let extension = regex(r"moz-extension://.*");
    assert!(extension.any_host && extension.insecure.is_none() && !extension.null);
    assert!(regex("null").null && regex("null|https://a\\.b").null && regex("fil.:.*").file);
    assert!(!regex("null").file && !regex("fil.:.*").null);
    assert!(!regex("https://.*\\.com").any_host);
    for local in [
        r"http://localhost(:\d+)?",
        r"http://.*\.localhost",
        r"http://127\.\d+\.\d+\.\d+",
        r"http://\[::1\]",
        "https://.*",
        "ws://.*",
    ] {
        assert_eq!(regex(local).insecure, None, "{local}");
    }
    for (pattern, example) in [
        (r"https?://example\.com", "http://example.com"),
        (r"http://.*localhost", "http://alocalhost"),
        (r"http://localhost.*", "http://localhosta"),
        (r"http://12[78]\.0\.0\.1", "http://128.0.0.1"),
        (r"http://127\..*", "http://127.a"),
        (r"http://\[::[12]\]", "http://[::2]"),
    ] {
        assert_eq!(regex(pattern).insecure.as_deref(), Some(example), "{pattern}");
    }
}

#[test]
fn what_no_browser_can_send_is_said_to_match_nothing() {
    for pattern in [
        "",
        "https://A\\.example",
        "https://example\\.com/",
        "example\\.com",
        "https://a\\.1",
        "https://01\\.2\\.3\\.4",
        "[^\\x00-\\x7f]",
        "https://a:0",
        "wss?://.*",
        "https://a\\.example:443",
        "http://a\\.example:80",
    ] {
        assert!(regex(pattern).accepts_nothing, "{pattern}");
    }
    for pattern in ["null", "file://", "https://a", "https://1\\.2\\.3\\.4", "app://A", ".*", "https://\\[::1\\]:1"] {
        assert!(!regex(pattern).accepts_nothing, "{pattern}");
    }
}

#[test]
fn what_is_too_much_to_judge_is_an_error() {
    let parsed = syntax::parse(r".*a.{15}b.*c.{15}d.*").unwrap();
    assert_eq!(Examiner::default().examine(&parsed.language, &parsed.literals, true), Err(TooLarge));
}

#[test]
fn the_patterns_written_in_the_code_are_patterns() {
    assert!(contains(&serialized::origins(), b"https://example.com"));
    for language in [
        serialized::origins(),
        Serialized::new().rough,
        Serialized::new().rough_insecure,
        serialized::insecure_origins(),
        serialized::plain_origins("https"),
    ] {
        assert!(witness(&language, BUDGET).unwrap().is_some());
    }
}

/// Origins and what is nearly one.
fn near_origins() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "([a-zA-Z0-9_x.-]{1,4}\\.){0,3}(com|0x1f|0xg|12|a1)\\.?",
        "[0-2]?[0-9]{1,2}(\\.[0-2]?[0-9]{1,2}){3}\\.?",
        "\\[(0|1|ab|::|:){1,9}\\]",
        "[ab.:/@-]{0,5}",
    ];
    ("(https?|app|x+y|1|H)", host, "(:[0-9]{0,6})?").prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_language_of_origins_is_the_grammars(origin in near_origins()) {
        let is_origin = grammar::parse(origin.as_bytes()).is_some();
        let is_in = contains(&serialized::origins(), origin.as_bytes());
        // Zeros in IPv6 addresses may be written in more ways, see there.
        prop_assert!(is_in == is_origin || (is_in && origin.contains('[')), "{}", origin);
        prop_assert!(!is_in || contains(&Serialized::new().rough, origin.as_bytes()), "{}", origin);
    }

    /// The definition, applied to one origin: the domain that one party registered must be in the
    /// pattern as it stands.
    #[test]
    fn what_is_not_loose_spells_the_domain_of_each_origin_that_it_accepts(
        pattern in r"https://(\(a\||\(\.\*\\\.|\[ab\.\]\*|)(a\.|b\\\.|\.\*)?(a|b|ab)(\)|\)\?|)(\\\.|\.)(com|co\\\.uk|[bc]b|s3\\\.amazonaws\\\.com)(:8\+|\.\*|)",
        origins in prop::collection::vec(r"https://([abx]{1,2}\.){0,2}(a|b|ab|x)\.(com|co\.uk|bb|cb|s3\.amazonaws\.com)(:8)?", 40),
    ) {
        let Ok(parsed) = syntax::parse(&pattern) else { return Ok(()) };
        let (loose, below_suffix) = Examiner::default().loose(&parsed.language, &parsed.literals).unwrap();
        if let Some(example) = loose.as_ref().or(below_suffix.as_ref()) {
            prop_assert!(contains(&parsed.language, example));
            prop_assert!(grammar::parse(example).is_some());
            return Ok(());
        }
        for origin in origins.iter().filter(|origin| contains(&parsed.language, origin.as_bytes())) {
            let host = grammar::parse(origin.as_bytes()).unwrap().host;
            let host = std::str::from_utf8(host).unwrap();
            let domain = registrable_domain(host).unwrap_or(host);
            let spelled = parsed.literals.iter().filter_map(|literal| std::str::from_utf8(literal).ok()).any(|literal| {
                literal.contains(&format!(".{domain}")) || literal.contains(&format!("//{domain}"))
            });
            prop_assert!(spelled, "{} accepts {}", pattern, origin);
        }
    }
}
