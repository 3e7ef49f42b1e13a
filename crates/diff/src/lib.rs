//! Who gains or loses access between two policies, decided on languages and not on text.
//!
//! ```
//! use corsac_diff::{Side, changes};
//!
//! let old = Side::read(r#"{ "allowOrigins": ["https://app.example.com"] }"#).expect("a sound policy");
//! let new = Side::read(r#"{ "allowOrigins": ["https://*.example.com"] }"#).expect("a sound policy");
//! let changes = changes(&old, &new);
//! assert_eq!(changes[0].gained[0].value, "https://*.example.com");
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

mod origins;
mod places;
mod sources;
mod terms;

use std::fmt::Write as _;

use corsac_policy::{Compiled, Policies, Rejected, Tools};
use serde::Serialize;
use serde_json::Value as Json;

use places::{Governed, Place};

/// A sound configuration.
pub struct Side {
    policies: Policies,
    /// As it is written.
    text: String,
    /// With every `extends` carried out.
    document: Json,
}

/// A difference for one kind of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The requests that it is about.
    pub place: String,
    /// The policy that governs them before; `null` where none does, or where the route names one
    /// that is not there.
    pub old: Option<String>,
    /// The policy that governs them afterwards; `null` likewise.
    pub new: Option<String>,
    /// What the new policy allows and the old one does not.
    pub gained: Vec<Item>,
    /// What the old policy allows and the new one does not.
    pub lost: Vec<Item>,
    /// Fields whose change is neither.
    pub changed: Vec<Item>,
}

/// What is gained, lost or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `origin`, `method`, `header`, or a field's name.
    pub what: &'static str,
    /// The entry, the name, or the field's two values.
    pub value: String,
    /// An origin that shows it.
    pub witness: Option<String>,
}

impl Item {
    fn new(what: &'static str, value: impl Into<String>) -> Self {
        Self { what, value: value.into(), witness: None }
    }
}

impl Side {
    /// Compiles a policy, JSON text.
    ///
    /// # Errors
    /// The diagnostics of a policy that is not sound.
    pub fn read(policy: &str) -> Result<Self, Rejected> {
        let Compiled { policies, .. } = corsac_policy::compile(policy.as_bytes(), &Tools::default())?;
        // A policy that compiles is JSON.
        let resolved = corsac_policy::resolved(policy.as_bytes()).unwrap_or_default();
        let document = serde_json::from_str(&resolved).unwrap_or_default();
        Ok(Self { policies, text: policy.to_owned(), document })
    }

    /// The fields of a policy.
    fn policy(&self, name: &str) -> &Json {
        let several = self.document.get("policies").and_then(|policies| policies.get(name));
        several.unwrap_or(&self.document)
    }

    /// The names of several policies.
    fn policies_by_name(&self) -> impl Iterator<Item = &str> {
        let policies = self.document.get("policies").and_then(Json::as_object);
        policies.into_iter().flat_map(|policies| policies.keys().map(String::as_str))
    }

    /// The policy that a rule names.
    fn policy_of_rule(&self, index: usize) -> Option<&str> {
        self.document.get("rules")?.get(index)?.get("policy")?.as_str()
    }

    fn is_from_route_metadata(&self) -> bool {
        self.document.get("policyFromRouteMetadata").and_then(Json::as_bool) == Some(true)
    }
}

/// The differences, each pair of policies once.
pub fn changes(old: &Side, new: &Side) -> Vec<Change> {
    let mut seen: Vec<(Governed, Governed)> = Vec::new();
    // The changes, each with its place in `seen`.
    let mut changes: Vec<(usize, Change)> = Vec::new();
    for place in places::of(old, new) {
        let pair = (place.governed(old), place.governed(new));
        if let Some(known) = seen.iter().position(|known| *known == pair) {
            if let Some((_, change)) = changes.iter_mut().find(|(index, _)| *index == known) {
                extend(&mut change.place, &place);
            }
            continue;
        }
        let change = compare(old, new, &pair, place.to_string());
        if !(change.gained.is_empty() && change.lost.is_empty() && change.changed.is_empty()) {
            changes.push((seen.len(), change));
        }
        seen.push(pair);
    }
    changes.into_iter().map(|(_, change)| change).collect()
}

/// Another place of the same change; a few are enough to know which.
fn extend(text: &mut String, place: &Place) {
    const MOST: usize = 200;
    if text.len() < MOST {
        let _ = write!(text, "; {place}");
    } else if !text.ends_with('…') {
        text.push_str("; …");
    }
}

/// What a policy allows.
fn everything(side: &Side, policy: &str) -> impl Iterator<Item = Item> {
    origins::all(side, policy).into_iter().chain(sources::all(side.policy(policy)))
}

fn compare(old: &Side, new: &Side, pair: &(Governed, Governed), place: String) -> Change {
    use Governed::{Policy, Refused, Untouched};
    let (mut gained, mut lost, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    match pair {
        (Policy(before), Policy(after)) => {
            gained.extend(origins::beyond((new, after), (old, before)));
            lost.extend(origins::beyond((old, before), (new, after)));
            sources::compare(old.policy(before), new.policy(after), &mut gained, &mut lost, &mut changed);
            terms::compare(old.policy(before), new.policy(after), &mut gained, &mut lost, &mut changed);
        }
        (Untouched | Refused, Policy(after)) => gained.extend(everything(new, after)),
        (Policy(before), Untouched | Refused) => lost.extend(everything(old, before)),
        (Untouched | Refused, Untouched | Refused) => {}
    }
    match pair {
        (Untouched, Policy(_) | Refused) => {
            lost.push(Item::new("policy", "the upstream's own CORS headers no longer count"));
        }
        (Policy(_) | Refused, Untouched) => {
            gained.push(Item::new("policy", "no policy governs: the upstream's own CORS headers count"));
        }
        _ => {}
    }
    let name = |governed: &Governed| governed.policy().map(str::to_owned);
    Change { place, old: name(&pair.0), new: name(&pair.1), gained, lost, changed }
}

/// Whether anything gains access.
pub fn widens(changes: &[Change]) -> bool {
    changes.iter().any(|change| !change.gained.is_empty())
}
