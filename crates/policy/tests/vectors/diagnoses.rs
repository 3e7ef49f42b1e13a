//! Diagnosis vectors: compile, and compare every line that is said.

use std::fmt::Write as _;

use corsac_policy::{Tools, compile};
use corsac_vectors::Diagnosis;

/// Runs every vector; the answer is one report for each that failed.
pub fn run(vectors: &[Diagnosis]) -> Vec<String> {
    vectors.iter().filter_map(judge).collect()
}

/// The report's lines, and whether the configuration is taken. IDNA is not lent: the filter has none either.
pub fn diagnose(policy: &str) -> (Vec<String>, bool) {
    let (diagnostics, accepted) = match compile(policy.as_bytes(), &Tools::default()) {
        Ok(compiled) => (compiled.warnings, true),
        Err(rejected) => (rejected.diagnostics, false),
    };
    (diagnostics.iter().map(ToString::to_string).collect(), accepted)
}

fn judge(vector: &Diagnosis) -> Option<String> {
    let (lines, accepted) = diagnose(&vector.policy);
    if vector.matches(&lines) && vector.accepted == accepted {
        return None;
    }
    let mut report = format!("{}: {}\n  law: {}\n  policy: {}\n", vector.file, vector.name, vector.law, vector.policy);
    for (what, accepted, lines) in [("expected", vector.accepted, &vector.report), ("got", accepted, &lines)] {
        let _ = writeln!(report, "  {what}, {}:", if accepted { "accepted" } else { "refused" });
        for line in lines {
            let _ = writeln!(report, "    {line}");
        }
    }
    Some(report)
}
