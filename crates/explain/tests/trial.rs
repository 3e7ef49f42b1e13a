//! What an explanation says of a trial.

use corsac_explain::{Question, Routing, Upstream, Verdict, explain};

const CONFIGURATION: &str = r#"{
    "policies": {
        "tried": {
            "allowOrigins": ["https://a.example", "https://b.example"],
            "trial": { "extends": "tried", "allowOrigins": ["https://a.example"] }
        },
        "plain": { "allowOrigins": ["https://a.example"] }
    },
    "rules": [{ "paths": ["/plain"], "policy": "plain" }, { "policy": "tried" }]
}"#;

fn trial(origin: &str, url: &str) -> Option<(Verdict, String)> {
    let question = Question::new(origin, url);
    let explanation = explain(CONFIGURATION.as_bytes(), &question, &Upstream::default(), &Routing::default());
    explanation.expect("an explanation").trial.map(|trial| (trial.verdict, trial.reason))
}

#[test]
fn the_same_request_is_explained_by_the_trial_of_its_policy() {
    let url = "https://api.example/items";
    assert_eq!(trial("https://a.example", url), Some((Verdict::Allowed, "origin-listed".to_owned())));
    assert_eq!(trial("https://b.example", url), Some((Verdict::Blocked, "origin-not-listed".to_owned())));
}

#[test]
fn nothing_is_said_where_the_policy_has_none() {
    assert_eq!(trial("https://b.example", "https://api.example/plain"), None);
}
