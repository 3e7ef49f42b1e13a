//! Every Kubernetes object that we ship, as written and as Kustomize builds it, against the schema of its kind: ours,
//! which refuses unknown fields (`schemas/*.json`, each noting the API's version), and the published one, where a package
//! ships it.

use std::{collections::BTreeMap, fs};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{
    files::{self, Document, Kind},
    kustomize, npm,
};

/// Kinds of which the package has to have a schema, lest it be held against nothing there.
const PUBLISHED: [&str; 2] = ["WasmPlugin", "EnvoyFilter"];

/// By `apiVersion kind`.
struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    fn read() -> Self {
        let mut schemas = BTreeMap::new();
        for entry in fs::read_dir(files::root().join("tests/deploy/schemas")).unwrap() {
            let file: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
            for (name, definition) in file["$defs"].as_object().unwrap() {
                let Some(version) = definition.pointer("/properties/apiVersion/const").and_then(Value::as_str) else {
                    continue;
                };
                let schema =
                    json!({ "$schema": file["$schema"], "$ref": format!("#/$defs/{name}"), "$defs": file["$defs"] });
                schemas.insert(format!("{version} {name}"), jsonschema::validator_for(&schema).unwrap());
            }
        }
        Self(schemas)
    }

    /// What is wrong with an object; empty where nothing is.
    fn wrong_with(&self, object: &Value) -> String {
        let name = |field: &str| object[field].as_str().unwrap_or_default();
        let kind = format!("{} {}", name("apiVersion"), name("kind"));
        let Some(schema) = self.0.get(&kind) else { return format!("tests/deploy/schemas has no {kind}") };
        let errors = schema.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path()));
        errors.collect::<Vec<_>>().join("; ")
    }
}

fn all() -> Vec<Document> {
    files::all(Kind::Object).into_iter().chain(kustomize::built()).collect()
}

#[test]
fn every_object_is_what_its_api_takes() {
    let schemas = Schemas::read();
    let wrong: Vec<String> = all()
        .iter()
        .map(|document| (document, schemas.wrong_with(&document.content)))
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(document, wrong)| format!("{}: {wrong}", document.source))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_object_of_a_kind_that_a_package_has_is_what_its_published_schema_takes() {
    let objects = all();
    let verdicts = npm::wrong_with(objects.iter().map(|document| document.content.clone()).collect());
    for (document, verdict) in objects.iter().zip(verdicts) {
        let must = PUBLISHED.contains(&document.text("/kind"));
        assert_eq!(verdict, must.then(String::new), "{}", document.source);
    }
}

#[test]
fn an_object_with_a_mistake_is_refused() {
    let plugin = files::all(Kind::Object)
        .into_iter()
        .find(|document| document.source == "envoy/istio/gateway/wasmplugin.yaml")
        .unwrap()
        .content;
    let with = |field: &str, value: Value| {
        let mut object = plugin.clone();
        object["spec"][field] = value;
        object
    };
    // An unknown field is dropped by the API server and refused by kubectl: so by ours and not by the published schema.
    let mistakes = [
        (with("phase", json!("AUTHENTICATION")), true),
        (with("failStrategy", json!("RELOAD")), true),
        (with("sha256", json!("sha256:00")), true),
        (with("url", Value::Null), true),
        (with("pluginConfiguration", json!({})), false),
    ];
    let schemas = Schemas::read();
    let published = npm::wrong_with(mistakes.iter().map(|(object, _)| object.clone()).collect());
    for ((object, by_package), published) in mistakes.iter().zip(published) {
        assert!(!schemas.wrong_with(object).is_empty(), "{object}");
        assert_eq!(published.is_some_and(|wrong| !wrong.is_empty()), *by_package, "{object}");
    }
    assert_eq!(schemas.wrong_with(&plugin), "");
}
