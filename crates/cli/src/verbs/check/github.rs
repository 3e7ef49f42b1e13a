//! Findings as workflow commands, which GitHub shows beside the lines of a change.

use std::fmt::Write as _;

use corsac_check::Finding;

pub(super) fn commands(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let message = match &finding.suggestion {
            Some(suggestion) => format!("{} Write {suggestion}.", finding.message),
            None => finding.message.clone(),
        };
        let _ = writeln!(
            text,
            "::{} file={},line={},col={},title={}::{}",
            finding.severity,
            property(&finding.file),
            finding.line,
            finding.column,
            property(finding.code),
            data(&message),
        );
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
