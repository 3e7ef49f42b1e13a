//! The engine, with what only tools lend it.

use corsac_policy::{Compiled, Rejected, Tools};

use crate::output::Failure;

/// Compiles a policy.
pub(crate) fn compile(policy: &str) -> Result<Compiled, Rejected> {
    corsac_policy::compile(policy.as_bytes(), &tools())
}

/// Compiles a policy that is to be sound.
pub(crate) fn compile_sound(policy: &str, file: &str) -> Result<Compiled, Failure> {
    compile(policy).map_err(|rejected| errors(&rejected.diagnostics, file))
}

/// The errors of a policy, as the reason why nothing else can be said.
pub(crate) fn errors(diagnostics: &[corsac_policy::Diagnostic], file: &str) -> Failure {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == corsac_policy::Severity::Error);
    let lines: Vec<String> = errors.map(ToString::to_string).collect();
    let lines = lines.join("\n");
    Failure(format!("{file}: The policy has errors; \"corsac check\" shows each in its place.\n{lines}"))
}

/// Carries out every suggestion.
pub(crate) fn fix(policy: &str) -> String {
    corsac_policy::fix(policy, &tools())
}

fn tools() -> Tools<'static> {
    Tools { to_ascii: Some(&to_ascii), ..Tools::default() }
}

/// A host as browsers write it: its A-labels.
fn to_ascii(host: &str) -> Option<String> {
    idna::domain_to_ascii(host).ok()
}
