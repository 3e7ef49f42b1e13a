//! The policies in the editor's text.

use corsac_manifests::Found;
use corsac_policy::Severity;

/// The longest text that is worked on, in bytes: far above any policy.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Every policy of the text. The error is a sentence.
pub(crate) fn policies(text: &str) -> Result<Vec<Found>, String> {
    if text.trim().is_empty() {
        return Err("There is no policy yet.".to_owned());
    }
    if text.len() > MOST_BYTES {
        return Err(format!("The text is larger than {} MiB.", MOST_BYTES >> 20));
    }
    corsac_manifests::find(text)
}

/// The policy with that number, from 0.
pub(crate) fn policy(text: &str, number: usize) -> Result<Found, String> {
    let mut found = policies(text)?;
    if number < found.len() {
        return Ok(found.swap_remove(number));
    }
    Err(format!("There is no policy number {}; the text holds {}.", number + 1, found.len()))
}

/// What is said where a policy with errors was to be used.
pub(crate) fn unsound(diagnostics: &[corsac_policy::Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let number = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
    format!("The policy has {number}. Envoy would not load it.")
}
