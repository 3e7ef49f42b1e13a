//! Findings as results of SARIF.

use std::fmt::Write as _;

use corsac_check::Finding;
use corsac_check::codes::DIAGNOSTICS;
use serde_json::{Value as Json, json};

use crate::sarif::{self, SarifResult};

pub(super) fn log(findings: &[Finding]) -> Json {
    let results: Vec<SarifResult> = findings.iter().map(result).collect();
    sarif::log(DIAGNOSTICS, &results)
}

fn result(finding: &Finding) -> SarifResult {
    let message = match &finding.suggestion {
        Some(suggestion) => format!("{} Write {suggestion}.", finding.message),
        None => finding.message.clone(),
    };
    let location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file) },
            "region": { "startLine": finding.line, "startColumn": finding.column },
        },
        "logicalLocations": [{ "name": finding.document, "fullyQualifiedName": finding.pointer }],
    });
    SarifResult { code: finding.code, level: finding.severity, message, location, properties: Json::Null }
}

/// A path as a URI reference (RFC 3986): bytes that one may not hold are escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
