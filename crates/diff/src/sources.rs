//! The services that two policies take origins from. What they list is not known here.

use serde_json::Value as Json;

use super::Item;

/// Compares the sources of two policies. A source that is added may allow more.
pub(super) fn compare(old: &Json, new: &Json, gained: &mut Vec<Item>, lost: &mut Vec<Item>, changed: &mut Vec<Item>) {
    let added: Vec<&Json> = beyond(new, old).collect();
    for source in &added {
        if beyond(old, new).any(|before| name(before) == name(source)) {
            changed.push(item(source));
        } else {
            gained.push(item(source));
        }
    }
    lost.extend(beyond(old, new).filter(|before| !added.iter().any(|after| name(after) == name(before))).map(item));
}

/// Every source of a policy.
pub(super) fn all(policy: &Json) -> impl Iterator<Item = Item> {
    sources(policy).map(item)
}

fn beyond<'j>(one: &'j Json, other: &'j Json) -> impl Iterator<Item = &'j Json> {
    sources(one).filter(|source| !sources(other).any(|known| known == *source))
}

fn sources(policy: &Json) -> impl Iterator<Item = &Json> {
    policy.get("originSources").and_then(Json::as_array).into_iter().flatten()
}

/// Without the headers: their values may be secret.
fn item(source: &Json) -> Item {
    Item::new("originSources", name(source))
}

fn name(source: &Json) -> String {
    let text = |field: &str| source.get(field).and_then(Json::as_str).unwrap_or_default();
    format!("{}{}", text("cluster"), text("path"))
}
