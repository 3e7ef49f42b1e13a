//! The JSON Schema agrees with the parser, both ways.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use corsac_policy::{Code, Diagnostic, Severity, Tools, compile};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::bin::{corsac, repository};

fn schema() -> Json {
    serde_json::from_str(&fs::read_to_string(repository("docs/schema.json")).expect("docs/schema.json")).expect("JSON")
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft202012::new(&schema()).expect("a schema"));

/// Whether the parser takes the form of the document: what remains is about meaning.
fn has_form(document: &Json) -> bool {
    const FORM: &[Code] = &[
        Code::UnknownField,
        Code::InvalidType,
        Code::InvalidValue,
        Code::MixedConfig,
        Code::DuplicateKey,
        Code::MissingOrigins,
        Code::InvalidMethod,
        Code::InvalidHeader,
        Code::InvalidMaxAge,
        Code::InvalidPolicyName,
        Code::MissingPolicy,
        Code::InvalidRule,
        Code::UnknownRisk,
    ];
    match compile(document.to_string().as_bytes(), &Tools::default()) {
        Ok(_) => true,
        Err(rejected) => !rejected
            .diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error && FORM.contains(&found.code) && !is_about_text(found)),
    }
}

/// What the text of a host, a path or an origin says is about meaning.
fn is_about_text(diagnostic: &Diagnostic) -> bool {
    let list = diagnostic.pointer.rsplit('/').nth(1).unwrap_or_default();
    diagnostic.code == Code::InvalidValue && ["hosts", "paths", "routes", "ownOrigins"].contains(&list)
}

#[test]
fn the_command_prints_the_schema_of_the_documentation() {
    let run = corsac(&["schema"]);
    assert_eq!((run.status, run.json()), (0, schema()));
}

#[test]
fn the_schema_is_one_and_describes_every_field() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    let mut described = BTreeSet::new();
    let definitions = schema()["$defs"].clone();
    for (name, definition) in definitions.as_object().expect("definitions") {
        assert!(definition["description"].is_string(), "{name}");
        for (field, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{field}");
            described.insert(field.clone());
        }
    }
    let missing: Vec<&str> = corsac_policy::fields().filter(|field| !described.contains(*field)).collect();
    assert!(missing.is_empty(), "docs/schema.json lacks {missing:?}");
}

/// A value for a field: right ones, and wrong ones of every kind.
fn value(field: &str) -> BoxedStrategy<Json> {
    let wrong =
        [json!(null), json!(1), json!("x"), json!([]), json!([1]), json!({}), json!(true), json!(-1), json!(["a b"])];
    let wrong = prop::sample::select(wrong.to_vec());
    let right: Vec<Json> = match field {
        "allowOrigins" => vec![
            json!(["https://a.example"]),
            json!(["https://a.example", { "regex": "https://[ab]\\.example" }]),
            json!([{ "exact": "https://a.example" }]),
            json!([{ "exact": "https://a.example", "prefix": "x" }]),
            json!([{ "glob": "x" }]),
            json!([{ "suffix": 1 }]),
            json!([{ "origin": "https://a.example" }]),
            json!([{ "origin": "null", "acceptRisks": ["null-origin"] }]),
            json!([{ "acceptRisks": ["null-origin"] }]),
            json!([{ "origin": "null", "acceptRisks": ["no-risk"] }]),
        ],
        "allowMethods" | "allowHeaders" | "exposeHeaders" => vec![json!(["*"]), json!(["x-a", "PUT"]), json!(["x:a"])],
        "maxAge" => vec![
            json!(0),
            json!(2_147_483_647),
            json!(2_147_483_648_u64),
            json!("10m"),
            json!("1h0m0.5s"),
            json!("1d"),
            json!("0"),
        ],
        "preflightStatus" => vec![json!(200), json!(204), json!(201), json!("204")],
        "upstreamHeaders" => vec![json!("replace"), json!("preserve"), json!("Replace")],
        "disallowedOrigins" | "disallowedNavigations" | "preflights" => {
            vec![json!("forward"), json!("reject"), json!("answer")]
        }
        "ownOrigins" => vec![json!(["https://a.example"])],
        "originSources" => vec![
            json!([{ "cluster": "a", "path": "/a" }]),
            json!([{ "cluster": "a", "path": "/a", "authority": "b", "refresh": "5s", "maxStale": 60, "headers": { "x": "y" } }]),
            json!([{ "cluster": "a" }]),
            json!([{ "path": "/a" }]),
            json!([{ "cluster": 1, "path": "/a" }]),
            json!([{ "cluster": "a", "path": "/a", "refresh": true }]),
            json!([{ "cluster": "a", "path": "/a", "headers": { "x": 1 } }]),
            json!([{ "cluster": "a", "path": "/a", "headers": [] }]),
            json!([{ "cluster": "a", "path": "/a", "url": "x" }]),
        ],
        "acceptRisks" => vec![json!(["null-origin"]), json!(["no-risk"])],
        "unmatchedPreflights" => vec![json!("IGNORE"), json!("FORWARD"), json!("forward")],
        "policy" => vec![json!("one"), json!(null)],
        "trial" => vec![
            json!({ "allowOrigins": ["https://a.example"] }),
            json!({ "allowOrigins": ["https://a.example"], "maxAge": "1d" }),
            json!({ "allowOrigins": ["https://a.example"], "reportOnly": true }),
            json!({ "allowOrigins": ["https://a.example"], "trial": { "allowOrigins": ["https://a.example"] } }),
            json!({ "allowOrigins": ["https://a.example"], "disallowedOrigins": "reject", "ownOrigins": ["https://a.example"] }),
            json!({ "allowOrigins": ["https://a.example"], "disallowedNavigations": "forward" }),
        ],
        "hosts" => vec![json!(["a.example", "*.b.example"])],
        "paths" => vec![json!(["/a", "/b/*"])],
        "routes" => vec![json!(["a"])],
        _ => vec![json!(true), json!(false)],
    };
    prop_oneof![4 => prop::sample::select(right), 1 => wrong].boxed()
}

/// Fields whose other demands are about meaning: one entry, another policy's name.
const BY_MEANING: &[&str] = &["fixedOrigin", "extends"];

fn object(fields: &'static [&'static str], always: &'static [&'static str]) -> BoxedStrategy<Json> {
    let fields: Vec<&str> = fields.iter().filter(|field| !BY_MEANING.contains(field)).copied().collect();
    let some = prop::sample::subsequence(fields, 0..4).prop_flat_map(move |some| {
        let names: BTreeSet<&str> = some.into_iter().chain(always.iter().copied()).collect();
        names.into_iter().map(|name| (Just(name.to_owned()), value(name))).collect::<Vec<_>>()
    });
    (some, prop::bool::weighted(0.05))
        .prop_map(|(members, unknown)| {
            let unknown = unknown.then(|| ("allowOrigin".to_owned(), json!(["https://a.example"])));
            Json::Object(members.into_iter().chain(unknown).collect())
        })
        .boxed()
}

const POLICY: &[&str] = &[
    "allowMethods",
    "allowHeaders",
    "exposeHeaders",
    "allowCredentials",
    "maxAge",
    "preflightStatus",
    "upstreamHeaders",
    "timingAllowOrigin",
    "reportOnly",
    "acceptRisks",
    "unmatchedPreflights",
    "preflights",
    "trial",
];
const REJECTING: &[&str] = &["disallowedOrigins", "disallowedNavigations", "ownOrigins", "debug"];

fn several() -> impl Strategy<Value = Json> {
    let name = prop::sample::select(vec!["one", "a b", "", "x-1_Y"]);
    let policies = prop::collection::btree_map(name, object(POLICY, &["allowOrigins"]), 0..3);
    let rules = prop::collection::vec(object(&["hosts", "paths", "routes", "policy"], &[]), 0..3);
    (
        prop::option::weighted(0.9, policies),
        prop::option::weighted(0.9, rules),
        prop::option::of(any::<bool>()),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(policies, rules, metadata, mixed)| {
            let mut members = serde_json::Map::new();
            members.extend(policies.map(|policies| ("policies".to_owned(), json!(policies))));
            members.extend(rules.map(|rules| ("rules".to_owned(), json!(rules))));
            members.extend(metadata.map(|metadata| ("policyFromRouteMetadata".to_owned(), json!(metadata))));
            members.extend(mixed.then(|| ("maxAge".to_owned(), json!(1))));
            Json::Object(members)
        })
}

/// In a policy among several, the origins may come from another one, so the schema does not ask for
/// them there.
fn lacks_origins_in_a_policy(document: &Json) -> bool {
    let policies = document.get("policies").and_then(Json::as_object).into_iter().flatten();
    policies.into_iter().any(|(_, policy)| policy.get("allowOrigins").is_none_or(Json::is_null))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_single_policy(document in prop_oneof![object(POLICY, &["allowOrigins"]), object(REJECTING, &["allowOrigins"]), object(POLICY, &[])]) {
        // The engine asks for tokens and words alone; a text that is no origin is about meaning.
        prop_assert_eq!(VALIDATOR.is_valid(&document), has_form(&document), "{}", document);
    }

    #[test]
    fn several_policies(document in several()) {
        prop_assume!(!lacks_origins_in_a_policy(&document));
        prop_assert_eq!(VALIDATOR.is_valid(&document), has_form(&document), "{}", document);
    }
}

#[test]
fn every_policy_of_the_documentation_is_valid_where_the_engine_takes_it() {
    let text = fs::read_to_string(repository("docs/configuration.md")).expect("the page");
    let examples = text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut count = 0;
    for example in examples {
        if compile(example.as_bytes(), &Tools::default()).is_ok() {
            let document: Json = serde_json::from_str(example).expect("JSON");
            assert!(VALIDATOR.is_valid(&document), "{example}");
            count += 1;
        }
    }
    assert!(count > 2, "{count}");
}
