//! Tests of the oracle itself: paths and authorities read by hand.

use super::choice::authority;
use super::readings::{canonical, readings};

#[test]
fn the_oracle_reads_evasions_as_upstreams_do() {
    for (path, expected) in [
        ("/", "/"),
        ("", "/"),
        ("*", "*"),
        ("/v1", "/v1"),
        ("/v1/", "/v1"),
        ("/v1/.", "/v1"),
        ("/v1//", "/v1"),
        ("/v1/;x", "/v1"),
        ("/v1/x/..", "/v1"),
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

#[test]
fn the_oracle_reads_a_path_in_every_way_that_its_steps_lead_to() {
    let all = |path: &str| -> Vec<String> {
        let found = readings(path.as_bytes()).expect("few readings");
        found.iter().map(|reading| String::from_utf8_lossy(reading).into_owned()).collect()
    };
    assert_eq!(all("/v1/a.b"), ["/v1/a.b"]);
    assert_eq!(all("/V1/"), ["/V1", "/V1/", "/v1", "/v1/"]);
    assert_eq!(all("/a%2fb"), ["/a%2fb", "/a/b"]);
    assert_eq!(all("/a/..%2fb"), ["/a/..%2fb", "/a/../b", "/b"]);
    // A proxy resolves the plain dots, and then the server resolves the escaped ones.
    assert!(all("/z/y/a%2fb/../%2e%2e/c").contains(&"/z/c".to_owned()));
    assert!(readings("/%61".repeat(20_000).as_bytes()).is_some());
    assert!(readings("/%61".repeat(30_000).as_bytes()).is_none());
}
