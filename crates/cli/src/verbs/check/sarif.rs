//! Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab and others reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use corsac_check::{Finding, codes};
use serde_json::{Value as Json, json};

pub(super) fn log(findings: &[Finding]) -> Json {
    let used: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    let rules: Vec<Json> = used.iter().map(|code| rule(code)).collect();
    let results: Vec<Json> = findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "corsac", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Json {
    json!({
        "id": code,
        "shortDescription": { "text": codes::summary(code) },
        "help": { "text": codes::page(code).unwrap_or_default(), "markdown": codes::page(code).unwrap_or_default() },
    })
}

fn result(finding: &Finding) -> Json {
    let message = match &finding.suggestion {
        Some(suggestion) => format!("{} Write {suggestion}.", finding.message),
        None => finding.message.clone(),
    };
    json!({
        "ruleId": finding.code,
        "level": finding.severity,
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&finding.file) },
                "region": { "startLine": finding.line, "startColumn": finding.column },
            },
            "logicalLocations": [{ "name": finding.document, "fullyQualifiedName": finding.pointer }],
        }],
    })
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
