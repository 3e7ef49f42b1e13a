//! `--fix`: the corrections, and a report of them.

use corsac_check::{Correction, document_name};
use corsac_manifests::Found;
use corsac_policy::{Diagnostic, Suggestion};

use crate::input::Input;
use crate::output::{BOLD, GOOD, WARNING, paint};

pub(super) struct Fixed {
    pub(super) text: String,
    /// What was done, and what could not be done, a line each.
    pub(super) report: Vec<String>,
}

pub(super) fn fix(input: &Input, policies: &[Found]) -> Fixed {
    let corsac_check::Fixed { text, policies: corrections } = corsac_check::fix(&input.text, policies);
    let mut report = Vec::new();
    for Correction { index, done } in corrections {
        let place = format!("{}: {}", input.name, document_name(policies, index));
        if let Some(done) = done {
            report.extend(done.iter().map(|diagnostic| fixed_line(diagnostic, &place)));
        } else {
            let sentence = "The corrections cannot be written into this form of YAML; write them by hand.";
            report.push(format!("{}: {place}: {sentence}", paint(WARNING, "not fixed")));
        }
    }
    Fixed { text, report }
}

fn fixed_line(diagnostic: &Diagnostic, place: &str) -> String {
    let what = match &diagnostic.suggestion {
        Some(Suggestion::Nothing) | None => "left out".to_owned(),
        Some(suggestion) => format!("now {suggestion}"),
    };
    let pointer = if diagnostic.pointer.is_empty() { "the top" } else { &diagnostic.pointer };
    let code = paint(BOLD, diagnostic.code.as_str());
    format!("{}[{code}]: {place} at {pointer}: {what}", paint(GOOD, "fixed"))
}
