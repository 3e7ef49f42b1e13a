//! What [`corsac_policy::accepted`] says an entry accepts is what a policy with that entry allows.
#![cfg(not(target_family = "wasm"))]

use corsac_policy::{Accepted, Tools, accepted, any_origin, compile};
use proptest::prelude::*;
use regular_language::{Language, contains, witness};
use serde_json::json;

/// Every kind of entry.
const ENTRIES: &[&str] = &[
    r#""https://a.example""#,
    r#""https://a.example:8443""#,
    r#""https://*.a.example""#,
    r#""https://*-p.a.example""#,
    r#""https://x*.a.example""#,
    r#""https://*""#,
    r#""http://localhost:*""#,
    r#""https://a.example:*""#,
    r#""*""#,
    r#""null""#,
    r#""file://""#,
    r#""capacitor://localhost""#,
    r#"{"exact": "https://a.example"}"#,
    r#"{"exact": "*"}"#,
    r#"{"origin": "https://*.a.example", "acceptRisks": []}"#,
    r#"{"prefix": "https://a."}"#,
    r#"{"suffix": ".a.example"}"#,
    r#"{"regex": "https?://[ab]\\.example(:[0-9]+)?"}"#,
    r#"{"regex": "null|https://a\\.example"}"#,
    r#"{"regex": "(?i)https://[a-c]+\\.EXAMPLE"}"#,
];

const RISKS: &[&str] = &["null-origin", "loose-match", "public-suffix-wildcard"];

/// Whether a policy with this entry alone allows the origin.
fn allows(entry: &str, origin: &str) -> bool {
    let entry: serde_json::Value = serde_json::from_str(entry).expect("JSON");
    let accepting = |risks: &[&str]| {
        let configuration = json!({ "allowOrigins": [entry], "acceptRisks": risks });
        compile(configuration.to_string().as_bytes(), &Tools::default())
    };
    let compiled = accepting(RISKS).expect("a sound policy");
    compiled.policies.check_origin("default", origin.as_bytes()) == Some(Ok(()))
}

fn is_accepted(entry: &str, origin: &str) -> bool {
    match accepted(entry).expect("an entry") {
        Accepted::Any => true,
        Accepted::Exactly(exact) => exact == origin,
        Accepted::Pattern(language) => {
            contains(&language, origin.as_bytes()) && contains(&any_origin(), origin.as_bytes())
        }
        Accepted::Tenant(_) => false,
    }
}

fn origin() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        "a.example",
        "b.example",
        "x.a.example",
        "pr-1-p.a.example",
        "x1.a.example",
        "y.x.a.example",
        "localhost",
        "[::1]",
        "1.2.3.4",
        "A.example",
        "a.example.",
        "abc.example",
        "",
        "a..example",
        "[1:0:0:2::3]",
    ]);
    let scheme = prop::sample::select(vec!["https", "http", "capacitor", "HTTPS", ""]);
    let port = prop::sample::select(vec!["", "", ":8443", ":443", ":0", ":99999", ":", "/"]);
    let whole = (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"));
    prop_oneof![8 => whole, 1 => prop::sample::select(vec!["null", "file://", "", "*", "https://"]).prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_language_of_an_entry_holds_what_the_policy_allows(entry in prop::sample::select(ENTRIES), origin in origin()) {
        prop_assert_eq!(is_accepted(entry, &origin), allows(entry, &origin), "{} {}", entry, origin);
    }
}

#[test]
fn a_shortest_origin_of_each_pattern_is_allowed() {
    for entry in ENTRIES {
        let Some(Accepted::Pattern(language)) = accepted(entry) else { continue };
        let shortest = witness(&Language::intersection(vec![language.clone(), any_origin()]), 4_000_000)
            .expect("little work")
            .expect("an origin");
        let shortest = String::from_utf8(shortest).expect("ASCII");
        assert!(allows(entry, &shortest), "{entry} {shortest}");
        assert_eq!(witness(&language.except(&Language::all()), 1_000_000), Ok(None));
    }
}

#[test]
fn what_is_no_entry_accepts_nothing() {
    for bad in
        ["", "1", "[]", "{}", "\"https://A.example/\"", r#"{"regex": "("}"#, r#"{"exact": "https://*.a.example"}"#]
    {
        assert!(accepted(bad).is_none(), "{bad}");
    }
}
