//! Comma-separated values from others: an upstream's `vary`, and the names of headers in a request.

use super::generate::{actual_from, allowing};
use corsac_oracle::config::{Configuration, Pattern, Policy};
use corsac_oracle::engine::{answer, cases, compile};
use corsac_oracle::lists::vary_with_origin;
use corsac_oracle::wire::header;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The members of a list, without optional whitespace and empty ones.
fn members(value: &[u8]) -> Vec<String> {
    let text: String = value.iter().copied().map(char::from).collect();
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t']).to_owned());
    members.filter(|member| !member.is_empty()).collect()
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let pieces = select(
        &[
            ",",
            ",",
            ",",
            ", ",
            " ",
            "\t",
            "origin",
            "Origin",
            "ORIGIN",
            "*",
            "accept",
            "x-origin",
            "originx",
            "origin\u{e9}",
            "accept-encoding",
            "\"a,b\"",
            ";",
            "x y",
            "=",
            "access-control-request-method",
        ][..],
    );
    let pieces = vec(pieces, 0..9).prop_map(|pieces| pieces.concat().into_bytes());
    let byte = any::<u8>().prop_filter("no header value holds it", |byte| *byte == b'\t' || !byte.is_ascii_control());
    prop_oneof![8 => pieces, 1 => vec(byte, 0..12)]
}

/// The names in a request, up to and beyond the longest value that is echoed.
fn names() -> impl Strategy<Value = Vec<u8>> {
    let long = (16_370_usize..=16_400, 1_usize..40).prop_map(|(length, every)| {
        let name = format!("x-{},", "n".repeat(every));
        name.bytes().cycle().take(length).collect()
    });
    prop_oneof![10 => value(), 1 => long]
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn origin_is_added_to_an_upstreams_vary_and_nothing_is_lost(vary in value()) {
        let policy = allowing(vec![Pattern::Text("https://a.example".to_owned())]);
        thread_local!(static POLICIES: std::cell::OnceCell<corsac_policy::Policies> = const { std::cell::OnceCell::new() });
        let mut exchange = actual_from(b"https://a.example");
        exchange.upstream = vec![("vary".to_owned(), vary.clone())];
        let answered = POLICIES.with(|policies| {
            answer(policies.get_or_init(|| compile(&Configuration::single(policy)).expect("sound")), &exchange)
        });
        let merged = header(&answered.headers, "vary").expect("a listed origin's answer varies");
        let expected = vary_with_origin(Some(&vary));
        prop_assert_eq!(members(merged), members(&expected), "{}", merged.escape_ascii());
        if expected == vary {
            prop_assert_eq!(merged, &vary, "a value that covers origin remains unchanged");
        }
    }

    #[test]
    fn the_echo_of_requested_headers_equals_that_of_a_slow_scan(names in names()) {
        let policy = Policy {
            allow_credentials: true,
            allow_headers: vec!["*".to_owned()],
            ..allowing(vec![Pattern::Text("https://a.example".to_owned())])
        };
        thread_local!(static POLICIES: std::cell::OnceCell<corsac_policy::Policies> = const { std::cell::OnceCell::new() });
        let mut exchange = actual_from(b"https://a.example");
        "OPTIONS".clone_into(&mut exchange.request.method);
        for (name, value) in [("access-control-request-method", b"PUT".to_vec()), ("access-control-request-headers", names.clone())] {
            exchange.request.headers.push((name.to_owned(), value));
        }
        let answered = POLICIES.with(|policies| {
            answer(policies.get_or_init(|| compile(&Configuration::single(policy)).expect("sound")), &exchange)
        });
        let is_token = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        let echo: Vec<String> = members(&names).into_iter().filter(is_token).collect();
        let expected = (!echo.is_empty() && names.len() <= 16_384).then(|| echo.join(", ").into_bytes());
        prop_assert_eq!(header(&answered.headers, "access-control-allow-headers"), expected.as_deref());
    }
}
