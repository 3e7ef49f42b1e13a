//! Compares Corsac with Envoy's native CORS filter: the same policy, the same requests. Run it with
//! `cargo test --test envoy comparison -- --nocapture` to see the table of the README.

use std::fmt::Write as _;

use corsac_testbed::{
    client::Request,
    config::{Action, Listener, Route},
    upstream::Answer,
};
use serde_json::{Value, json};

use crate::{
    answer_summary::AnswerSummary,
    world::{World, corsac},
};

const README: &str = include_str!("../../README.md");

/// One policy in both formats.
const CORSAC: &str =
    r#"{ "allowOrigins": ["https://app.example"], "allowMethods": ["GET", "PUT"], "allowCredentials": true }"#;

fn native() -> Value {
    json!({
        "allow_origin_string_match": [{ "exact": "https://app.example" }],
        "allow_methods": "GET, PUT",
        "allow_credentials": true,
    })
}

/// A case: the way that the request takes, and the request.
struct Row {
    title: &'static str,
    route: &'static str,
    request: Request,
}

#[test]
fn corsac_closes_gaps_that_the_native_filter_leaves_open() {
    let world = World::of(["upstream", "direct", "nowhere"].into_iter().flat_map(listeners));
    // The upstream sends CORS headers, as frameworks do by default.
    world.upstream.otherwise(
        Answer::new(200).header("access-control-allow-origin", "*").header("access-control-allow-credentials", "true"),
    );
    let mut table = "| situation | Envoy's native filter | Corsac |\n|---|---|---|\n".to_owned();
    let outcomes: Vec<(&str, AnswerSummary, AnswerSummary)> = rows()
        .into_iter()
        .enumerate()
        .map(|(number, row)| {
            let [native, corsac] = ["native", "corsac"].map(|filter| ask(&world, filter, &row, number));
            let _ = writeln!(table, "| {} | {} | {} |", row.title, native.describe(), corsac.describe());
            (row.title, native, corsac)
        })
        .collect();
    println!("{table}");
    assert!(README.contains(&table), "the README shows another table:\n{table}");

    for (title, native, corsac) in &outcomes {
        assert!(!native.vary, "{title}: the native filter sends Vary now");
        assert!(corsac.vary, "{title}: Corsac sends no Vary");
    }
    let [allowed, refused, absent, preflight, direct, missing] = outcomes.as_slice() else { panic!("six rows") };
    let (_, native, corsac) = allowed;
    assert_eq!([&native.origin, &corsac.origin].map(Option::as_deref), [Some("https://app.example"); 2]);
    // After a mismatch the upstream's headers remain: a refused origin may read the response.
    for (title, native, corsac) in [refused, absent] {
        assert_eq!((native.origin.as_deref(), native.credentials), (Some("*"), true), "{title}");
        assert_eq!((corsac.origin.as_deref(), corsac.credentials), (None, false), "{title}");
    }
    assert!(preflight.1.forwarded && !preflight.2.forwarded && preflight.2.status == 403);
    for (title, native, corsac) in [direct, missing] {
        assert_eq!(
            (native.origin.as_deref(), corsac.origin.as_deref()),
            (None, Some("https://app.example")),
            "{title}"
        );
    }
    world.assert_that_the_module_never_broke();
}

fn listeners(route: &str) -> [Listener; 2] {
    let action = match route {
        "direct" => Action::Other("direct_response", json!({ "status": 401, "body": { "inline_string": "no" } })),
        "nowhere" => Action::None,
        _ => Action::Upstream,
    };
    let listener = |filter: &str| {
        Listener::new(format!("{filter}-{route}")).route(Route { action: action.clone(), ..Route::default() })
    };
    [listener("native").native_cors(native()), listener("corsac").filter(corsac(CORSAC))]
}

fn rows() -> Vec<Row> {
    let get = || Request::new("GET", "/");
    let row = |title, route, request| Row { title, route, request };
    vec![
        row("a listed origin", "upstream", get().header("origin", "https://app.example")),
        row(
            "an origin that is not listed; the upstream sends `*` and `true`",
            "upstream",
            get().header("origin", "https://evil.example"),
        ),
        row("no `Origin`; the upstream sends `*` and `true`", "upstream", get()),
        row(
            "a preflight from an origin that is not listed",
            "upstream",
            Request::preflight("/", "https://evil.example", "PUT"),
        ),
        row("a direct response (401), listed origin", "direct", get().header("origin", "https://app.example")),
        row("no route (404), listed origin", "nowhere", get().header("origin", "https://app.example")),
    ]
}

fn ask(world: &World, filter: &str, row: &Row, number: usize) -> AnswerSummary {
    AnswerSummary::of(world, &format!("{filter}-{}", row.route), &row.request, &format!("{filter}-{number}"))
}
