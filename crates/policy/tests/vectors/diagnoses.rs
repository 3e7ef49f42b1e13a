//! Diagnosis vectors: compiles each, and compares every line of the report.

use std::fmt::Write as _;

use corsac_policy::{Tools, compile};
use corsac_vectors::DiagnosisVector;

/// Every difference between the engine's report and the vector's.
pub fn check(vector: &DiagnosisVector) -> Result<(), String> {
    let (lines, accepted) = diagnose(&vector.policy);
    if vector.matches(&lines) && vector.accepted == accepted {
        return Ok(());
    }
    let mut report = format!("law: {}\n  policy: {}\n", vector.law, vector.policy);
    for (what, accepted, lines) in [("expected", vector.accepted, &vector.report), ("got", accepted, &lines)] {
        let _ = writeln!(report, "  {what}, {}:", if accepted { "accepted" } else { "refused" });
        for line in lines {
            let _ = writeln!(report, "    {line}");
        }
    }
    Err(report)
}

/// The lines of the report, and whether the configuration is accepted. Without IDNA, which the
/// filter lacks too.
pub fn diagnose(policy: &str) -> (Vec<String>, bool) {
    let (diagnostics, accepted) = match compile(policy.as_bytes(), &Tools::default()) {
        Ok(compiled) => (compiled.warnings, true),
        Err(rejected) => (rejected.diagnostics, false),
    };
    (diagnostics.iter().map(ToString::to_string).collect(), accepted)
}
