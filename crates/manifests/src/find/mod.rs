//! The policies in a file: alone, or inside a manifest, as the person wrote them, with the place
//! of every value.

mod lens;
mod manifest;

use std::collections::HashMap;
use std::ops::Range;

use self::lens::Lens;
use crate::source::{self, At, Node, Value, json, yaml};

/// A policy that a file holds.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which of the file's documents holds it, from 0. The items of a `List` count each.
    pub document: usize,
    /// The document's `kind`, or what it is in Envoy's configuration.
    pub kind: Option<String>,
    /// What the document is called: `metadata.name`, or the filter's name.
    pub name: Option<String>,
    /// Where in the document the policy is: a JSON Pointer; the empty one for a policy alone.
    pub pointer: String,
    /// The policy as JSON text for `corsac_policy::compile`: the person's own where it is JSON,
    /// duplicate keys kept.
    pub policy: String,
    /// Where the policy begins.
    pub start: Spot,
    spots: HashMap<String, Spot>,
}

/// A place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The value's bytes in the file, where JSON text may be written instead; `None` inside of an
    /// escaped string, and for a
    /// block of YAML.
    pub range: Option<Range<usize>>,
}

impl Found {
    /// The place of a value of the policy by its JSON Pointer; for one that is not there, that of
    /// what would hold it.
    pub fn spot(&self, pointer: &str) -> &Spot {
        let mut pointer = pointer;
        loop {
            if let Some(spot) = self.spots.get(pointer) {
                return spot;
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return &self.start,
            }
        }
    }

    /// What a report calls the policy: `WasmPlugin corsac`; nothing for a policy alone.
    pub fn label(&self) -> Option<String> {
        match (&self.kind, &self.name) {
            (Some(kind), Some(name)) => Some(format!("{kind} {name}")),
            (Some(word), None) | (None, Some(word)) => Some(word.clone()),
            (None, None) => None,
        }
    }
}

/// Finds every policy in a text: JSON or YAML, one document or several. The error is a sentence.
pub fn find(text: &str) -> Result<Vec<Found>, String> {
    source::check_text(text)?;
    let lens = Lens::whole(text);
    let found = in_text(text, &lens, 0)?;
    if found.is_empty() {
        return Err(nothing_found(text));
    }
    Ok(found)
}

/// How often a text may be inside a text: a `ConfigMap` holds Envoy's configuration, which holds
/// a policy.
const MOST_LAYERS: usize = 3;

fn in_text(text: &str, lens: &Lens<'_>, layer: usize) -> Result<Vec<Found>, String> {
    let marked = text.strip_prefix('\u{feff}').unwrap_or(text);
    if source::is_json(marked) && marked.len() == text.len() {
        return match json::parse(text) {
            Ok(node) => Ok(in_documents(vec![node], Some(text), lens, layer)),
            // Broken JSON is a policy to the engine, which says what is wrong with it.
            Err(_) if is_policy_text(text) => Ok(vec![unread(text, lens)]),
            Err(sentence) => Err(sentence),
        };
    }
    Ok(in_documents(yaml::parse(text)?, None, lens, layer))
}

fn in_documents(documents: Vec<Node>, json: Option<&str>, lens: &Lens<'_>, layer: usize) -> Vec<Found> {
    let mut flat = Vec::with_capacity(documents.len());
    for document in documents {
        let is_list = document.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List"));
        match document.get("items") {
            Some(items) if is_list => flat.extend(items.items().iter().cloned()),
            _ => flat.push(document),
        }
    }
    let alone = flat.len() == 1;
    let mut all = Vec::new();
    for (index, node) in flat.iter().enumerate() {
        let mut found = manifest::policies(node, lens, layer);
        let plain = node.get("kind").is_none() && node.get("apiVersion").is_none() && !manifest::is_envoy(node);
        let is_policy = manifest::looks_like_policy(node) || (alone && layer == 0 && found.is_empty());
        if plain && is_policy && matches!(node.value, Value::Map(_)) {
            let mut policy = of_node(node, lens);
            if let Some(text) = json {
                text.clone_into(&mut policy.policy);
            }
            found.push(policy);
        }
        for mut policy in found {
            policy.document = index;
            all.push(policy);
        }
    }
    all
}

/// A policy that is a value of the document.
fn of_node(node: &Node, lens: &Lens<'_>) -> Found {
    let mut text = String::new();
    write_json(node, &mut text);
    let mut spots = HashMap::new();
    collect_spots(node, "", lens, &mut spots);
    Found {
        document: 0,
        kind: None,
        name: None,
        pointer: String::new(),
        policy: text,
        start: lens.spot(node.start, node.end),
        spots,
    }
}

/// JSON text that does not parse; every place in it is its start.
fn unread(text: &str, lens: &Lens<'_>) -> Found {
    let start = lens.spot(source::Mark { line: 1, column: 1, offset: 0 }, None);
    Found {
        document: 0,
        kind: None,
        name: None,
        pointer: String::new(),
        policy: text.to_owned(),
        start,
        spots: HashMap::new(),
    }
}

fn is_policy_text(text: &str) -> bool {
    ["\"allowOrigins\"", "\"policies\"", "\"rules\""].iter().any(|word| text.contains(word))
}

/// The tree as JSON, duplicate keys kept.
fn write_json(node: &Node, text: &mut String) {
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number),
        Value::Text(value, _) => write_string(value, text),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_json(item, text);
            }
            text.push(']');
        }
        Value::Map(members) => {
            text.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_string(&key.name, text);
                text.push(':');
                write_json(value, text);
            }
            text.push('}');
        }
    }
}

fn write_string(value: &str, text: &mut String) {
    text.push_str(&serde_json::Value::from(value).to_string());
}

/// The places of all values by their pointers. A member that is there twice has the place of its
/// second key.
fn collect_spots(node: &Node, pointer: &str, lens: &Lens<'_>, spots: &mut HashMap<String, Spot>) {
    spots.insert(pointer.to_owned(), lens.spot(node.start, node.end));
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_spots(item, &format!("{pointer}/{index}"), lens, spots);
            }
        }
        Value::Map(members) => {
            for (key, value) in members {
                let below = format!("{pointer}/{}", escaped(&key.name));
                let twice = spots.contains_key(&below);
                collect_spots(value, &below, lens, spots);
                if twice {
                    spots.insert(below, lens.spot(key.start, None));
                }
            }
        }
        _ => {}
    }
}

/// A reference token of RFC 6901.
fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn nothing_found(text: &str) -> String {
    let kinds: Vec<String> = source::documents(text)
        .unwrap_or_default()
        .iter()
        .filter_map(|node| At::new(node, "").text_of("kind").map(str::to_owned))
        .collect();
    match kinds.first() {
        Some(kind) => {
            format!("The file holds no policy of Corsac, only {kind}. \"corsac import\" reads other systems' CORS.")
        }
        None => "The file holds no policy of Corsac.".to_owned(),
    }
}

/// A file's bytes as text. The error is a sentence.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.contains(&0) {
        return Err("The file is binary, not text, or it is UTF-16; write it as UTF-8.".to_owned());
    }
    std::str::from_utf8(bytes)
        .map_err(|error| format!("The file is not UTF-8: byte {} is the first that is not.", error.valid_up_to() + 1))
}
