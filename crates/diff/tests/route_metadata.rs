//! Policies that routes name in their metadata.

use corsac_diff::{Change, Side, changes, widens};
use serde_json::{Value as Json, json};

/// A policy that a rule selects and, beside it, one that only a route can.
fn document(from_metadata: bool, with_open: bool) -> Json {
    let mut document = json!({
        "policies": { "own": { "allowOrigins": ["https://a.example"] } },
        "rules": [{ "policy": "own" }],
        "policyFromRouteMetadata": from_metadata,
    });
    if with_open {
        document["policies"]["open"] = json!({ "allowOrigins": ["*"] });
    }
    document
}

fn compared(old: &Json, new: &Json) -> Vec<Change> {
    let [old, new] = [old, new].map(|side| Side::read(&side.to_string()).expect("a sound policy"));
    changes(&old, &new)
}

fn place(name: &str) -> String {
    format!("every request by a route whose metadata name {name}")
}

#[test]
fn a_policy_that_no_rule_selects_counts_only_where_routes_may_name_it() {
    assert_eq!(compared(&document(false, false), &document(false, true)), []);
    let added = compared(&document(true, false), &document(true, true));
    let [change] = added.as_slice() else { panic!("{added:?}") };
    assert_eq!((&change.place, change.old.as_deref(), change.new.as_deref()), (&place("open"), None, Some("open")));
    assert_eq!(change.gained[0].value, "*");
    assert!(widens(&added));
    let removed = compared(&document(true, true), &document(true, false));
    assert_eq!(removed[0].lost[0].value, "*");
    assert!(!widens(&removed));
}

#[test]
fn the_switch_alone_gives_routes_what_they_name_and_refuses_the_rest() {
    let switched = compared(&document(false, true), &document(true, true));
    let places: Vec<&str> = switched.iter().map(|change| change.place.as_str()).collect();
    assert_eq!(places, [place("any-other"), place("open")]);
    assert_eq!((switched[0].old.as_deref(), switched[0].new.as_deref()), (Some("own"), None));
    assert!(widens(&switched));
    assert_eq!(compared(&document(true, true), &document(true, true)), []);
}
