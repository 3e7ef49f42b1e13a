//! What the engine tells of rules and entries is true: the rule that it names matches, and none
//! before it does; the entries are those of the document, at their pointers.

#![cfg(not(target_family = "wasm"))] // proptest wants files, threads and time

use corsac_policy::{
    Choice, Decision, List, Policies, Request, Route, RoutePolicy, Tools, choice, compile, decide, entries,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// A cross-origin `GET`.
#[derive(Clone, Debug)]
struct Get {
    host: &'static str,
    path: &'static str,
    route: &'static str,
}

impl Route for Get {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        Some(self.route.into())
    }

    fn route_policy(&mut self) -> RoutePolicy {
        RoutePolicy::Absent
    }
}

impl Request for Get {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        match name {
            "origin" => Some(b"https://app.example".to_vec()),
            ":method" => Some(b"GET".to_vec()),
            ":authority" => Some(self.host.into()),
            ":path" => Some(self.path.into()),
            _ => None,
        }
    }
}

const HOSTS: [&str; 4] = ["api.test", "*.test", "other.test", "*"];
const PATHS: [&str; 5] = ["/v1/*", "/v1/items", "/*", "/healthz", "/v2/*"];
const ROUTES: [&str; 2] = ["legacy", "modern"];

fn list(all: &'static [&'static str]) -> impl Strategy<Value = Option<Vec<&'static str>>> {
    prop::option::of(subsequence(all, 1..all.len()))
}

fn rule() -> impl Strategy<Value = Value> {
    let policy = prop::option::of(select(&["one", "two"][..]));
    (list(&HOSTS), list(&PATHS), list(&ROUTES), policy).prop_map(|(hosts, paths, routes, policy)| {
        let mut rule = json!({ "policy": policy });
        for (key, list) in [("hosts", hosts), ("paths", paths), ("routes", routes)] {
            if let Some(list) = list {
                rule[key] = json!(list);
            }
        }
        rule
    })
}

fn get() -> impl Strategy<Value = Get> {
    let host = select(&["api.test", "a.test:8443", "other.test", "api.example"][..]);
    let path = select(&["/v1", "/v1/items", "/v1/items?a=b", "/healthz", "/v2/x", "/"][..]);
    (host, path, select(&["", "legacy", "modern"][..])).prop_map(|(host, path, route)| Get { host, path, route })
}

/// Two policies that differ in name alone.
fn compiled(rules: &[Value]) -> Policies {
    let policy = json!({ "allowOrigins": ["https://app.example"] });
    let document = json!({ "policies": { "one": policy, "two": policy }, "rules": rules });
    compile(document.to_string().as_bytes(), &Tools::default()).expect("a sound configuration").policies
}

fn policy_of(rules: &[Value], get: &Get) -> Option<String> {
    if rules.is_empty() {
        return None;
    }
    let policies = compiled(rules);
    match decide(&policies, &mut get.clone()) {
        Decision::Untouched(_) => None,
        decision => decision.record(&policies)?.policy.map(str::to_owned),
    }
}

/// A rule with one entry of a list alone.
fn with_only(rule: &Value, list: &str, place: Option<usize>) -> Value {
    let mut rule = rule.clone();
    if let Some(place) = place {
        rule[list] = json!([rule[list][place]]);
    }
    rule
}

proptest! {
    #[test]
    fn the_rule_that_is_named_matches_by_the_entries_that_are_named_and_none_before_it_does(
        rules in prop::collection::vec(rule(), 1..6), get in get()
    ) {
        let policies = compiled(&rules);
        let matches = |rule: &Value| {
            let mut rule = rule.clone();
            rule["policy"] = json!("one");
            policy_of(&[rule], &get).is_some()
        };
        match choice(&policies, &mut get.clone()) {
            Choice::Rule(matched) => {
                let rule = &rules[matched.index];
                let lists = [("hosts", matched.host), ("paths", matched.path), ("routes", matched.route)];
                let narrowed = lists.iter().fold(rule.clone(), |rule, (list, place)| with_only(&rule, list, *place));
                prop_assert!(matches(&narrowed));
                for (list, place) in lists {
                    prop_assert_eq!(place.is_some(), rule.get(list).is_some());
                }
                prop_assert!(!rules[..matched.index].iter().any(matches));
                prop_assert_eq!(policy_of(&rules, &get), rule["policy"].as_str().map(str::to_owned));
            }
            other => {
                prop_assert_eq!(other, Choice::NoRule);
                prop_assert!(!rules.iter().any(matches));
            }
        }
    }
}

#[test]
fn entries_are_those_of_the_document_at_their_pointers() {
    let document = json!({
        "policies": {
            "base": {
                "allowOrigins": ["https://app.example", { "regex": "https://[a-z]+\\.app\\.example" }, { "exact": "https://b.example" }],
                "allowMethods": ["PUT", "DELETE"],
            },
            "a/b~c": { "allowOrigins": ["null"], "acceptRisks": ["null-origin"] },
            "heir": { "extends": "base", "allowMethods": ["PATCH"], "allowHeaders": ["x-a"] },
        },
        "rules": [{ "policy": "heir" }],
    });
    let text = document.to_string();
    let mut count = 0;
    for policy in ["base", "a/b~c", "heir"] {
        for list in [List::Origins, List::Methods, List::Headers] {
            for entry in entries(text.as_bytes(), policy, list) {
                let written = document.pointer(&entry.pointer).unwrap_or_else(|| panic!("{}", entry.pointer));
                assert_eq!(&serde_json::from_str::<Value>(&entry.text).unwrap(), written, "{}", entry.pointer);
                assert_eq!(entry.plain.as_deref(), written.as_str());
                count += 1;
            }
        }
    }
    assert_eq!(count, 11);
    let pointer = |policy, list| entries(text.as_bytes(), policy, list).swap_remove(0).pointer;
    assert_eq!(pointer("heir", List::Origins), "/policies/base/allowOrigins/0", "an inherited entry is in the base");
    assert_eq!(pointer("heir", List::Methods), "/policies/heir/allowMethods/0");
    assert_eq!(pointer("a/b~c", List::Origins), "/policies/a~1b~0c/allowOrigins/0");
}

#[test]
fn where_there_is_nothing_to_list_there_are_no_entries() {
    for (configuration, policy) in [
        (&b""[..], "default"),
        (b"[]", "default"),
        (br#"{ "allowOrigins": ["https://app.example"] }"#, "other"),
        (br#"{ "policies": { "a": { "allowOrigins": ["*"] } }, "rules": [{ "policy": "a" }] }"#, "default"),
    ] {
        assert_eq!(entries(configuration, policy, List::Origins), []);
    }
}
