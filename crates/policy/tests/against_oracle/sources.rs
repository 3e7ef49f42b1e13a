//! Origins from a service: a list in force gives the answers that the same origins give when they
//! are written into the policy, but for those that are left out.

use std::sync::Arc;

use corsac_oracle::engine::{answer, cases};
use corsac_oracle::origin::is_origin;
use corsac_oracle::wire::Exchange;
use corsac_policy::{OriginListBuilder, Policies, Tools, compile};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::generate::{actual_from, twisted, twists};

const ENTRIES: &[&str] = &[
    "https://app.example",
    "https://app.example:8443",
    "http://app.example",
    "http://localhost",
    "http://app.localhost:3000",
    "http://127.0.0.1:8080",
    "http://[::1]",
    "https://[2001:db8::1]",
    "app://main",
    "chrome-extension://abc",
    "*",
    "null",
    "file://",
    "https://*",
    "https://*.example",
    "https://*.app.example",
    "https://*-a.app.example",
    "https://app.example:*",
    "https://{tenant}.app.example",
    "ws://app.example",
    "",
];

fn entry() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => select(ENTRIES).prop_map(|entry| entry.as_bytes().to_vec()),
        2 => (select(ENTRIES), twists()).prop_map(|(entry, twists)| twisted(entry.as_bytes(), &twists)),
    ]
}

/// A policy with these origins, with or without a source.
fn policy(origins: &[Value], credentials: bool, accepts: bool, has_source: bool) -> Value {
    let risks: &[&str] = if accepts { &["insecure-origin-with-credentials"] } else { &[] };
    let mut policy = json!({ "allowOrigins": origins, "allowCredentials": credentials, "acceptRisks": risks });
    if has_source {
        policy["originSources"] = json!([{ "cluster": "origins", "path": "/" }]);
    }
    policy
}

fn compiled(policy: &Value) -> Option<Policies> {
    Some(compile(policy.to_string().as_bytes(), &Tools::default()).ok()?.policies)
}

/// Whether the entry alone would be accepted in the policy, and opens no more than one site.
fn is_taken(entry: &[u8], credentials: bool, accepts: bool) -> Option<String> {
    let text = String::from_utf8(entry.to_vec()).ok()?;
    let is_one = !["*", "null", "file://"].contains(&text.as_str());
    compiled(&policy(&[json!({ "exact": text })], credentials, accepts, false)).filter(|_| is_one).map(|_| text)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_list_is_worth_the_same_as_its_origins_in_the_policy(
        entries in vec(entry(), 0..12),
        credentials in any::<bool>(),
        accepts in any::<bool>(),
        asked in vec(entry(), 1..6),
    ) {
        let own = json!("https://static.example");
        let mut list = OriginListBuilder::new([1, 2], 0, 0);
        for entry in &entries {
            list.push(entry);
        }
        let list = list.finish();
        let taken: Vec<String> = entries.iter().filter_map(|entry| is_taken(entry, credentials, accepts)).collect();
        prop_assert!(taken.iter().all(|text| is_origin(text)), "{taken:?}");
        let counts = list.counts();
        prop_assert!(entries.len() >= (counts.plain + counts.insecure + counts.left_out) as usize);

        let cold = compiled(&policy(std::slice::from_ref(&own), credentials, accepts, true)).expect("sound");
        let warm = cold.with_list(0, Some(Arc::new(list)));
        let written = [own.clone()].into_iter().chain(taken.iter().map(|text| json!({ "exact": text })));
        let written = compiled(&policy(&written.collect::<Vec<_>>(), credentials, accepts, false)).expect("sound");
        let alone = compiled(&policy(&[own], credentials, accepts, false)).expect("sound");
        for origin in entries.iter().chain(&asked).filter(|origin| !origin.is_empty()) {
            for exchange in [actual_from(origin), preflight_from(origin)] {
                prop_assert_eq!(answer(&warm, &exchange), answer(&written, &exchange), "{}", origin.escape_ascii());
                prop_assert_eq!(answer(&cold, &exchange), answer(&alone, &exchange), "{}", origin.escape_ascii());
                let cooled = warm.with_list(0, None);
                prop_assert_eq!(answer(&cooled, &exchange), answer(&alone, &exchange), "{}", origin.escape_ascii());
            }
        }
    }
}

fn preflight_from(origin: &[u8]) -> Exchange {
    let mut exchange = actual_from(origin);
    "OPTIONS".clone_into(&mut exchange.request.method);
    exchange.request.headers.push(("access-control-request-method".to_owned(), b"GET".to_vec()));
    exchange
}

#[test]
fn policies_that_name_one_source_share_it_and_each_judges_its_list() {
    let source = json!([{ "cluster": "origins", "path": "/" }]);
    let other = json!([{ "cluster": "origins", "path": "/other" }, { "cluster": "origins", "path": "/" }]);
    let configuration = json!({
        "policies": {
            "strict": { "originSources": source, "allowCredentials": true },
            "lax": { "originSources": other, "allowCredentials": true, "acceptRisks": ["insecure-origin-with-credentials"] },
            "open": { "originSources": source },
            "child": { "extends": "strict", "allowMethods": ["PUT"] }
        },
        "rules": [
            { "paths": ["/a"], "policy": "strict" }, { "paths": ["/b"], "policy": "lax" },
            { "paths": ["/c"], "policy": "open" }, { "policy": "child" }
        ]
    });
    let policies = compiled(&configuration).expect("sound");
    let paths: Vec<&str> = policies.sources().iter().map(|source| &*source.path).collect();
    assert_eq!(paths, ["/", "/other"]);
    let mut list = OriginListBuilder::new([1, 2], 0, 0);
    for entry in ["https://a.example", "http://a.example", "http://localhost:3000", "null"] {
        list.push(entry.as_bytes());
    }
    let policies = policies.with_list(0, Some(Arc::new(list.finish())));
    let allows = |policy: &str, origin: &str| policies.check_origin(policy, origin.as_bytes()) == Some(Ok(()));
    for (policy, insecure) in [("strict", false), ("lax", true), ("open", true), ("child", false)] {
        assert!(allows(policy, "https://a.example") && allows(policy, "http://localhost:3000"), "{policy}");
        assert_eq!(allows(policy, "http://a.example"), insecure, "{policy}");
        assert!(!allows(policy, "null"), "{policy}");
    }
    let counts = policies.list_counts(0).expect("a list");
    assert_eq!((counts.plain, counts.insecure, counts.left_out), (2, 1, 1));
    assert_eq!(policies.list_counts(1), None);
    assert_eq!(policies.sources_of("lax").count(), 2);
}

#[test]
fn a_source_shows_no_header_value() {
    let configuration =
        json!({ "originSources": [{ "cluster": "a", "path": "/", "headers": { "X-Key": "hunter2" } }] });
    let policies = compiled(&configuration).expect("sound");
    let shown = format!("{policies:?} {} {:?}", policies.sources()[0], policies.sources());
    assert!(!shown.contains("hunter2") && shown.contains("x-key"), "{shown}");
    let wrong = r#"{ "originSources": [{ "cluster": "a", "path": "/", "headers": { "x-key": " hunter2", "host": "hunter3", "y": "${HUNTER}" } }] }"#;
    let report = compile(wrong.as_bytes(), &Tools::default()).expect_err("refused").to_string();
    assert_eq!(report.lines().count(), 3, "{report}");
    assert!(!report.to_lowercase().contains("hunter"), "{report}");
}

#[test]
fn policies_may_be_sent_to_other_threads_and_shared_with_them() {
    const fn both<T: Send + Sync>() {}
    both::<Policies>();
}
