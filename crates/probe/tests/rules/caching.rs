//! Caches.

use std::cell::RefCell;
use std::collections::HashMap;

use corsac_fetch::Response;
use corsac_probe::Ask;

use crate::{
    APP, ORIGIN, allowing, bare, codes, codes_at, line, origin, plan, probed, response, right, set, status, with,
};

#[test]
fn an_answer_that_depends_on_the_origin_says_so() {
    let silent = with(right(), |_, lines| lines.retain(|(name, _)| name != "vary"));
    assert_eq!(codes_at(silent), ["missing-vary"]);
    let other = with(right(), |_, lines| set(lines, "vary", "Accept-Encoding"));
    assert_eq!(codes_at(other), ["missing-vary"]);
    let every = with(right(), |_, lines| set(lines, "vary", "accept, ORIGIN"));
    assert_eq!(codes_at(every), [""; 0]);
    let star = with(right(), |_, lines| set(lines, "vary", "*"));
    assert_eq!(codes_at(star), [""; 0]);
    let unstored = with(right(), |_, lines| {
        set(lines, "vary", "accept");
        set(lines, "cache-control", "no-store");
    });
    assert_eq!(codes_at(unstored), [""; 0]);
}

#[test]
fn the_answers_that_allow_nobody_say_it_too() {
    let on_allowed_alone = with(right(), |ask, lines| {
        if origin(ask) != APP {
            lines.retain(|(name, _)| name != "vary");
        }
    });
    // The copy of a visit, without Vary, is also what a 304 revives.
    let found = codes_at(on_allowed_alone);
    assert!(found.contains(&"incomplete-vary".to_owned()), "{found:?}");
    // The standard's own example: a wildcard for CORS requests only.
    let on_cors_alone = |ask: &Ask| {
        let lines = if origin(ask).is_empty() { Vec::new() } else { vec![line(ORIGIN, "*")] };
        response(status(ask), lines)
    };
    let found = codes_at(on_cors_alone);
    assert_eq!(found, ["missing-vary"]);
    // The answer that says `*` does no harm in the place of one that names its page.
    let default_of_flask = |ask: &Ask| {
        let lines = match origin(ask).as_str() {
            "" => vec![line(ORIGIN, "*")],
            origin => vec![line(ORIGIN, origin), line("vary", "Origin")],
        };
        response(status(ask), lines)
    };
    assert_eq!(codes_at(default_of_flask), [""; 0]);
}

/// A cache with that key, in front of a server.
fn cached(server: impl Fn(&Ask) -> Response, key: impl Fn(&Ask) -> String) -> impl Fn(&Ask) -> Response {
    let stored: RefCell<HashMap<String, Response>> = RefCell::default();
    move |ask| {
        if ask.verb.name() != "GET" || ask.lines.iter().any(|(name, _)| name.starts_with("if-") || name == "range") {
            return server(ask);
        }
        stored.borrow_mut().entry(key(ask)).or_insert_with(|| server(ask)).clone()
    }
}

#[test]
fn a_cache_that_mixes_up_pages_is_found_whatever_its_key() {
    let whole_url = cached(right(), |ask| ask.url.to_string());
    assert_eq!(codes_at(whole_url), ["cached-answer"]);
    let path_only = |ask: &Ask| ask.url.path().to_owned();
    let found = codes_at(cached(with(right(), |_, _| {}), path_only));
    assert!(found.contains(&"cached-answer".to_owned()), "{found:?}");
    let by_origin = cached(right(), |ask| format!("{} {}", ask.url, origin(ask)));
    assert_eq!(codes_at(by_origin), [""; 0]);
}

#[test]
fn a_cache_does_not_hide_an_attacker() {
    let open = cached(allowing(|_| true), |ask| ask.url.to_string());
    let found = codes_at(open);
    assert!(found.contains(&"reflected-origin!".to_owned()), "{found:?}");
    assert!(found.contains(&"cached-answer".to_owned()), "{found:?}");
}

#[test]
fn a_304_that_leaves_the_copys_headers_in_force_is_found() {
    let bare_304 = with(right(), |ask, lines| {
        if status(ask) == 304 {
            bare(lines);
        }
    });
    assert_eq!(codes_at(bare_304), ["revived-304"]);
    let second = "https://www.shop.example";
    let both = move |origin: &str| origin == APP || origin == second;
    let findings = probed(&plan(&[APP, second]), allowing(both));
    assert_eq!(codes(&findings), [""; 0]);
    let bare_304 = with(allowing(both), |ask, lines| {
        if status(ask) == 304 {
            bare(lines);
        }
    });
    assert_eq!(codes(&probed(&plan(&[APP, second]), bare_304)), ["revived-304"]);
}
