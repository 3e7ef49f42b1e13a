//! A configuration, and the diagnostics that it must produce.

use serde::Deserialize;

/// A configuration and the exact lines that diagnose it.
#[derive(Debug, Clone)]
pub struct DiagnosisVector {
    /// The file that holds the vector, without its folder.
    pub file: &'static str,
    /// A sentence, unique among all vectors.
    pub name: String,
    /// Why this is the right verdict.
    pub law: String,
    /// The configuration as written. It need not be JSON: some vectors are about that.
    pub policy: String,
    /// Every line of the report, in order, each as a `Diagnostic` displays itself. A line without
    /// `: ` is not pinned yet: it ends after the pointer (or the code), and any sentence may
    /// follow.
    pub report: Vec<String>,
    /// Whether the configuration is accepted in spite of the report.
    pub accepted: bool,
}

impl DiagnosisVector {
    /// Whether every line of the report includes its sentence.
    pub fn is_pinned(&self) -> bool {
        self.report.iter().all(|line| is_pinned(line))
    }

    /// Whether these lines are the expected report.
    pub fn matches(&self, lines: &[String]) -> bool {
        self.report.len() == lines.len()
            && self
                .report
                .iter()
                .zip(lines)
                .all(|(expected, line)| if is_pinned(expected) { expected == line } else { begins(line, expected) })
    }
}

fn is_pinned(line: &str) -> bool {
    line.contains(": ")
}

/// Whether `line` begins with `start`, and `start` ends at the end of a word.
fn begins(line: &str, start: &str) -> bool {
    line.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']))
}

/// A diagnosis in the form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiagnosisToml {
    name: String,
    law: String,
    policy: String,
    report: Vec<String>,
    #[serde(default)]
    accepted: bool,
}

impl DiagnosisToml {
    pub(crate) fn read(self, file: &'static str) -> DiagnosisVector {
        let Self { name, law, policy, report, accepted } = self;
        DiagnosisVector { file, name, law, policy, report, accepted }
    }
}
