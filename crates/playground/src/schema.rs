//! Completion and hover, from the JSON Schema of a policy.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

static SCHEMA: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../docs/schema.json")).unwrap_or_default());

/// A part of the schema.
type Node = &'static Json;

/// `$ref`, `then`, `anyOf` and the like that may be inside each other.
const MOST_LAYERS: usize = 8;

/// The keys or values that may be written there, with what each is.
pub(crate) fn complete(path: &str, what: &str) -> Json {
    let path = read_path(path);
    if what == "key" {
        return keys(&nodes(&path));
    }
    let (own, list) = (nodes(&path), path.split_last().map(|(_, list)| nodes(list)).unwrap_or_default());
    values(&own, &list)
}

/// The description of the field, its default, and the words that it takes.
pub(crate) fn describe(path: &str) -> Json {
    let path = read_path(path);
    let nodes = nodes(&path);
    let text = |key: &str| nodes.iter().find_map(|node| node.get(key)).cloned();
    let Some(description) = text("description") else { return Json::Null };
    let name = path.iter().rev().find(|token| token.parse::<usize>().is_err());
    json!({ "name": name, "description": description, "default": text("default") })
}

fn keys(nodes: &[Node]) -> Json {
    let members = nodes.iter().filter_map(|node| node.get("properties")?.as_object()).flatten();
    let mut known: BTreeMap<&str, (String, &str)> = BTreeMap::new();
    for (key, node) in members {
        let expanded = expand(node);
        let info = expanded.iter().find_map(|node| node.get("description")?.as_str()).unwrap_or_default();
        known.entry(key).or_insert((info.to_owned(), kind(&expanded)));
    }
    let mut keys: Vec<(&str, (String, &str))> = known.into_iter().collect();
    // The order of the documentation.
    keys.sort_by_key(|(key, _)| corsac_policy::fields().position(|field| field == *key));
    keys.into_iter().map(|(key, (info, kind))| json!({ "label": key, "info": info, "kind": kind })).collect()
}

/// What a key is followed by: `list`, `object`, `string` or `other`.
fn kind(nodes: &[Node]) -> &'static str {
    let has = |word: &str| {
        nodes.iter().filter_map(|node| node.get("type")).any(|kind| match kind {
            Json::Array(kinds) => kinds.iter().any(|kind| kind == word),
            kind => kind == word,
        })
    };
    let is_a_word = || nodes.iter().any(|node| node.get("enum").is_some_and(|words| words[0].is_string()));
    if has("array") {
        "list"
    } else if has("object") {
        "object"
    } else if has("string") || is_a_word() {
        "string"
    } else {
        "other"
    }
}

fn values(own: &[Node], list: &[Node]) -> Json {
    let mut values: Vec<Json> = Vec::new();
    let mut add = |value: &Json| {
        let is_scalar = !(value.is_null() || value.is_array() || value.is_object());
        if is_scalar && !values.contains(value) {
            values.push(value.clone());
        }
    };
    for node in own {
        let lists = ["enum", "examples"].into_iter().filter_map(|key| node.get(key)?.as_array());
        lists.flatten().chain(node.get("const")).for_each(&mut add);
        let kinds = node.get("type");
        if kinds.is_some_and(|kinds| kinds.to_string().contains("boolean")) {
            [json!(true), json!(false)].iter().for_each(&mut add);
        }
    }
    // A list shows examples of its entries.
    let examples = list.iter().filter_map(|node| node.get("examples")?.as_array()).flatten();
    examples.filter_map(Json::as_array).flatten().for_each(&mut add);
    values.into_iter().map(|value| json!({ "label": value })).collect()
}

/// Keys and indices. What is around a policy in a manifest is cut.
fn read_path(path: &str) -> Vec<String> {
    let tokens: Vec<Json> = serde_json::from_str(path).unwrap_or_default();
    let tokens: Vec<String> =
        tokens.into_iter().map(|token| token.as_str().map_or_else(|| token.to_string(), str::to_owned)).collect();
    let is_around = |token: &String| matches!(token.as_str(), "pluginConfig" | "config" | "defaultConfig");
    match tokens.iter().position(is_around) {
        Some(last) => tokens.into_iter().skip(last + 1).collect(),
        None => tokens,
    }
}

/// Every node of the schema that is about that place.
fn nodes(path: &[String]) -> Vec<Node> {
    let mut nodes = expand(&SCHEMA);
    for token in path {
        nodes = nodes.into_iter().flat_map(|node| step(node, token)).flat_map(expand).collect();
    }
    nodes
}

fn step(node: Node, token: &str) -> impl Iterator<Item = Node> {
    let member = node.get("properties").and_then(|properties| properties.get(token));
    let items = node.get("items").filter(|_| token.parse::<usize>().is_ok());
    let others = node.get("additionalProperties").filter(|others| member.is_none() && others.is_object());
    [member, items, others].into_iter().flatten()
}

/// The node, and those that say more about the same value.
fn expand(node: Node) -> Vec<Node> {
    fn add(node: Node, layer: usize, nodes: &mut Vec<Node>) {
        if layer > MOST_LAYERS {
            return;
        }
        nodes.push(node);
        let referred = node.get("$ref").and_then(Json::as_str).and_then(|name| SCHEMA.pointer(name.strip_prefix('#')?));
        let branches = ["then", "else"].into_iter().filter_map(|key| node.get(key));
        let lists = ["anyOf", "allOf", "oneOf"].into_iter().filter_map(|key| node.get(key)?.as_array()).flatten();
        referred.into_iter().chain(branches).chain(lists).for_each(|next| add(next, layer + 1, nodes));
    }
    let mut nodes = Vec::new();
    add(node, 0, &mut nodes);
    nodes
}
