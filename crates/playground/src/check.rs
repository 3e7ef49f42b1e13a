//! Diagnostics, at their places in the editor.

use corsac_check::codes::DIAGNOSTICS;
use corsac_check::{Finding, document_name, findings};
use serde_json::{Value as Json, json};

use crate::document::policies;
use crate::utf16::Utf16;

pub(crate) fn check(text: &str) -> Json {
    let found = match policies(text) {
        Ok(found) => found,
        Err(problem) => return json!({ "problem": problem, "documents": [], "diagnostics": [] }),
    };
    let place = Utf16::of(text);
    let findings = findings("policy", text, &found);
    let diagnostics: Vec<Json> = findings.iter().map(|finding| diagnostic(finding, &place)).collect();
    let documents: Vec<String> = (0..found.len()).map(|index| document_name(&found, index)).collect();
    json!({ "problem": null, "documents": documents, "diagnostics": diagnostics })
}

pub(crate) fn fix(text: &str, number: Option<usize>) -> Option<String> {
    let found = policies(text).ok()?;
    let fixed = match number {
        Some(number) => corsac_check::fix_one(text, findings("policy", text, &found).get(number)?)?,
        None => corsac_check::fix(text, &found).text,
    };
    (fixed != text).then_some(fixed)
}

fn diagnostic(finding: &Finding, place: &Utf16<'_>) -> Json {
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "document": finding.policy,
        "pointer": finding.pointer,
        "line": finding.line,
        "from": place.offset(finding.span.start),
        "to": place.offset(finding.span.end),
        "message": finding.message,
        "suggestion": finding.suggestion,
        "page": page(finding.code),
    })
}

/// The parts of a code's page: what is wrong, and the paragraphs that begin with a bold word.
fn page(code: &str) -> Json {
    let page = DIAGNOSTICS.page(code).unwrap_or_default();
    let mut parts = page.split("\n\n**");
    let what = parts.next().unwrap_or_default();
    let parts: Vec<Json> = parts
        .filter_map(|part| part.split_once(".**"))
        .map(|(title, text)| json!({ "title": title, "text": text.trim() }))
        .collect();
    json!({ "what": what, "parts": parts })
}
