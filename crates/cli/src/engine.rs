//! What is said where a policy has to be sound.

use corsac_policy::{Diagnostic, Rejected, Severity};

use crate::output::Failure;

/// What came of a policy that has to be sound.
pub(crate) fn sound<T>(compiled: Result<T, Rejected>, file: &str) -> Result<T, Failure> {
    compiled.map_err(|rejected| errors(&rejected.diagnostics, file))
}

/// The errors of a policy, as the reason why nothing else can be said.
pub(crate) fn errors(diagnostics: &[Diagnostic], file: &str) -> Failure {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let lines: Vec<String> = errors.map(ToString::to_string).collect();
    let lines = lines.join("\n");
    Failure(format!("{file}: The policy has errors; \"corsac check\" shows each in its place.\n{lines}"))
}
