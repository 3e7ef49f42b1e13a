//! The effect of a control plane: the filter that it makes from an object, and the filter's
//! position in the chain.

use std::path::{Path, PathBuf};

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
    pub module: Module,
    pub position: ChainPosition,
    /// The filter, if the object contains it.
    filter: FilterSource,
}

/// The module that a plugin loads.
pub enum Module {
    Wasm {
        /// As written, with `oci://` in fields that expect it.
        image: String,
        digest: String,
        /// The failure policy, in Envoy's terms.
        failure_policy: &'static str,
    },
    /// The native one, from a file of the proxy's image.
    Native { path: String },
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
    documents.iter().filter_map(|document| plugin(document, proxy_of(document, documents))).collect()
}

/// The `EnvoyProxy` beside an object, in the same folder.
fn proxy_of<'d>(document: &Document, documents: &'d [Document]) -> Option<&'d Document> {
    let folder = |document: &Document| document.source.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    documents.iter().find(|other| other.content["kind"] == "EnvoyProxy" && folder(other) == folder(document))
}

fn plugin(document: &Document, proxy: Option<&Document>) -> Option<Plugin> {
    let order = proxy.and_then(|proxy| proxy.content["spec"]["filterOrder"].as_array());
    let position = ChainPosition::OnRoutes { order: order.cloned().unwrap_or_default() };
    let spec = &document.content["spec"];
    Some(match document.text("/kind") {
        "WasmPlugin" => of_istio(document, "/spec"),
        "TrafficExtension" => of_istio(document, "/spec/wasm"),
        "EnvoyFilter" => of_envoy_filter(document),
        "EnvoyExtensionPolicy" if spec["dynamicModule"].is_array() => Plugin {
            policy: spec["dynamicModule"][0]["config"].to_string(),
            module: native_of(document, proxy),
            position,
            name: "envoy.filters.http.dynamic_modules/envoyextensionpolicy/gateways/corsac-native/dynamic-module/0"
                .to_owned(),
            source: document.source.clone(),
            filter: FilterSource::Made,
        },
        "EnvoyExtensionPolicy" => Plugin {
            policy: spec["wasm"][0]["config"].to_string(),
            module: Module::Wasm {
                image: document.text("/spec/wasm/0/code/image/url").to_owned(),
                digest: document.text("/spec/wasm/0/code/image/sha256").to_owned(),
                failure_policy: if spec["wasm"][0]["failOpen"] == false { "FAIL_CLOSED" } else { "FAIL_OPEN" },
            },
            position,
            name: "envoy.filters.http.wasm/envoyextensionpolicy/gateways/corsac/wasm/0".to_owned(),
            source: document.source.clone(),
            filter: FilterSource::Made,
        },
        "Application" | "EnvoyProxy" | "ConfigMap" | "Job" => return None,
        kind => panic!("{}: unknown kind {kind}", document.source),
    })
}

/// The entry of the `EnvoyProxy` that the policy names.
fn native_of(document: &Document, proxy: Option<&Document>) -> Module {
    let proxy = proxy.unwrap_or_else(|| panic!("{}: no EnvoyProxy", document.source));
    assert_eq!(document.text("/spec/dynamicModule/0/name"), proxy.text("/spec/dynamicModules/0/name"));
    assert_eq!(proxy.text("/spec/dynamicModules/0/source/type"), "Local", "{}", proxy.source);
    Module::Native { path: proxy.text("/spec/dynamicModules/0/source/local/path").to_owned() }
}

fn of_istio(document: &Document, module: &str) -> Plugin {
    let text = |field: &str| document.text(&format!("{module}/{field}"));
    assert_eq!(document.text("/spec/phase"), "AUTHN", "{}", document.source);
    Plugin {
        policy: document.content.pointer(module).unwrap()["pluginConfig"].to_string(),
        module: Module::Wasm {
            image: text("url").to_owned(),
            digest: text("sha256").to_owned(),
            failure_policy: match text("failStrategy") {
                "FAIL_RELOAD" => "FAIL_RELOAD",
                other => panic!("{}: {other}", document.source),
            },
        },
        position: ChainPosition::BeforeAuthentication,
        name: format!("{}.{}", document.text("/metadata/namespace"), document.text("/metadata/name")),
        source: document.source.clone(),
        filter: FilterSource::Made,
    }
}

/// The two patches of an `EnvoyFilter` are the filter and its position, in Envoy's form. The native
/// filter is not discovered, so it has one patch.
fn of_envoy_filter(document: &Document) -> Plugin {
    let patches = document.content["spec"]["configPatches"].as_array().unwrap();
    let patch = |kind: &str| patches.iter().find(|patch| patch["applyTo"] == kind).map(|patch| &patch["patch"]);
    let filter = patch("HTTP_FILTER").unwrap();
    let Some(resource) = patch("EXTENSION_CONFIG") else { return of_native_envoy_filter(document, filter) };
    assert_eq!((&resource["operation"], &filter["operation"]), (&json!("ADD"), &json!("INSERT_FIRST")));
    assert_eq!(resource["value"]["name"], filter["value"]["name"], "the filter discovers another resource");
    let config = &resource["value"]["typed_config"]["config"];
    let remote = &config["vm_config"]["code"]["remote"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Plugin {
        policy: text(&config["configuration"]["value"]),
        module: Module::Wasm {
            image: text(&remote["http_uri"]["uri"]),
            digest: text(&remote["sha256"]),
            failure_policy: if config["failure_policy"] == "FAIL_RELOAD" { "FAIL_RELOAD" } else { "" },
        },
        position: ChainPosition::First,
        name: text(&filter["value"]["name"]),
        source: document.source.clone(),
        filter: FilterSource::Discovered { resource: resource["value"].clone(), filter: filter["value"].clone() },
    }
}

/// The only patch is the filter in its position.
fn of_native_envoy_filter(document: &Document, filter: &Value) -> Plugin {
    assert_eq!(filter["operation"], "INSERT_FIRST", "{}", document.source);
    let config = &filter["value"]["typed_config"];
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    Plugin {
        policy: text("/filter_config/value"),
        module: Module::Native { path: text("/dynamic_module_config/module/local/filename") },
        position: ChainPosition::First,
        name: filter["value"]["name"].as_str().unwrap().to_owned(),
        source: document.source.clone(),
        filter: FilterSource::Made,
    }
}

/// The built modules.
pub struct Built {
    pub wasm: PathBuf,
    pub native: PathBuf,
}

impl Built {
    /// Panics with the command that builds a missing one.
    pub fn find() -> Self {
        let found = |path: corsac_testbed::Result<PathBuf>| path.unwrap_or_else(|error| panic!("{error}"));
        Self { wasm: found(corsac_testbed::module()), native: found(corsac_testbed::native_module()) }
    }
}

impl Plugin {
    /// The filter as an entry of `http_filters`, with the module from a file, as Istio's agent
    /// configures it.
    pub fn filter(&self, built: &Built) -> Value {
        let typed_config = match (&self.filter, &self.module) {
            (FilterSource::Discovered { filter, .. }, _) => {
                let mut filter = filter.clone();
                // In place of Istio, the test's own file serves the resource.
                filter["config_discovery"]["config_source"] = Value::Null;
                return filter;
            }
            (FilterSource::Made, Module::Wasm { failure_policy, .. }) => self.wasm(failure_policy, &built.wasm),
            (FilterSource::Made, Module::Native { .. }) => json!({
                "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
                "dynamic_module_config": { "module": { "local": { "filename": built.native } } },
                "filter_name": "corsac",
                "filter_config": self.configuration(),
            }),
        };
        // Routes enable the filters of Envoy Gateway.
        let disabled = matches!(self.position, ChainPosition::OnRoutes { .. });
        json!({ "name": self.name, "disabled": disabled, "typed_config": typed_config })
    }

    fn wasm(&self, failure_policy: &str, module: &Path) -> Value {
        json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": self.name,
                "failure_policy": failure_policy,
                "vm_config": { "runtime": "envoy.wasm.runtime.v8", "code": { "local": { "filename": module } } },
                "configuration": self.configuration(),
            },
        })
    }

    fn configuration(&self) -> Value {
        json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": self.policy })
    }

    /// The resource that the filter discovers, if it does.
    pub fn discovered(&self, built: &Built) -> Option<Value> {
        let FilterSource::Discovered { resource, .. } = &self.filter else { return None };
        let mut resource = resource.clone();
        resource["typed_config"]["config"]["vm_config"]["code"] = json!({ "local": { "filename": built.wasm } });
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
