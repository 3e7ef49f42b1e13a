//! `--fix`: the engine's suggestions, written where the person wrote.
//!
//! The engine corrects the policy as JSON. Here the file is changed to say the same: JSON text in
//! place, YAML value by value, so that comments and order stay. The result is read again, and is
//! kept only if it is the engine's policy.

mod yaml;

use corsac_manifests::{Found, find};
use corsac_policy::Suggestion;
use serde_json::Value as Json;

use super::finding::diagnose;
use crate::engine;
use crate::input::{Input, document_name};
use crate::output::{BOLD, GOOD, WARNING, paint};

pub(super) struct Fixed {
    pub(super) text: String,
    /// What was done, and what could not be done, a line each.
    pub(super) report: Vec<String>,
}

pub(super) fn fix(input: &Input, policies: &[Found]) -> Fixed {
    let mut fixed = Fixed { text: input.text.clone(), report: Vec::new() };
    for (index, original) in policies.iter().enumerate() {
        let place = format!("{}: {}", input.name, document_name(policies, index));
        let corrected = engine::fix(&original.policy);
        if corrected == original.policy {
            continue;
        }
        // The engine corrects the text in place, white space and all.
        if let Some(text) = rewritten(&fixed.text, index, &corrected, |written, _| engine::fix(written)) {
            fixed.text = text;
            fixed.report.extend(corrections(&original.policy, &corrected, &place));
        } else {
            let sentence = "The corrections cannot be written into this form of YAML; write them by hand.";
            fixed.report.push(format!("{}: {place}: {sentence}", paint(WARNING, "not fixed")));
        }
    }
    fixed
}

/// The suggestions that were carried out.
fn corrections(before: &str, after: &str, place: &str) -> Vec<String> {
    let left = diagnose(after);
    let is_gone = |diagnostic: &&corsac_policy::Diagnostic| {
        diagnostic.suggestion.is_some() && !left.iter().any(|other| other == *diagnostic)
    };
    let line = |diagnostic: &corsac_policy::Diagnostic| {
        let what = match &diagnostic.suggestion {
            Some(Suggestion::Nothing) | None => "left out".to_owned(),
            Some(suggestion) => format!("now {suggestion}"),
        };
        let pointer = if diagnostic.pointer.is_empty() { "the top" } else { &diagnostic.pointer };
        let code = paint(BOLD, diagnostic.code.as_str());
        format!("{}[{code}]: {place} at {pointer}: {what}", paint(GOOD, "fixed"))
    };
    diagnose(before).iter().filter(is_gone).map(line).collect()
}

/// The file with another policy in place of one of its own; `None` where that cannot be done and
/// proved. `in_place` writes the policy as JSON text where JSON text is in the file: it is given that
/// text, and the column where it begins.
pub(in crate::verbs) fn rewritten(
    text: &str,
    index: usize,
    new: &str,
    in_place: impl Fn(&str, usize) -> String,
) -> Option<String> {
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
