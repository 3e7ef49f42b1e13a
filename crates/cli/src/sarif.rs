//! Reports as SARIF 2.1.0, which code scanning of GitHub, GitLab and others reads.

use std::collections::BTreeSet;

use corsac_check::codes::Pages;
use serde_json::{Value as Json, json};

/// One result of a report.
pub(crate) struct SarifResult {
    pub(crate) code: &'static str,
    /// `error` or `warning`.
    pub(crate) level: &'static str,
    pub(crate) message: String,
    /// Where it is: a SARIF location.
    pub(crate) location: Json,
    /// What else a program may want to know.
    pub(crate) properties: Json,
}

/// The report, with the page of every code that is used.
pub(crate) fn log(pages: Pages, results: &[SarifResult]) -> Json {
    let used: BTreeSet<&str> = results.iter().map(|result| result.code).collect();
    let rules: Vec<Json> = used.iter().map(|code| rule(pages, code)).collect();
    let results: Vec<Json> = results.iter().map(SarifResult::json).collect();
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

fn rule(pages: Pages, code: &str) -> Json {
    let page = pages.page(code).unwrap_or_default();
    json!({
        "id": code,
        "shortDescription": { "text": pages.summary(code) },
        "help": { "text": page, "markdown": page },
    })
}

impl SarifResult {
    fn json(&self) -> Json {
        let mut result = json!({
            "ruleId": self.code,
            "level": self.level,
            "message": { "text": self.message },
            "locations": [self.location],
        });
        if let (false, Some(members)) = (self.properties.is_null(), result.as_object_mut()) {
            members.insert("properties".to_owned(), self.properties.clone());
        }
        result
    }
}
