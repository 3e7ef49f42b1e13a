//! `corsac diff`: who gains or loses access between two policies, decided on languages and not on
//! text.

mod origins;
mod places;
mod terms;

use std::fmt::Write as _;
use std::path::PathBuf;

use corsac_policy::Policies;
use serde::Serialize;
use serde_json::Value as Json;

use crate::engine::compile_sound;
use crate::input::Input;
use crate::output::{Answer, BOLD, ERROR, Failure, Format, GOOD, Status, WARNING, paint};
use places::Place;

/// Compare two policies: which origins, methods, headers and paths gain or lose access
///
/// Origins are compared as languages, so a list and the regex that says the same do not differ.
/// Each difference shows an origin that is let in by one policy and not by the other.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac diff policy.json new.json
  git show main:policy.json | corsac diff - policy.json --fail-on-widening

Exit status: 0 compared; 1 with --fail-on-widening, something gains access; 2 a file cannot be read or has errors.")]
pub(crate) struct Diff {
    /// The policy in force
    old: PathBuf,
    /// The policy to come
    new: PathBuf,
    /// Fail if anything gains access
    #[arg(long)]
    fail_on_widening: bool,
    /// Which policy, where a file holds several
    #[arg(long, value_name = "NAME")]
    document: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A sound configuration.
pub(super) struct Side {
    pub(super) policies: Policies,
    /// As it is written.
    text: String,
    /// With every `extends` carried out.
    document: Json,
}

/// A difference for one kind of requests.
#[derive(Serialize)]
struct Change {
    /// The requests that it is about.
    place: String,
    /// The policy that governs them; `null` where none does.
    old: Option<String>,
    new: Option<String>,
    gained: Vec<Item>,
    lost: Vec<Item>,
    /// Fields whose change is neither.
    changed: Vec<Item>,
}

/// What is gained, lost or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    /// `origin`, `method`, `header`, or a field's name.
    what: &'static str,
    value: String,
    /// An origin that shows it.
    witness: Option<String>,
}

impl Item {
    fn new(what: &'static str, value: impl Into<String>) -> Self {
        Self { what, value: value.into(), witness: None }
    }
}

impl Diff {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let old = self.side(&self.old)?;
        let new = self.side(&self.new)?;
        let changes = changes(&old, &new);
        let widens = changes.iter().any(|change| !change.gained.is_empty());
        let status = if widens && self.fail_on_widening { Status::Findings } else { Status::Fine };
        match self.format {
            Format::Human => Ok(Answer::new(report(&changes, widens), status)),
            Format::Json => Answer::json(&serde_json::json!({ "widening": widens, "changes": changes }), status),
        }
    }

    fn side(&self, file: &std::path::Path) -> Result<Side, Failure> {
        let input = Input::read(file)?;
        let found = input.policy(self.document.as_deref())?;
        let compiled = compile_sound(&found.policy, &input.name)?;
        let resolved = corsac_policy::resolved(found.policy.as_bytes()).unwrap_or_default();
        let document = serde_json::from_str(&resolved).map_err(|error| input.fail(&format!("{error}.")))?;
        Ok(Side { policies: compiled.policies, text: found.policy, document })
    }
}

impl Side {
    /// The fields of a policy.
    fn policy(&self, name: &str) -> &Json {
        let several = self.document.get("policies").and_then(|policies| policies.get(name));
        several.unwrap_or(&self.document)
    }
}

/// The differences, each pair of policies once.
fn changes(old: &Side, new: &Side) -> Vec<Change> {
    let mut seen: Vec<(Option<String>, Option<String>)> = Vec::new();
    let mut changes: Vec<Change> = Vec::new();
    for place in places::of(&old.document, &new.document) {
        let pair = (place.policy(old), place.policy(new));
        if seen.contains(&pair) {
            if let Some(change) = changes.iter_mut().find(|change| (&change.old, &change.new) == (&pair.0, &pair.1)) {
                extend(&mut change.place, &place);
            }
            continue;
        }
        seen.push(pair.clone());
        let change = compare(old, new, pair, place.to_string());
        if !(change.gained.is_empty() && change.lost.is_empty() && change.changed.is_empty()) {
            changes.push(change);
        }
    }
    changes
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

fn compare(old: &Side, new: &Side, pair: (Option<String>, Option<String>), place: String) -> Change {
    let (mut gained, mut lost, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    match (&pair.0, &pair.1) {
        (None, None) => {}
        (Some(before), Some(after)) => {
            gained.extend(origins::beyond((new, after), (old, before)));
            lost.extend(origins::beyond((old, before), (new, after)));
            terms::compare(old.policy(before), new.policy(after), &mut gained, &mut lost, &mut changed);
        }
        (None, Some(after)) => {
            gained.extend(origins::all(new, after));
            lost.push(Item::new("policy", "the upstream's own CORS headers no longer count"));
        }
        (Some(before), None) => {
            lost.extend(origins::all(old, before));
            gained.push(Item::new("policy", "no policy governs: the upstream's own CORS headers count"));
        }
    }
    Change { place, old: pair.0, new: pair.1, gained, lost, changed }
}

fn report(changes: &[Change], widens: bool) -> String {
    let mut text = String::new();
    for change in changes {
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "no policy".to_owned());
        let (old, new) = (name(&change.old), name(&change.new));
        let names = if old == new { old } else { format!("{old} -> {new}") };
        let _ = writeln!(text, "{} ({names})", paint(BOLD, &change.place));
        let rows = [("+", GOOD, &change.gained), ("-", ERROR, &change.lost), ("~", WARNING, &change.changed)];
        for (sign, style, items) in rows {
            for item in items {
                let witness = item.witness.as_ref().filter(|witness| **witness != item.value);
                let witness = witness.map(|witness| format!("  such as {witness}")).unwrap_or_default();
                let _ = writeln!(text, "  {} {} {}{witness}", paint(style, sign), item.what, item.value);
            }
        }
    }
    let sum = match (changes.is_empty(), widens) {
        (true, _) => "the policies allow the same",
        (false, true) => "the new policy allows more",
        (false, false) => "the new policy allows nothing more",
    };
    let _ = writeln!(text, "{sum}");
    text
}
