//! Attackers.

use crate::{ORIGIN, allowing, bare, codes, codes_at, line, origin, plan, probed, response, set, status, with};

#[test]
fn a_server_that_names_whoever_asks_lets_in_strangers_and_null() {
    assert_eq!(codes_at(allowing(|_| true)), ["reflected-origin!", "null-origin!"]);
    assert_eq!(codes(&probed(&plan(&[]), allowing(|_| true))), ["reflected-origin!", "null-origin!"]);
    let without_credentials =
        |ask: &corsac_probe::Ask| response(status(ask), vec![line(ORIGIN, origin(ask)), line("vary", "Origin")]);
    assert_eq!(codes_at(without_credentials), ["reflected-origin", "null-origin"]);
    // It is another way of saying `*`, where that is what the server says to the rest.
    let means_everybody = with(without_credentials, |ask, lines| {
        if origin(ask).is_empty() {
            set(lines, ORIGIN, "*");
        }
    });
    assert_eq!(codes_at(means_everybody), [""; 0]);
    assert_eq!(codes_at(allowing(|origin| origin != "null")), ["reflected-origin!"]);
}

#[test]
fn each_careless_comparison_has_its_name() {
    const APP: &str = crate::APP;
    let cases: [(fn(&str) -> bool, &[&str]); 9] = [
        (|origin| origin == APP || origin == "null", &["null-origin!"]),
        (|origin| origin.starts_with(APP), &["prefix-match!", "any-port!"]),
        (|origin| origin.ends_with("shop.example"), &["suffix-match!", "insecure-origin!"]),
        (|origin| origin.starts_with("https://") && origin.ends_with("shop.example"), &["suffix-match!"]),
        (
            |origin| origin.starts_with("https://app") && origin.ends_with("shop.example") && origin.len() == APP.len(),
            &["unescaped-dot!"],
        ),
        (|origin| origin == APP || origin.starts_with(&format!("{APP}_")), &["special-character!"]),
        (|origin| origin == APP || origin.starts_with(&format!("{APP}`")), &["special-character!"]),
        (
            |origin| origin.starts_with("https://") && origin.ends_with(".example") && origin != "https://word.test",
            &["public-suffix-origin!"],
        ),
        (|origin| origin == APP || origin == "http://app.shop.example", &["insecure-origin!"]),
    ];
    for (number, (is_allowed, expected)) in cases.into_iter().enumerate() {
        assert_eq!(codes_at(allowing(is_allowed)), expected, "case {number}");
    }
    assert_eq!(
        codes_at(allowing(|origin| origin.contains("shop.example"))),
        ["prefix-match!", "suffix-match!", "unescaped-dot!", "insecure-origin!", "any-port!"]
            .into_iter()
            .filter(|code| *code != "unescaped-dot!")
            .collect::<Vec<_>>()
    );
}

#[test]
fn an_origin_that_is_listed_is_no_attack() {
    let both = [crate::APP, "http://app.shop.example", "null"];
    let findings = probed(&plan(&both), allowing(move |origin| both.contains(&origin)));
    assert_eq!(codes(&findings), [""; 0]);
}

#[test]
fn a_preflight_that_lets_in_strangers_lets_them_act() {
    let open = allowing(|_| true);
    let strict = crate::right();
    let server = move |ask: &corsac_probe::Ask| if ask.is_preflight() { open(ask) } else { strict(ask) };
    let findings = probed(&plan(&[crate::APP]), server);
    assert_eq!(codes(&findings), ["reflected-origin!", "null-origin!"]);
    assert!(findings[0].message.contains("sends PUT"), "{}", findings[0].message);
}

#[test]
fn an_error_page_that_names_whoever_asks_is_found() {
    let open = allowing(|_| true);
    let strict = crate::right();
    let server = move |ask: &corsac_probe::Ask| if status(ask) == 404 { open(ask) } else { strict(ask) };
    let findings = probed(&plan(&[crate::APP]), server);
    assert_eq!(codes(&findings), ["reflected-origin!"]);
    assert!(findings[0].message.contains("error page"), "{}", findings[0].message);
}

#[test]
fn a_wildcard_for_the_rest_of_the_world_is_no_attack() {
    let server = with(crate::right(), |ask, lines| {
        if origin(ask) != crate::APP {
            bare(lines);
            set(lines, ORIGIN, "*");
        }
    });
    assert_eq!(codes_at(server), [""; 0]);
}
