//! The origins of a service in a policy's list. The entries that a person wrote stay as they are.
//! Of the service's entries, those that the engine accepts are added.

use std::collections::{BTreeMap, BTreeSet};

use corsac_policy::{Code, Diagnostic, Severity};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// A policy with the origins of a service.
#[derive(Debug)]
pub(super) struct Synced {
    /// The whole document.
    pub(super) document: Json,
    /// How many origins were added.
    pub(super) added: usize,
    /// How many the policy allows anyway.
    pub(super) known: usize,
    pub(super) left_out: Vec<LeftOut>,
}

/// An entry of the service that is not in the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LeftOut {
    pub(super) origin: String,
    /// The engine's code, where the engine refuses it.
    pub(super) code: Option<&'static str>,
    pub(super) sentence: String,
}

/// Adds a list to one policy of a document. The error is a sentence, or the engine's diagnostics,
/// one on each line.
pub(super) fn sync(policy: &str, name: Option<&str>, origins: Vec<String>) -> Result<Synced, String> {
    let document: Json = serde_json::from_str(policy).map_err(|error| format!("The policy is not JSON: {error}."))?;
    let place = place(&document, name)?;
    let written = origins_of(policy, &place);
    let is_written = |origin: &String| written.iter().any(|entry| entry.as_str() == Some(origin));
    let (known, mut origins): (Vec<String>, Vec<String>) = origins.into_iter().partition(is_written);
    let mut known = known.len();
    let mut left_out = Vec::new();
    loop {
        let document = with_origins(&document, &place, &written, &origins)?;
        let diagnostics = match corsac_check::compile(&document.to_string()) {
            Ok(compiled) => compiled.warnings,
            Err(rejected) => rejected.diagnostics,
        };
        let refused = refused(&diagnostics, &place, written.len(), &origins)?;
        let redundant = redundant(&diagnostics, &place, written.len());
        if refused.is_empty() && redundant.is_empty() {
            return Ok(Synced { document, added: origins.len(), known, left_out });
        }
        known += redundant.iter().filter(|index| !refused.contains_key(index)).count();
        origins = without(origins, |index| refused.contains_key(&index) || redundant.contains(&index));
        left_out.extend(refused.into_values());
    }
}

/// The JSON Pointer of the policy that the list is for.
fn place(document: &Json, name: Option<&str>) -> Result<String, String> {
    let Some(policies) = document.get("policies").and_then(Json::as_object) else {
        return match name {
            None | Some("default") => Ok(String::new()),
            Some(name) => Err(format!("There is no policy \"{name}\"; the document is one policy for everything.")),
        };
    };
    let names: Vec<&str> = policies.keys().map(String::as_str).collect();
    match (name, names.as_slice()) {
        (Some(name), names) if names.contains(&name) => Ok(format!("/policies/{name}")),
        (None, [name]) => Ok(format!("/policies/{name}")),
        _ => Err(format!("Choose one of the policies with \"--policy\": {}.", names.join(", "))),
    }
}

/// The policy's list as it is written, by itself or by the policy that it extends.
fn origins_of(policy: &str, place: &str) -> Vec<Json> {
    let resolved = corsac_policy::resolved(policy.as_bytes()).unwrap_or_default();
    let resolved: Json = serde_json::from_str(&resolved).unwrap_or_default();
    let list = resolved.pointer(&format!("{place}/allowOrigins")).and_then(Json::as_array);
    list.cloned().unwrap_or_default()
}

fn with_origins(document: &Json, place: &str, written: &[Json], origins: &[String]) -> Result<Json, String> {
    let mut document = document.clone();
    if !(written.is_empty() && origins.is_empty()) {
        let list: Vec<Json> = written.iter().cloned().chain(origins.iter().map(|origin| json!(origin))).collect();
        let policy = document.pointer_mut(place).and_then(Json::as_object_mut);
        let policy = policy.ok_or_else(|| "The policy is not an object.".to_owned())?;
        policy.insert("allowOrigins".to_owned(), Json::from(list));
    }
    Ok(document)
}

/// The service's origins that the engine refuses. An error elsewhere is the person's, and nothing
/// can be done.
fn refused(
    diagnostics: &[Diagnostic],
    place: &str,
    written: usize,
    origins: &[String],
) -> Result<BTreeMap<usize, LeftOut>, String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let (mut refused, mut others) = (BTreeMap::new(), Vec::new());
    for error in errors {
        let of_service = index(&error.pointer, place).and_then(|index| index.checked_sub(written));
        match of_service.and_then(|index| Some((index, origins.get(index)?))) {
            Some((index, origin)) => {
                let (code, sentence) = (Some(error.code.as_str()), error.sentence.clone());
                refused.entry(index).or_insert_with(|| LeftOut { origin: origin.clone(), code, sentence });
            }
            None => others.push(error.to_string()),
        }
    }
    if others.is_empty() { Ok(refused) } else { Err(others.join("\n")) }
}

/// The service's origins that another entry allows.
fn redundant(diagnostics: &[Diagnostic], place: &str, written: usize) -> BTreeSet<usize> {
    let redundant = diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::RedundantOrigin);
    redundant.filter_map(|diagnostic| index(&diagnostic.pointer, place)?.checked_sub(written)).collect()
}

/// The entry of the policy's list that a pointer is about.
fn index(pointer: &str, place: &str) -> Option<usize> {
    let rest = pointer.strip_prefix(place)?.strip_prefix("/allowOrigins/")?;
    rest.split('/').next()?.parse().ok()
}

fn without(list: Vec<String>, is_out: impl Fn(usize) -> bool) -> Vec<String> {
    list.into_iter().enumerate().filter(|(index, _)| !is_out(*index)).map(|(_, origin)| origin).collect()
}
