//! Suggestions, written into the document that they are about.
//!
//! The document's text is edited and not printed anew: its order, its white space and its other
//! values stay as their author wrote them.

mod document;

use std::ops::Range;

use crate::compile::{Tools, compile};
use crate::diagnostic::{Diagnostic, Severity, Suggestion, quoted};
use document::{Member, Spot, elements, find, sibling};

/// One suggestion often makes the next problem visible, but no document needs many rounds.
const MOST_ROUNDS: usize = 16;

/// Writes every suggestion into the document, compiles it again, and goes on until nothing is
/// suggested any more.
///
/// What is left to say about the result, [`compile`] says. Text that is not JSON comes back as it
/// is.
///
/// ```
/// let fixed = corsac_policy::fix(r#"{ "allow_origins": ["https://App.example.com/"] }"#,
/// &Default::default()); assert_eq!(fixed, r#"{ "allowOrigins": ["https://app.example.com"] }"#);
/// ```
pub fn fix(document: &str, tools: &Tools<'_>) -> String {
    let mut text = document.to_owned();
    for _ in 0..MOST_ROUNDS {
        let diagnostics = match compile(text.as_bytes(), tools) {
            Ok(compiled) => compiled.warnings,
            Err(rejected) => rejected.diagnostics,
        };
        let next = apply(&text, &diagnostics);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Writes the suggestions of these diagnostics into the document that they are about, verbatim.
///
/// Errors come before warnings, and in the order of the diagnostics. Where two suggestions are
/// about the same bytes, only the first is written: the next compilation makes the other one again
/// if it is still right.
pub fn apply(document: &str, diagnostics: &[Diagnostic]) -> String {
    let mut edits: Vec<Edit> = Vec::new();
    // Objects and the keys that their members were given.
    let mut given: Vec<(&str, &str)> = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity) {
            let Some(suggestion) = &diagnostic.suggestion else { continue };
            if let Suggestion::Member { key, .. } = suggestion {
                let object = diagnostic.pointer.rsplit_once('/').unwrap_or_default().0;
                if given.contains(&(object, key)) {
                    continue;
                }
                given.push((object, key));
            }
            let new = edits_for(document, &diagnostic.pointer, suggestion).unwrap_or_default();
            if new.iter().all(|edit| edits.iter().all(|other| !edit.touches(other))) {
                edits.extend(new);
            }
        }
    }
    // From the end to the start, so that what is still to be replaced stays where it is.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.start));
    let mut text = document.to_owned();
    for Edit { place, text: instead } in edits {
        if text.get(place.clone()).is_some() {
            text.replace_range(place, &instead);
        }
    }
    text
}

/// Text in place of these bytes.
struct Edit {
    place: Range<usize>,
    text: String,
}

impl Edit {
    fn new(place: Range<usize>, text: impl Into<String>) -> Self {
        Self { place, text: text.into() }
    }

    /// Whether one of the two would change what the other one is about.
    fn touches(&self, other: &Self) -> bool {
        let (one, other) = (&self.place, &other.place);
        one.start == other.start || (one.start < other.end && other.start < one.end)
    }
}

/// What one suggestion changes; `None` where it does not fit the document.
fn edits_for(document: &str, pointer: &str, suggestion: &Suggestion) -> Option<Vec<Edit>> {
    let spot = find(document, pointer)?;
    Some(match (suggestion, spot) {
        (Suggestion::Value(value), Spot::There(member)) => vec![Edit::new(member.value, value)],
        (Suggestion::Value(value), Spot::Absent { object, key }) => {
            let (comma, end) = insertion(document, &object)?;
            vec![Edit::new(end..end, format!("{comma}{}: {value}", quoted(&key)))]
        }
        (Suggestion::Entries(entries), Spot::There(member)) if !entries.is_empty() => {
            vec![Edit::new(member.value, entries.join(", "))]
        }
        (Suggestion::Entries(_) | Suggestion::Nothing, Spot::There(member)) => vec![Edit::new(member.with_comma, "")],
        (Suggestion::Member { key, value }, Spot::There(member)) => {
            return rename(document, &member, key, value.as_deref());
        }
        (Suggestion::Contents, Spot::There(member)) => {
            vec![Edit::new(member.container, document.get(member.value)?)]
        }
        (_, Spot::Absent { .. }) => return None,
    })
}

/// Another key for a member, or its list at the end of the list under that key.
fn rename(document: &str, member: &Member, key: &str, value: Option<&str>) -> Option<Vec<Edit>> {
    let old = member.key.clone()?;
    let Some(present) = sibling(document, member, key) else {
        let mut edits = vec![Edit::new(old, quoted(key))];
        edits.extend(value.map(|value| Edit::new(member.value.clone(), value)));
        return Some(edits);
    };
    let value = value.or_else(|| document.get(member.value.clone()))?;
    let list = document.get(present.value.clone())?;
    if !(list.starts_with('[') && value.starts_with('[')) {
        return None;
    }
    let (comma, end) = insertion(document, &present.value)?;
    let added = elements(value);
    let comma = if added.is_empty() { "" } else { comma };
    Some(vec![Edit::new(end..end, format!("{comma}{added}")), Edit::new(member.with_comma.clone(), "")])
}

/// Where something more goes into an object or a list, and what separates it from what is there.
fn insertion(document: &str, container: &Range<usize>) -> Option<(&'static str, usize)> {
    let inside = document.get(container.start + 1..container.end.checked_sub(1)?)?;
    let end = container.start + 1 + inside.trim_end().len();
    Some((if inside.trim().is_empty() { "" } else { ", " }, end))
}

#[cfg(test)]
mod tests;
