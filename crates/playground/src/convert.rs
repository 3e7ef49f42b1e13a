//! From other systems' configurations, and to manifests.

use corsac_check::{compile, pretty};
use corsac_manifests::{Format, Note, Target};
use serde_json::{Value as Json, json};

use crate::document::{policy, unsound};

pub(crate) fn import(system: &str, text: &str) -> Result<Json, String> {
    if text.trim().is_empty() {
        return Err("There is nothing to import yet.".to_owned());
    }
    let system = if system.is_empty() { None } else { Some(system.parse::<Format>()?) };
    Ok(match corsac_manifests::import(system, text) {
        Ok(import) => json!({
            "from": import.format.as_str(),
            "policy": pretty(&import.document),
            "notes": notes(&import.notes),
        }),
        Err(refusal) => json!({ "problem": refusal.to_string(), "notes": notes(&refusal.notes) }),
    })
}

fn notes(notes: &[Note]) -> Vec<Json> {
    notes.iter().map(|note| json!({ "place": note.place, "line": note.line, "sentence": note.sentence })).collect()
}

pub(crate) fn render(text: &str, document: usize, target: &str) -> Result<Json, String> {
    let target: Target = target.parse()?;
    let found = policy(text, document)?;
    compile(&found.policy).map_err(|rejected| unsound(&rejected.diagnostics))?;
    let policy = serde_json::from_str(&found.policy).map_err(|error| format!("{error}."))?;
    Ok(json!({ "to": target.as_str(), "manifest": corsac_manifests::render(&policy, target) }))
}

pub(crate) fn choices() -> Json {
    let systems: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    let targets: Vec<&str> = Target::ALL.iter().map(|target| target.as_str()).collect();
    json!({ "systems": systems, "targets": targets })
}
