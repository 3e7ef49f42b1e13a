//! A diagnostic with its place in a file.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use corsac_manifests::Found;
use corsac_policy::{Code, Diagnostic, Severity, Suggestion};
use serde::Serialize;

use crate::engine::diagnose;
use crate::team::without_ownership;

/// One problem, as the JSON shows it; what is skipped is for the other forms.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What the report calls the file.
    pub file: String,
    /// What the policy is called in its file.
    pub document: String,
    /// The engine's code.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// A JSON Pointer into the policy.
    pub pointer: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// One or two sentences.
    pub message: String,
    /// What to write there, as JSON text.
    pub suggestion: Option<String>,
    /// The file is the policy and nothing else.
    #[serde(skip)]
    pub is_alone: bool,
    /// The file's text.
    #[serde(skip)]
    pub source: Rc<str>,
    /// The bytes that the finding is about.
    #[serde(skip)]
    pub span: Range<usize>,
    /// Text that goes in place of the span.
    #[serde(skip)]
    pub patch: Option<String>,
    /// Which of the file's policies it is about, from 0.
    #[serde(skip)]
    pub policy: usize,
    /// What the engine says.
    #[serde(skip)]
    pub diagnostic: Diagnostic,
}

/// The policy that reaches Envoy: a team's goes through `corsac merge`, which takes out what it
/// says of the team. In a manifest that Envoy reads, that is an error.
fn in_force(found: &Found) -> Cow<'_, str> {
    let is_source = found.kind.as_ref().is_none_or(|kind| kind == "ConfigMap");
    let policy = if is_source { without_ownership(&found.policy) } else { None };
    policy.map_or(Cow::Borrowed(&found.policy), |policy| Cow::Owned(policy.to_string()))
}

/// Everything that is to be said about the policies of a file, errors first in each.
pub fn findings(file: &str, text: &str, policies: &[Found]) -> Vec<Finding> {
    let source: Rc<str> = text.into();
    let lines = LineStarts::of(text);
    let mut all = Vec::new();
    for (index, found) in policies.iter().enumerate() {
        let document = document_name(policies, index);
        let mut diagnostics = diagnose(&in_force(found));
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity == Severity::Warning);
        let value: Option<serde_json::Value> = serde_json::from_str(&found.policy).ok();
        for diagnostic in diagnostics {
            let at = Located::new(&diagnostic, found, value.as_ref(), text, &lines);
            all.push(Finding {
                file: file.to_owned(),
                document: document.clone(),
                code: diagnostic.code.as_str(),
                severity: diagnostic.severity.as_str(),
                line: at.line,
                column: at.column,
                suggestion: diagnostic.suggestion.as_ref().map(ToString::to_string),
                message: diagnostic.sentence.clone(),
                pointer: diagnostic.pointer.clone(),
                is_alone: policies.len() == 1 && found.label().is_none(),
                source: Rc::clone(&source),
                span: at.span,
                patch: at.patch,
                policy: index,
                diagnostic,
            });
        }
    }
    all
}

/// What a policy is called in its file: `WasmPlugin corsac`, or `document 2`.
pub fn document_name(found: &[Found], index: usize) -> String {
    let Some(policy) = found.get(index) else { return String::new() };
    let number = || format!("document {}", policy.document + 1);
    let Some(label) = policy.label() else { return number() };
    let twins = found.iter().filter(|other| other.label().as_ref() == Some(&label)).count();
    if twins > 1 { format!("{label} ({})", number()) } else { label }
}

/// Where a diagnostic is.
struct Located {
    line: usize,
    column: usize,
    span: Range<usize>,
    patch: Option<String>,
}

impl Located {
    fn new(
        diagnostic: &Diagnostic,
        found: &Found,
        value: Option<&serde_json::Value>,
        text: &str,
        lines: &LineStarts,
    ) -> Self {
        if let Some((line, column)) = syntax_error(diagnostic, found, text) {
            let start = lines.offset(text, line, column);
            let end = text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |c| start + c.len_utf8());
            return Self { line, column, span: start..end, patch: None };
        }
        let spot = found.spot(&diagnostic.pointer);
        let start = lines.offset(text, spot.line, spot.column);
        let rest_of_line = start..lines.end(text, spot.line).max(start);
        let span = spot.range.clone().filter(|range| text.get(range.clone()).is_some()).unwrap_or(rest_of_line);
        let is_there = value.is_some_and(|value| value.pointer(&diagnostic.pointer).is_some());
        let patch = match &diagnostic.suggestion {
            Some(Suggestion::Value(value)) if is_there && spot.range.is_some() => Some(value.clone()),
            _ => None,
        };
        Self { line: spot.line, column: spot.column, span, patch }
    }
}

/// The place where a text stops being JSON, which the engine knows only as a sentence.
fn syntax_error(diagnostic: &Diagnostic, found: &Found, text: &str) -> Option<(usize, usize)> {
    if diagnostic.code != Code::InvalidJson || found.policy != text {
        return None;
    }
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    Some((error.line().max(1), error.column().max(1)))
}

/// The offsets at which the lines of a text begin.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The offset of a line's column, both from 1.
    fn offset(&self, text: &str, line: usize, column: usize) -> usize {
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(text.len());
        let rest = text.get(start..self.end(text, line)).unwrap_or_default();
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(index, _)| index)
    }

    /// The offset after a line's last visible character.
    fn end(&self, text: &str, line: usize) -> usize {
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(text.len());
        let end = self.0.get(line).copied().unwrap_or(text.len());
        start + text.get(start..end).unwrap_or_default().trim_end().len()
    }
}
