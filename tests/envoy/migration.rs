//! Moving from Envoy's native CORS filter (Istio's `corsPolicy`): Corsac ahead of it first reports,
//! and then enforces. Run it with `cargo test -p corsac --test envoy migration -- --nocapture` to
//! see the table of docs/deployment.md.

use std::fmt::Write as _;

use corsac_testbed::{client::Request, config::Listener, upstream::Answer};
use serde_json::{Value, json};

use crate::{
    answer_summary::AnswerSummary,
    world::{World, corsac},
};

const PAGE: &str = include_str!("../../docs/deployment.md");

/// The future policy. It lacks an origin that the old one lists.
const REPORTING: &str = r#"{ "allowOrigins": ["https://app.example"], "allowMethods": ["GET", "PUT"], "allowCredentials": true,
    "reportOnly": true }"#;
const ENFORCING: &str =
    r#"{ "allowOrigins": ["https://app.example"], "allowMethods": ["GET", "PUT"], "allowCredentials": true }"#;

/// The old policy, as Istio configures a `corsPolicy` in Envoy.
fn native() -> Value {
    json!({
        "allow_origin_string_match": [{ "exact": "https://app.example" }, { "exact": "https://old.example" }],
        "allow_methods": "GET,PUT",
        "allow_credentials": true,
        "forward_not_matching_preflights": true,
    })
}

#[test]
fn corsac_ahead_of_the_native_filter_first_changes_nothing_and_then_has_the_last_word() {
    let listeners = [
        Listener::new("native").native_cors(native()),
        Listener::new("reporting").filter(corsac(REPORTING)).native_cors(native()),
        Listener::new("enforcing").filter(corsac(ENFORCING)).native_cors(native()),
        Listener::new("alone").filter(corsac(ENFORCING)),
    ];
    let world = World::of(listeners);
    world.upstream.otherwise(Answer::new(200).header("access-control-allow-origin", "*"));

    let mut table = "| situation | `corsPolicy` alone | Corsac reporting, ahead of it | what the access log says | Corsac enforcing, ahead of it |\n|---|---|---|---|---|\n".to_owned();
    for (number, (title, request)) in rows().into_iter().enumerate() {
        let ask = |listener: &str| AnswerSummary::of(&world, listener, &request, &format!("{listener}-{number}"));
        let [native, reporting, enforcing, alone] = ["native", "reporting", "enforcing", "alone"].map(ask);
        let logged = world.envoy.access_log().wait_for(&format!("reporting-{number}")).unwrap().refusal;
        let logged = logged.map_or("`-`".to_owned(), |refusal| format!("`{refusal}`"));
        let same = if reporting == native { "the same".to_owned() } else { reporting.describe() };
        let _ = writeln!(table, "| {title} | {} | {same} | {logged} | {} |", native.describe(), enforcing.describe());
        assert_eq!(reporting.describe(), native.describe(), "{title}: reporting changes something");
        assert_eq!(enforcing.describe(), alone.describe(), "{title}: the native filter after Corsac changes something");
    }
    println!("{table}");
    assert!(PAGE.contains(&table), "docs/deployment.md shows another table:\n{table}");
    world.assert_that_the_module_never_broke();
}

#[test]
fn the_native_filter_ahead_of_corsac_has_the_last_word() {
    let world = World::of([Listener::new("front").native_cors(native()).filter(corsac(ENFORCING))]);
    world.upstream.otherwise(Answer::new(200).header("access-control-allow-origin", "*"));
    let origin = |request: &Request, id: &str| AnswerSummary::of(&world, "front", request, id).origin;
    let only_in_the_old_one = Some("https://old.example".to_owned());
    assert_eq!(origin(&Request::preflight("/", "https://old.example", "PUT"), "preflight"), only_in_the_old_one);
    assert_eq!(
        origin(&Request::new("GET", "/").header("origin", "https://old.example"), "actual"),
        only_in_the_old_one
    );
    // Corsac removes the headers of an origin that neither policy lists.
    assert_eq!(origin(&Request::new("GET", "/").header("origin", "https://evil.example"), "stranger"), None);
}

fn rows() -> Vec<(&'static str, Request)> {
    let get = || Request::new("GET", "/");
    vec![
        ("an origin in both", get().header("origin", "https://app.example")),
        ("its preflight", Request::preflight("/", "https://app.example", "PUT")),
        ("an origin in `corsPolicy` only", get().header("origin", "https://old.example")),
        ("its preflight", Request::preflight("/", "https://old.example", "PUT")),
        ("an origin in neither; the upstream sends `*`", get().header("origin", "https://evil.example")),
        ("its preflight", Request::preflight("/", "https://evil.example", "PUT")),
        ("no `Origin`; the upstream sends `*`", get()),
    ]
}
