//! Header values.

use crate::{APP, CREDENTIALS, ORIGIN, codes_at, line, origin, response, right, set, status, with};
use corsac_probe::Ask;

#[test]
fn a_wildcard_and_credentials_exclude_each_other() {
    let server = |ask: &Ask| response(status(ask), vec![line(ORIGIN, "*"), line(CREDENTIALS, "true")]);
    assert_eq!(codes_at(server), ["wildcard-with-credentials"]);
    for name in ["access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"] {
        let server = with(right(), move |ask, lines| {
            if origin(ask) == APP {
                set(lines, name, "*");
            }
        });
        assert_eq!(codes_at(server), ["wildcard-list-with-credentials"], "{name}");
    }
}

#[test]
fn a_header_that_occurs_twice_is_found_whatever_its_values() {
    for (name, value) in [(ORIGIN, APP), (CREDENTIALS, "true"), ("access-control-max-age", "600")] {
        let server = with(right(), move |ask, lines| {
            if origin(ask) == APP {
                lines.push(line(name, value));
            }
        });
        assert_eq!(codes_at(server), ["doubled-header"], "{name}");
    }
    // Lists may go on in another line.
    let server = with(right(), |ask, lines| {
        if origin(ask) == APP {
            lines.push(line("access-control-allow-methods", "PATCH"));
        }
    });
    assert_eq!(codes_at(server), [""; 0]);
}

#[test]
fn what_is_not_an_origin_allows_nobody() {
    for value in [
        "https://app.shop.example, https://www.shop.example",
        "https://app.shop.example https://www.shop.example",
        "*.shop.example",
        "https://*.shop.example",
        "app.shop.example",
        "https://app.shop.example/",
        "https://App.shop.example",
        "https://app.shop.example:443",
        "true",
    ] {
        let server = move |ask: &Ask| response(status(ask), vec![line(ORIGIN, value)]);
        assert_eq!(codes_at(server), ["invalid-allow-origin"], "{value}");
    }
    // As a refusal anything will do.
    let server = with(right(), |ask, lines| {
        if origin(ask) != APP {
            set(lines, ORIGIN, "false");
        }
    });
    assert_eq!(codes_at(server), [""; 0]);
}

#[test]
fn other_headers_have_a_syntax_too() {
    for (name, value, is_valid) in [
        (CREDENTIALS, "True", false),
        (CREDENTIALS, "1", false),
        (CREDENTIALS, "false", true),
        ("access-control-allow-methods", "GET; PUT", false),
        ("access-control-allow-methods", "\"GET\"", false),
        ("access-control-allow-methods", "GET,,PUT,", true),
        ("access-control-allow-headers", "x a", false),
        ("access-control-expose-headers", "x-a;x-b", false),
        ("access-control-max-age", "10m", false),
        ("access-control-max-age", "-1", false),
        ("access-control-max-age", "", false),
        ("access-control-max-age", "99999999999999999999", true),
    ] {
        let server = with(right(), move |ask, lines| {
            let is_preflights = name != "access-control-expose-headers" && name != CREDENTIALS;
            if origin(ask) == APP && (ask.is_preflight() || !is_preflights) {
                set(lines, name, value);
            }
        });
        let found = codes_at(server);
        assert_eq!(found.contains(&"invalid-header".to_owned()), !is_valid, "{name}: {value}: {found:?}");
    }
}
