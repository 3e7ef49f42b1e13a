//! Every Kubernetes object, as written and as built by Kustomize, against the schema of its kind:
//! ours, which rejects unknown fields (`schemas/*.json`, which note the version of the API), and
//! the published one if a package contains it.

use std::{collections::BTreeMap, fs};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{
    files::{self, Document, DocumentKind},
    kustomize, npm,
};

/// The kinds whose schema the package must contain.
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

    /// The errors of an object; empty if there are none.
    fn errors_of(&self, object: &Value) -> String {
        let name = |field: &str| object[field].as_str().unwrap_or_default();
        let kind = format!("{} {}", name("apiVersion"), name("kind"));
        let Some(schema) = self.0.get(&kind) else { return format!("tests/deploy/schemas has no {kind}") };
        let errors = schema.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path()));
        errors.collect::<Vec<_>>().join("; ")
    }
}

fn all() -> Vec<Document> {
    files::all(DocumentKind::Object).into_iter().chain(kustomize::built()).collect()
}

#[test]
fn every_object_matches_the_schema_of_its_api() {
    let schemas = Schemas::read();
    let wrong: Vec<String> = all()
        .iter()
        .map(|document| (document, schemas.errors_of(&document.content)))
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(document, wrong)| format!("{}: {wrong}", document.source))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_object_matches_its_published_schema_if_there_is_one() {
    let objects = all();
    let errors = npm::errors_of(objects.iter().map(|document| document.content.clone()).collect());
    for (document, found) in objects.iter().zip(errors) {
        let must = PUBLISHED.contains(&document.text("/kind"));
        assert_eq!(found, must.then(String::new), "{}", document.source);
    }
}

#[test]
fn an_object_with_a_mistake_is_rejected() {
    let plugin = files::all(DocumentKind::Object)
        .into_iter()
        .find(|document| document.source == "envoy/istio/gateway/wasmplugin.yaml")
        .unwrap()
        .content;
    let with = |field: &str, value: Value| {
        let mut object = plugin.clone();
        object["spec"][field] = value;
        object
    };
    // The API server drops unknown fields, and kubectl rejects them. Our schema rejects them, the
    // published one does not.
    let mistakes = [
        (with("phase", json!("AUTHENTICATION")), true),
        (with("failStrategy", json!("RELOAD")), true),
        (with("sha256", json!("sha256:00")), true),
        (with("url", Value::Null), true),
        (with("pluginConfiguration", json!({})), false),
    ];
    let schemas = Schemas::read();
    let published = npm::errors_of(mistakes.iter().map(|(object, _)| object.clone()).collect());
    for ((object, by_package), published) in mistakes.iter().zip(published) {
        assert!(!schemas.errors_of(object).is_empty(), "{object}");
        assert_eq!(published.is_some_and(|wrong| !wrong.is_empty()), *by_package, "{object}");
    }
    assert_eq!(schemas.errors_of(&plugin), "");
}
