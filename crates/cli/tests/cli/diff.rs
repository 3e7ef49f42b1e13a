//! `corsac diff`.

use corsac_policy::{Policies, Tools, compile};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::bin::{Files, Run, corsac};

fn diff(old: &Json, new: &Json, more: &[&str]) -> Run {
    let files = Files::new();
    let (old, new) = (files.write("old.json", old.to_string()), files.write("new.json", new.to_string()));
    corsac(&[&["diff", "--format", "json", &old, &new], more].concat())
}

fn changes(old: &Json, new: &Json) -> Json {
    let run = diff(old, new, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    run.json()["changes"].clone()
}

#[test]
fn a_list_and_the_regex_that_says_the_same_do_not_differ() {
    let list = json!({ "allowOrigins": ["https://a.example.com", "https://b.example.com"] });
    let regex = json!({ "allowOrigins": [{ "regex": "https://[ab]\\.example\\.com" }] });
    assert_eq!(changes(&list, &regex), json!([]));
    assert_eq!(changes(&regex, &list), json!([]));
}

#[test]
fn a_wider_pattern_shows_an_origin_that_it_lets_in() {
    let old = json!({ "allowOrigins": ["https://a.example.com"] });
    let new = json!({ "allowOrigins": ["https://a.example.com", "https://*.example.com"] });
    let gained = changes(&old, &new)[0]["gained"].clone();
    assert_eq!(gained.as_array().map(Vec::len), Some(1));
    assert_eq!((&gained[0]["what"], &gained[0]["value"]), (&json!("origin"), &json!("https://*.example.com")));
    let witness = gained[0]["witness"].as_str().expect("a witness");
    assert!(witness.ends_with(".example.com") && witness != "https://a.example.com", "{witness}");
    let lost = changes(&new, &old)[0]["lost"].clone();
    assert_eq!(lost[0]["value"], "https://*.example.com");
}

#[test]
fn any_origin_and_null_are_told_apart() {
    let some = json!({ "allowOrigins": ["https://a.example"] });
    let any = json!({ "allowOrigins": ["*"] });
    assert_eq!(changes(&some, &any)[0]["gained"][0]["value"], "*");
    assert_eq!(changes(&any, &some)[0]["lost"][0]["value"], "*");
    let credentials = json!({ "allowOrigins": [{ "exact": "*" }], "allowCredentials": true, "acceptRisks": ["any-origin-with-credentials"] });
    let change = &changes(&credentials, &any)[0];
    assert_eq!(
        (&change["gained"][0]["witness"], &change["lost"][0]["what"]),
        (&json!("null"), &json!("allowCredentials"))
    );
}

#[test]
fn methods_headers_and_credentials_are_compared_by_what_pages_may_do() {
    let old = json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["PUT", "GET"], "allowHeaders": ["X-A"] });
    let new = json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["*"], "allowHeaders": ["x-a", "authorization"], "allowCredentials": true });
    let change = &changes(&old, &new)[0];
    let gained: Vec<&str> =
        change["gained"].as_array().expect("a list").iter().filter_map(|item| item["value"].as_str()).collect();
    assert_eq!(gained, ["true", "*", "authorization"]);
    assert_eq!(change["lost"], json!([]));
}

#[test]
fn safelisted_methods_need_no_listing() {
    let old = json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["PUT"] });
    let new = json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["GET", "PUT", "POST", "HEAD"] });
    assert_eq!(changes(&old, &new), json!([]));
}

#[test]
fn rules_are_compared_place_by_place() {
    let policies =
        json!({ "one": { "allowOrigins": ["https://a.example"] }, "two": { "allowOrigins": ["https://b.example"] } });
    let old = json!({ "policies": policies, "rules": [{ "hosts": ["api.example.com"], "policy": "one" }, { "policy": "two" }] });
    let new = json!({ "policies": policies, "rules": [{ "hosts": ["api.example.com"], "paths": ["/v1/*"], "policy": "one" }, { "policy": "two" }] });
    let changes = changes(&old, &new);
    assert_eq!(changes.as_array().map(Vec::len), Some(1), "{changes}");
    assert_eq!((&changes[0]["old"], &changes[0]["new"]), (&json!("one"), &json!("two")));
    assert_eq!(changes[0]["place"], "api.example.com/any-other");
    assert_eq!(changes[0]["gained"][0]["value"], "https://b.example");
}

#[test]
fn a_port_of_a_host_is_a_place_of_its_own() {
    let policies =
        json!({ "one": { "allowOrigins": ["https://a.example"] }, "two": { "allowOrigins": ["https://b.example"] } });
    let old = json!({ "policies": policies, "rules": [{ "hosts": ["*.example.com:8443"], "policy": "one" }, { "hosts": ["api.example.com"], "policy": "two" }] });
    let new = json!({ "policies": policies, "rules": [{ "hosts": ["api.example.com"], "policy": "two" }, { "hosts": ["*.example.com:8443"], "policy": "one" }] });
    assert_eq!(changes(&old, &new)[0]["place"], "api.example.com:8443/*");
}

#[test]
fn widening_fails_where_that_is_asked_for() {
    let narrow = json!({ "allowOrigins": ["https://a.example"] });
    let wide = json!({ "allowOrigins": ["https://a.example", "https://b.example"] });
    assert_eq!(diff(&narrow, &wide, &["--fail-on-widening"]).status, 1);
    assert_eq!(diff(&wide, &narrow, &["--fail-on-widening"]).status, 0);
    assert_eq!(diff(&narrow, &wide, &[]).status, 0);
    assert_eq!(diff(&narrow, &json!({ "allowOrigins": ["nonsense"] }), &[]).status, 2);
}

fn entries() -> impl Strategy<Value = Vec<Json>> {
    let entries = [
        json!("https://a.example.com"),
        json!("https://b.example.com"),
        json!("https://*.example.com"),
        json!("https://*-x.example.com"),
        json!("https://b.example.com:*"),
        json!("null"),
        json!("*"),
        json!({ "regex": "https://[ab]\\.example\\.com" }),
        json!({ "prefix": "https://b.example.com:" }),
        json!({ "suffix": ".example.com" }),
    ];
    prop::sample::subsequence(entries.to_vec(), 1..4)
}

fn policy(entries: &[Json]) -> Json {
    json!({ "allowOrigins": entries, "acceptRisks": ["null-origin", "loose-match", "public-suffix-wildcard"] })
}

fn compiled(policy: &Json) -> Policies {
    compile(policy.to_string().as_bytes(), &Tools::default()).expect("a sound policy").policies
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_witness_is_one_and_no_origin_changes_sides_unsaid(old in entries(), new in entries()) {
        let (old, new) = (policy(&old), policy(&new));
        let changes = changes(&old, &new);
        let allows = |policy: &Policies, origin: &str| policy.check_origin("default", origin.as_bytes()) == Some(Ok(()));
        let (before, after) = (compiled(&old), compiled(&new));
        for (list, wider, narrower) in [("gained", &after, &before), ("lost", &before, &after)] {
            let items = changes[0][list].as_array().cloned().unwrap_or_default();
            for item in &items {
                let witness = item["witness"].as_str().expect("a witness");
                prop_assert!(allows(wider, witness) && !allows(narrower, witness), "{} {}", list, item);
            }
            for origin in ["https://a.example.com", "https://c.example.com", "https://c-x.example.com", "http://d.example.com", "null", "https://b.example.com:8443", "https://other.example", "capacitor://x"] {
                let changed = allows(wider, origin) && !allows(narrower, origin);
                prop_assert!(!changed || !items.is_empty(), "{} {} -> {}", origin, old, new);
            }
        }
    }
}

#[test]
fn a_policy_is_compared_with_its_own_trial() {
    let trial = json!({ "allowOrigins": ["https://a.example.com", "https://b.example.com"], "maxAge": 60 });
    let policy = json!({ "allowOrigins": ["https://a.example.com"], "reportOnly": true, "trial": trial });
    let tried = json!({ "allowOrigins": trial["allowOrigins"], "maxAge": 60, "reportOnly": true });
    let files = Files::new();
    let file = files.write("policy.json", policy.to_string());
    let run = corsac(&["diff", "--format", "json", &file, "--trial", "--fail-on-widening"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(run.json()["changes"], changes(&policy, &tried));
    assert_eq!(changes(&policy, &json!({ "allowOrigins": ["https://a.example.com"], "reportOnly": true })), json!([]));
}

#[test]
fn without_a_trial_there_is_nothing_to_compare() {
    let files = Files::new();
    let file = files.write("policy.json", r#"{ "allowOrigins": ["https://a.example.com"] }"#);
    let run = corsac(&["diff", &file, "--trial"]);
    assert!(run.status == 2 && run.stderr.contains("No policy here has a \"trial\"."), "{run:?}");
    assert_eq!(corsac(&["diff", &file]).status, 2, "a second policy, or --trial");
}

#[test]
fn a_source_of_origins_is_named_where_it_is_added_changed_or_removed_and_its_headers_are_not() {
    let with = |sources: Json| json!({ "allowOrigins": ["https://a.example"], "originSources": sources });
    let source = |path: &str, refresh: &str| json!({ "cluster": "origins", "path": path, "refresh": refresh, "headers": { "x-key": "hunter2" } });
    let (none, one) = (json!({ "allowOrigins": ["https://a.example"] }), with(json!([source("/a", "60s")])));
    let item = |path: &str| json!([{ "what": "originSources", "value": format!("origins{path}"), "witness": null }]);
    assert_eq!(changes(&none, &one)[0]["gained"], item("/a"));
    assert_eq!(changes(&one, &none)[0]["lost"], item("/a"));
    let change = &changes(&one, &with(json!([source("/a", "5s"), source("/b", "60s")])))[0];
    assert_eq!((&change["gained"], &change["lost"], &change["changed"]), (&item("/b"), &json!([]), &item("/a")));
    assert_eq!(changes(&one, &one), json!([]));
    let rule = |policy: Json| json!({ "policies": { "one": one }, "rules": [{ "policy": policy }] });
    assert_eq!(changes(&rule(json!(null)), &rule(json!("one")))[0]["gained"][1], item("/a")[0]);
    assert_eq!(diff(&none, &one, &["--fail-on-widening"]).status, 1);
    assert!(!format!("{:?}", diff(&none, &one, &[])).contains("hunter2"));
}
