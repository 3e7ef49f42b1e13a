//! Exchange vectors: compile, decide, edit, compare.

use std::collections::HashMap;

use corsac_policy::{Policies, Tools, compile};
use corsac_vectors::{Encounter, Exchange, Scene, difference};

use crate::host::play;

/// Runs every vector; the answer is one report for each that failed.
pub fn run(vectors: &[Exchange]) -> Vec<String> {
    let mut compiled = HashMap::new();
    let mut failures = Vec::new();
    for vector in vectors {
        let policies = compiled.entry(vector.policy.as_str()).or_insert_with(|| compile_policy(&vector.policy));
        let report = match policies {
            Ok(policies) => judge(vector, policies),
            Err(report) => report.clone(),
        };
        if !report.is_empty() {
            failures.push(describe(vector, &report));
        }
    }
    failures
}

fn compile_policy(text: &str) -> Result<Policies, String> {
    match compile(text.as_bytes(), &Tools::default()) {
        Ok(compiled) => Ok(compiled.policies),
        Err(rejected) => Err(format!("  the policy is refused: {rejected}\n")),
    }
}

/// Everything in which the engine's answer differs from the vector's; empty if nothing does.
fn judge(vector: &Exchange, policies: &Policies) -> String {
    if vector.scene == Scene::Ahead401 {
        // The engine is not asked at all: nothing may stand in such a vector but what the filter ahead says.
        return difference(&vector.expect, vector.upstream.status, &vector.upstream.headers).unwrap_or_default();
    }
    let played = play(policies, &Encounter::from(vector));
    vector.difference(&played.answer) + &played.mistakes.concat()
}

fn describe(vector: &Exchange, report: &str) -> String {
    let cut =
        |text: String| if text.len() > 600 { text.chars().take(600).collect::<String>() + " …\n" } else { text };
    let request = cut(vector.request.to_text()).trim_end().replace('\n', "\n    ");
    format!(
        "{}: {}\n  law: {}\n  policy: {}\n    {request}\n{}",
        vector.file,
        vector.name,
        vector.law,
        cut(vector.policy.clone()),
        cut(report.to_owned())
    )
}
