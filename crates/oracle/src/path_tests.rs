//! Tests of the oracle itself: paths and authorities read by hand.

use super::choice::{authority, canonical};

#[test]
fn the_oracle_reads_evasions_as_upstreams_do() {
    for (path, expected) in [
        ("/", "/"),
        ("", "/"),
        ("*", "*"),
        ("/v1", "/v1"),
        ("/v1/", "/v1/"),
        ("/v1/.", "/v1/"),
        ("/v1//", "/v1/"),
        ("/v1/;x", "/v1/"),
        ("/v1/x/..", "/v1/"),
        ("//admin", "/admin"),
        ("/%61dmin", "/admin"),
        ("/%2561dmin", "/admin"),
        ("/%252561dmin", "/admin"),
        ("/%25252561dmin", "/%61dmin"),
        ("/v1/..%2fadmin", "/admin"),
        ("/v1;x/a", "/v1/a"),
        ("/v1/..;/admin", "/admin"),
        ("/v1/..%5cadmin", "/admin"),
        ("/Admin", "/admin"),
        ("/../..", "/"),
        ("/%zz%", "/%zz%"),
        ("admin", "/admin"),
    ] {
        let canonical = canonical(path.as_bytes());
        assert_eq!(String::from_utf8_lossy(&canonical), expected, "{path}");
    }
}

#[test]
fn the_oracle_tells_an_authority_from_other_texts() {
    let same = |one: &str, other: &str| authority(one.as_bytes()) == authority(other.as_bytes());
    assert!(same("API.test", "api.test."));
    assert!(same("[::1]:8080", "[0:0::1]:8080"));
    assert!(!same("api.test", "api.test:80"));
    for text in [
        "",
        ".",
        "a..b",
        "a.test:",
        "a.test:x",
        "a.test:65536",
        "a.test:000080",
        "u@a.test",
        "a,b",
        "[::1",
        "[::1]x",
        "::1",
        "a.test..",
        "\u{fc}.test",
    ] {
        assert_eq!(authority(text.as_bytes()), None, "{text}");
    }
    assert!(authority(b"a_b-c.test:00080").is_some());
}
