//! Where manifests and Envoy's configuration hold a policy.

use super::lens::Lens;
use super::{Found, MOST_LAYERS, escaped, in_text, of_node};
use crate::source::{Node, Value, json};

/// The fields of a policy, and those of policies with rules: one of them makes a value a policy.
const POLICY_FIELDS: &[&str] = &["allowOrigins", "policies", "rules"];

pub(super) fn looks_like_policy(node: &Node) -> bool {
    POLICY_FIELDS.iter().any(|field| node.get(field).is_some())
}

/// Whether a document is Envoy's configuration, which is never a policy.
pub(super) fn is_envoy(node: &Node) -> bool {
    ["static_resources", "resources", "dynamic_resources", "@type", "filter_chains", "http_filters", "typed_config"]
        .iter()
        .any(|key| node.get(key).is_some())
}

/// The policies that the document holds, but for the document itself.
pub(super) fn policies(document: &Node, lens: &Lens<'_>, layer: usize) -> Vec<Found> {
    let kind = document.get("kind").and_then(Node::text);
    let name = document.get("metadata").and_then(|node| node.get("name")).and_then(Node::text);
    let mut finder = Finder { lens, layer, is_ours: names_corsac(document), found: Vec::new() };
    match kind {
        Some("WasmPlugin") => finder.wasm_plugin(document),
        Some("TrafficExtension") => finder.value_at(document, &["spec", "wasm", "pluginConfig"]),
        Some("EnvoyExtensionPolicy") => finder.extension_policy(document),
        Some("ConfigMap") => finder.config_map(document),
        _ => finder.walk(document, "", None),
    }
    for found in &mut finder.found {
        found.kind = found.kind.take().or_else(|| kind.map(str::to_owned));
        found.name = name.map(str::to_owned).or_else(|| found.name.take());
    }
    finder.found
}

struct Finder<'l> {
    lens: &'l Lens<'l>,
    layer: usize,
    /// The document's plugin is Corsac, whatever fields its configuration has.
    is_ours: bool,
    found: Vec<Found>,
}

impl Finder<'_> {
    /// Istio's plugin, and Higress's, whose rules have configurations of their own.
    fn wasm_plugin(&mut self, document: &Node) {
        self.value_at(document, &["spec", "pluginConfig"]);
        self.value_at(document, &["spec", "defaultConfig"]);
        let rules = document.get("spec").and_then(|spec| spec.get("matchRules")).map(Node::items).unwrap_or_default();
        for (index, rule) in rules.iter().enumerate() {
            if let Some(config) = rule.get("config") {
                self.value(config, format!("/spec/matchRules/{index}/config"));
            }
        }
    }

    fn extension_policy(&mut self, document: &Node) {
        for field in ["wasm", "dynamicModule"] {
            let list = document.get("spec").and_then(|spec| spec.get(field)).map(Node::items).unwrap_or_default();
            for (index, extension) in list.iter().enumerate() {
                if let Some(config) = extension.get("config") {
                    self.value(config, format!("/spec/{field}/{index}/config"));
                }
            }
        }
    }

    /// A file in a `ConfigMap`: a policy, or a manifest with one.
    fn config_map(&mut self, document: &Node) {
        for (key, value) in document.get("data").map(Node::members).unwrap_or_default() {
            let Some(text) = value.text() else { continue };
            if self.layer >= MOST_LAYERS || !mentions_policy(text) {
                continue;
            }
            let string = self.lens.string(value);
            let inner = string.showing(text);
            // What is not read is someone else's file.
            for mut found in in_text(text, &inner, self.layer + 1).unwrap_or_default() {
                found.pointer = format!("/data/{}{}", escaped(&key.name), found.pointer);
                found.kind = None;
                self.found.push(found);
            }
        }
    }

    fn value_at(&mut self, document: &Node, path: &[&str]) {
        let node = path.iter().try_fold(document, |node, name| node.get(name));
        if let Some(node) = node {
            self.value(node, format!("/{}", path.join("/")));
        }
    }

    /// A plugin's configuration: a policy as a value, or as text.
    fn value(&mut self, node: &Node, pointer: String) {
        match &node.value {
            Value::Text(text, _) if self.is_ours || mentions_policy(text) => self.text(node, text, pointer),
            Value::Map(_) if self.is_ours || looks_like_policy(node) => {
                let found = of_node(node, self.lens);
                self.found.push(Found { pointer, ..found });
            }
            _ => {}
        }
    }

    /// A policy as JSON text in a string.
    fn text(&mut self, node: &Node, text: &str, pointer: String) {
        let lens = self.lens.string(node);
        let found = match json::parse(text) {
            Ok(inner) => of_node(&inner, &lens),
            Err(_) => super::unread(text, &lens),
        };
        self.found.push(Found { pointer, policy: text.to_owned(), ..found });
    }

    /// Envoy's configuration: a Wasm plugin's `configuration`, a dynamic module's `filter_config`.
    fn walk(&mut self, node: &Node, pointer: &str, name: Option<&str>) {
        let name = node.get("name").and_then(Node::text).or(name);
        for key in ["configuration", "filter_config"] {
            let config = node.get(key).filter(|config| config.get("@type").is_some());
            let Some((value, mine)) =
                config.and_then(|config| config.get("value").map(|value| (value, is_ours(node, value))))
            else {
                continue;
            };
            let before = self.found.len();
            let pointer = format!("{pointer}/{key}/value");
            match &value.value {
                Value::Text(text, _) if mine => self.text(value, text, pointer),
                _ => self.value(value, pointer),
            }
            for found in self.found.iter_mut().skip(before) {
                found.name = name.map(str::to_owned);
            }
        }
        match &node.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, &format!("{pointer}/{index}"), name);
                }
            }
            Value::Map(members) => {
                for (key, member) in members {
                    self.walk(member, &format!("{pointer}/{}", escaped(&key.name)), name);
                }
            }
            _ => {}
        }
    }
}

fn mentions_policy(text: &str) -> bool {
    ["allowOrigins", "policies", "rules"].iter().any(|word| text.contains(word))
}

/// Whether a Kubernetes object is about Corsac, by its name or by the module that it loads.
fn names_corsac(object: &Node) -> bool {
    let is_plugin = object.get("kind").and_then(Node::text).is_some_and(|kind| kind != "ConfigMap");
    let said = |node: &Node, key: &str| node.get(key).and_then(Node::text).is_some_and(|text| text.contains("corsac"));
    let spec = object.get("spec");
    let module = [spec, spec.and_then(|spec| spec.get("wasm"))];
    let by_name = object.get("metadata").is_some_and(|metadata| said(metadata, "name"));
    is_plugin && (by_name || module.into_iter().flatten().any(|node| said(node, "url")))
}

/// Whether a plugin is Corsac, by its name or its policy.
fn is_ours(plugin: &Node, value: &Node) -> bool {
    let named = |key: &str| plugin.get(key).and_then(Node::text).is_some_and(|text| text.contains("corsac"));
    let policy = value.text().is_some_and(|text| text.contains("allowOrigins"));
    policy || named("name") || named("root_id") || named("filter_name")
}
