//! The engine, with what only tools lend it.

use corsac_policy::{Compiled, Diagnostic, Rejected, Tools};

/// Compiles a policy.
///
/// # Errors
/// The diagnostics of a policy that is not sound.
pub fn compile(policy: &str) -> Result<Compiled, Rejected> {
    corsac_policy::compile(policy.as_bytes(), &tools())
}

/// The engine's diagnostics of a policy.
pub fn diagnose(policy: &str) -> Vec<Diagnostic> {
    match compile(policy) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.diagnostics,
    }
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
