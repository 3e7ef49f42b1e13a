//! The engine's suggestions, written where the person wrote.
//!
//! The engine corrects the policy as JSON. Here the file is changed to say the same: JSON text in
//! place, YAML value by value, so that comments and order stay. The result is read again, and is
//! kept only if it is the engine's policy.

mod yaml;

use corsac_manifests::{Found, find};
use corsac_policy::Diagnostic;
use serde_json::Value as Json;

use crate::engine::{self, diagnose};
use crate::finding::Finding;

/// A file with the corrections in it.
#[derive(Debug)]
pub struct Fixed {
    /// The corrected text.
    pub text: String,
    /// What was done to each policy that had something to correct.
    pub policies: Vec<Correction>,
}

/// What was done to one policy.
#[derive(Debug)]
pub struct Correction {
    /// The policy's place in the list of those found.
    pub index: usize,
    /// The diagnostics whose suggestions were carried out; `None` where they cannot be written into
    /// this form of YAML.
    pub done: Option<Vec<Diagnostic>>,
}

/// Writes every suggestion into the text; `policies` are those that were found in it.
pub fn fix(text: &str, policies: &[Found]) -> Fixed {
    let mut fixed = Fixed { text: text.to_owned(), policies: Vec::new() };
    for (index, original) in policies.iter().enumerate() {
        let corrected = engine::fix(&original.policy);
        if corrected == original.policy {
            continue;
        }
        // The engine corrects the text in place, white space and all.
        let text = rewritten(&fixed.text, index, &corrected, |written, _| engine::fix(written));
        let done = text.is_some().then(|| corrections(&original.policy, &corrected));
        fixed.text = text.unwrap_or(fixed.text);
        fixed.policies.push(Correction { index, done });
    }
    fixed
}

/// The text with the suggestion of one finding in it; `None` where there is none, or where it
/// cannot be written into this form of YAML.
pub fn fix_one(text: &str, finding: &Finding) -> Option<String> {
    finding.diagnostic.suggestion.as_ref()?;
    let one = std::slice::from_ref(&finding.diagnostic);
    let apply = |policy: &str| corsac_policy::apply(policy, one);
    let policies = find(text).ok()?;
    let corrected = apply(&policies.get(finding.policy)?.policy);
    rewritten(text, finding.policy, &corrected, |written, _| apply(written))
}

/// The suggestions that were carried out.
fn corrections(before: &str, after: &str) -> Vec<Diagnostic> {
    let left = diagnose(after);
    let is_gone =
        |diagnostic: &Diagnostic| diagnostic.suggestion.is_some() && !left.iter().any(|other| other == diagnostic);
    diagnose(before).into_iter().filter(is_gone).collect()
}

/// The file with another policy in place of one that it holds; `None` where that cannot be done and
/// proved. `in_place` writes the policy as JSON text where JSON text is in the file: it is given
/// that text, and the column where it begins.
pub fn rewritten(text: &str, index: usize, new: &str, in_place: impl Fn(&str, usize) -> String) -> Option<String> {
    let before = find(text).ok()?;
    let found = before.get(index)?;
    let candidate = if found.policy == text {
        new.to_owned()
    } else {
        json_in_place(text, found, in_place).or_else(|| yaml::in_place(text, found, &value(new)?))?
    };
    let after = find(&candidate).ok()?;
    let same_elsewhere = before.iter().zip(&after).enumerate().all(|(other, (old, found))| {
        if other == index { value(&found.policy) == value(new) } else { found.policy == old.policy }
    });
    (before.len() == after.len() && same_elsewhere).then_some(candidate)
}

fn json_in_place(text: &str, found: &Found, in_place: impl Fn(&str, usize) -> String) -> Option<String> {
    let spot = found.spot("");
    let range = spot.range.clone()?;
    let written = text.get(range.clone())?;
    value(written)?;
    let mut text = text.to_owned();
    text.replace_range(range, &in_place(written, spot.column));
    Some(text)
}

fn value(json: &str) -> Option<Json> {
    serde_json::from_str(json).ok()
}
