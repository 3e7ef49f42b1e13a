//! Findings as results of SARIF.

use corsac_probe::{Finding, Severity};
use serde_json::{Value as Json, json};

use crate::codes::FINDINGS;
use crate::sarif::{self, SarifResult};

pub(super) fn log(findings: &[Finding]) -> Json {
    let results: Vec<SarifResult> = findings.iter().map(result).collect();
    sarif::log(FINDINGS, &results)
}

fn result(finding: &Finding) -> SarifResult {
    SarifResult {
        code: finding.code,
        level: if finding.severity == Severity::Error { "error" } else { "warning" },
        message: finding.message.clone(),
        location: json!({ "physicalLocation": { "artifactLocation": { "uri": finding.url } } }),
        properties: json!({
            "origin": finding.origin,
            "request": finding.request,
            "response": finding.response,
            "browser": finding.browser,
            "law": finding.law,
        }),
    }
}
