//! The effect of a control plane: the filter that it makes from an object, and the filter's
//! position in the chain.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    chain::{JWT, starts_with},
    files::{self, Document, DocumentKind},
};

/// An object that puts Corsac into a chain.
pub struct Plugin {
    pub source: String,
    pub name: String,
    /// The policy, as the text that the filter receives.
    pub policy: String,
    /// As written, with `oci://` in fields that expect it.
    pub image: String,
    pub digest: String,
    /// The failure policy, in Envoy's terms.
    pub failure_policy: &'static str,
    pub position: ChainPosition,
    /// The filter, if the object contains it.
    filter: FilterSource,
}

/// The position of the filter in the chain.
#[derive(Clone, Debug, PartialEq)]
pub enum ChainPosition {
    /// Before all other filters.
    First,
    /// Istio's phase AUTHN: before JWT, after a CUSTOM authorizer.
    BeforeAuthentication,
    /// Envoy Gateway: after authentication and before RBAC, unless `filterOrder` moves it; active
    /// on selected routes.
    OnRoutes { order: Vec<Value> },
}

enum FilterSource {
    Made,
    Discovered { resource: Value, filter: Value },
}

/// All plugins in the files.
pub fn plugins() -> Vec<Plugin> {
    of(&files::all(DocumentKind::Object))
}

/// The plugins among these objects.
pub fn of(documents: &[Document]) -> Vec<Plugin> {
    let order = documents.iter().find(|document| document.content["kind"] == "EnvoyProxy");
    let order = order.and_then(|document| document.content["spec"]["filterOrder"].as_array().cloned());
    documents.iter().filter_map(|document| plugin(document, order.as_deref().unwrap_or_default())).collect()
}

fn plugin(document: &Document, order: &[Value]) -> Option<Plugin> {
    let spec = &document.content["spec"];
    Some(match document.text("/kind") {
        "WasmPlugin" => of_istio(document, "/spec"),
        "TrafficExtension" => of_istio(document, "/spec/wasm"),
        "EnvoyFilter" => of_envoy_filter(document),
        "EnvoyExtensionPolicy" => Plugin {
            policy: spec["wasm"][0]["config"].to_string(),
            image: document.text("/spec/wasm/0/code/image/url").to_owned(),
            digest: document.text("/spec/wasm/0/code/image/sha256").to_owned(),
            failure_policy: if spec["wasm"][0]["failOpen"] == false { "FAIL_CLOSED" } else { "FAIL_OPEN" },
            position: ChainPosition::OnRoutes { order: order.to_vec() },
            name: "envoy.filters.http.wasm/envoyextensionpolicy/gateways/corsac/wasm/0".to_owned(),
            source: document.source.clone(),
            filter: FilterSource::Made,
        },
        "Application" | "EnvoyProxy" | "ConfigMap" | "Job" => return None,
        kind => panic!("{}: unknown kind {kind}", document.source),
    })
}

fn of_istio(document: &Document, module: &str) -> Plugin {
    let text = |field: &str| document.text(&format!("{module}/{field}"));
    assert_eq!(document.text("/spec/phase"), "AUTHN", "{}", document.source);
    Plugin {
        policy: document.content.pointer(module).unwrap()["pluginConfig"].to_string(),
        image: text("url").to_owned(),
        digest: text("sha256").to_owned(),
        failure_policy: match text("failStrategy") {
            "FAIL_RELOAD" => "FAIL_RELOAD",
            other => panic!("{}: {other}", document.source),
        },
        position: ChainPosition::BeforeAuthentication,
        name: format!("{}.{}", document.text("/metadata/namespace"), document.text("/metadata/name")),
        source: document.source.clone(),
        filter: FilterSource::Made,
    }
}

/// The two patches of an `EnvoyFilter` are the filter and its position, in Envoy's form.
fn of_envoy_filter(document: &Document) -> Plugin {
    let patch = |kind: &str| {
        let patches = document.content["spec"]["configPatches"].as_array().unwrap();
        &patches.iter().find(|patch| patch["applyTo"] == kind).unwrap()["patch"]
    };
    let (resource, filter) = (patch("EXTENSION_CONFIG"), patch("HTTP_FILTER"));
    assert_eq!((&resource["operation"], &filter["operation"]), (&json!("ADD"), &json!("INSERT_FIRST")));
    assert_eq!(resource["value"]["name"], filter["value"]["name"], "the filter discovers another resource");
    let config = &resource["value"]["typed_config"]["config"];
    let remote = &config["vm_config"]["code"]["remote"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Plugin {
        policy: text(&config["configuration"]["value"]),
        image: text(&remote["http_uri"]["uri"]),
        digest: text(&remote["sha256"]),
        failure_policy: if config["failure_policy"] == "FAIL_RELOAD" { "FAIL_RELOAD" } else { "" },
        position: ChainPosition::First,
        name: text(&filter["value"]["name"]),
        source: document.source.clone(),
        filter: FilterSource::Discovered { resource: resource["value"].clone(), filter: filter["value"].clone() },
    }
}

impl Plugin {
    /// The filter as an entry of `http_filters`, with the module from a file, as Istio's agent
    /// configures it.
    pub fn filter(&self, module: &Path) -> Value {
        match &self.filter {
            FilterSource::Discovered { filter, .. } => filter.clone(),
            FilterSource::Made => json!({
                "name": self.name,
                // Routes enable the filters of Envoy Gateway.
                "disabled": matches!(self.position, ChainPosition::OnRoutes { .. }),
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                    "config": {
                        "name": self.name,
                        "failure_policy": self.failure_policy,
                        "vm_config": { "runtime": "envoy.wasm.runtime.v8", "code": { "local": { "filename": module } } },
                        "configuration": {
                            "@type": "type.googleapis.com/google.protobuf.StringValue",
                            "value": self.policy,
                        },
                    },
                },
            }),
        }
    }

    /// The resource that the filter discovers, if it does.
    pub fn discovered(&self, module: &Path) -> Option<Value> {
        let FilterSource::Discovered { resource, .. } = &self.filter else { return None };
        let mut resource = resource.clone();
        resource["typed_config"]["config"]["vm_config"]["code"] = json!({ "local": { "filename": module } });
        Some(resource)
    }
}

impl ChainPosition {
    /// The chain with the filter in this position.
    pub fn insert(&self, filter: Value, mut chain: Vec<Value>) -> Vec<Value> {
        let at = |chain: &[Value], kind: &str| chain.iter().position(|filter| starts_with(filter, kind));
        match self {
            Self::First => chain.insert(0, filter),
            Self::BeforeAuthentication => chain.insert(at(&chain, JWT).unwrap(), filter),
            Self::OnRoutes { order } => {
                chain.insert(at(&chain, JWT).unwrap() + 1, filter);
                for entry in order {
                    // The entries apply in order. An entry whose filters are missing does nothing.
                    let [moved, before] = ["name", "before"].map(|field| entry[field].as_str().unwrap());
                    if let (Some(from), Some(_)) = (at(&chain, moved), at(&chain, before)) {
                        let filter = chain.remove(from);
                        let to = at(&chain, before).unwrap();
                        chain.insert(to, filter);
                    }
                }
            }
        }
        chain
    }
}
