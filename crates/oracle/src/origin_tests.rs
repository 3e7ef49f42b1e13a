//! Tests of the oracle itself: origins judged by hand.

use super::config::Pattern;
use super::origin::{ipv6_text, is_origin, is_pattern, matches};

#[test]
fn the_oracle_tells_origins_from_look_alikes() {
    for origin in [
        "https://a.example",
        "http://a_b.x-y:65535",
        "https://a.example.",
        "https://127.0.0.1:1",
        "https://[::1]:8080",
        "https://[::ffff:7f00:1]",
        "https://a.0xzz",
        "chrome-extension://abcDEF",
        "app://..",
    ] {
        assert!(is_origin(origin), "{origin}");
    }
    for text in [
        "",
        "null",
        "*",
        "file://",
        "https://",
        "https://.",
        "https://a..b",
        "https://.a",
        "https://a.example..",
        "https://A.example",
        "HTTPS://a.example",
        "https://a.example/",
        "https://u@a.example",
        "https://a.example:0",
        "https://a.example:080",
        "https://a.example:65536",
        "https://a.example:",
        "https://a.example:+80",
        "https://1.2.3",
        "https://1.2.3.4.",
        "https://1.2.3.04",
        "https://1.2.3.256",
        "https://a.1",
        "https://a.0x",
        "https://0x7f",
        "https://[::ffff:127.0.0.1]",
        "https://[0::1]",
        "https://[::1",
        "https://[::1]x",
        "https://ü.example",
        "1https://a",
        "app://",
        "app://a b",
    ] {
        assert!(!is_origin(text), "{text}");
    }
    let label = "a".repeat(63);
    let name = [&label[..], &label, &label, &label[..61]].join(".");
    assert_eq!(name.len(), 253);
    assert!(is_origin(&format!("https://{name}")));
    assert!(is_origin(&format!("https://{name}.")));
    assert!(!is_origin(&format!("https://{name}a")));
    assert!(!is_origin(&format!("https://{label}a.com")));
}

#[test]
fn the_oracle_writes_ipv6_as_the_url_standard_does() {
    assert_eq!(ipv6_text([0; 8]), "::");
    assert_eq!(ipv6_text([0, 0, 0, 0, 0, 0, 0, 1]), "::1");
    assert_eq!(ipv6_text([1, 0, 0, 2, 0, 0, 3, 4]), "1::2:0:0:3:4");
    assert_eq!(ipv6_text([1, 0, 2, 0, 3, 0, 4, 0]), "1:0:2:0:3:0:4:0");
    assert_eq!(ipv6_text([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]), "::ffff:7f00:1");
}

#[test]
fn the_oracle_matches_patterns_as_the_contract_says() {
    let text = |pattern: &str| Pattern::Text(pattern.to_owned());
    let regex = |pattern: &str| Pattern::Regex(pattern.to_owned());
    for (pattern, origin, expected) in [
        (text("https://*.example.com"), "https://a.example.com", true),
        (text("https://*.example.com"), "https://a.b.example.com", true),
        (text("https://*.example.com"), "https://example.com", false),
        (text("https://*.example.com"), "https://evilexample.com", false),
        (text("https://*.example.com"), "https://a.example.com:1", false),
        (text("https://*.example.com"), "https://a.example.com.", false),
        (text("https://*.example.com:*"), "https://a.example.com:1", true),
        (text("https://*.example.com:*"), "https://a.example.com", true),
        (text("https://*"), "https://[::1]", true),
        (text("https://*"), "https://a:1", false),
        (text("https://[::1]:*"), "https://[::1]:5", true),
        (regex("https://a|https://ab"), "https://ab", true),
        (regex("https://a"), "https://ab", false),
        (regex("^https://a$"), "https://a", true),
    ] {
        assert_eq!(matches(&pattern, origin), expected, "{pattern:?} {origin}");
    }
    for pattern in ["https://*.1.2.3", "https://*.[::1]", "https://a:443", "https://*.", "x"] {
        assert!(!is_pattern(pattern), "{pattern}");
    }
}
