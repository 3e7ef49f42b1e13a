//! `corsac check`: what is wrong with a policy, where, and what to write.

mod fix;
mod github;
mod human;
mod sarif;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use corsac_check::codes::DIAGNOSTICS;
use corsac_check::{Finding, findings};
use corsac_policy::Severity;

use crate::codes::explain;
use crate::input::{Input, is_stdin};
use crate::output::{Answer, Failure, Status, failure_line};

/// Check policies: each problem with its place, the reason, and what to write instead
///
/// A policy with an error does not load in Envoy. A warning is about something that does nothing,
/// or not what it seems to do.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac check policy.json
  corsac check --fix envoy/*.yaml
  kubectl get wasmplugin corsac -o yaml | corsac check -
  corsac check --explain loose-match

Exit status: 0 no errors; 1 errors, or with --deny-warnings anything; 2 a file cannot be read.")]
pub(crate) struct Check {
    /// Policies, alone or in manifests, as JSON or YAML; "-" is standard input
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    files: Vec<PathBuf>,
    /// Write the corrections into the files, and say which. With "-", print the corrected text
    #[arg(long)]
    fix: bool,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Tell about one code: what is wrong, how it is attacked, what to write
    #[arg(long, value_name = "CODE", conflicts_with_all = ["files", "fix", "deny_warnings", "format"])]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// With the source line, as compilers do
    #[default]
    Human,
    /// A list of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
}

/// What became of all the files.
#[derive(Default)]
struct Outcome {
    findings: Vec<Finding>,
    /// Files that could not be read.
    failures: Vec<Failure>,
    /// What `--fix` did, a line each.
    fixed: Vec<String>,
    /// The corrected text of standard input.
    corrected: Option<String>,
    files: usize,
    policies: usize,
}

impl Check {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        if let Some(code) = &self.explain {
            return explain(DIAGNOSTICS, code);
        }
        let mut outcome = Outcome::default();
        for file in &self.files {
            if let Err(failure) = self.check(file, &mut outcome) {
                outcome.failures.push(failure);
            }
        }
        let report = match self.format {
            Form::Human => human::report(&outcome),
            Form::Json => Answer::json(&outcome.findings, Status::Fine)?.stdout,
            Form::Sarif => Answer::json(&sarif::log(&outcome.findings), Status::Fine)?.stdout,
            Form::Github => github::commands(&outcome.findings),
        };
        let status = self.status(&outcome);
        let failures: String = outcome.failures.iter().map(failure_line).collect();
        Ok(match outcome.corrected {
            Some(text) => Answer { stdout: text, stderr: report + &failures, status },
            None => Answer { stdout: report, stderr: failures, status },
        })
    }

    fn check(&self, file: &Path, outcome: &mut Outcome) -> Result<(), Failure> {
        let mut input = Input::read(file)?;
        let mut policies = input.policies()?;
        outcome.files += 1;
        outcome.policies += policies.len();
        if self.fix {
            let fixed = fix::fix(&input, &policies);
            let changed = fixed.text != input.text;
            outcome.fixed.extend(fixed.report);
            input.text = fixed.text;
            if is_stdin(file) {
                outcome.corrected = Some(input.text.clone());
            } else if changed {
                let written = fs::write(file, &input.text);
                written.map_err(|error| input.fail(&format!("The file cannot be written: {error}.")))?;
            }
            policies = input.policies()?;
        }
        outcome.findings.extend(findings(&input.name, &input.text, &policies));
        Ok(())
    }

    fn status(&self, outcome: &Outcome) -> Status {
        let counts = |finding: &Finding| self.deny_warnings || finding.severity == Severity::Error.as_str();
        if !outcome.failures.is_empty() {
            Status::Unreadable
        } else if outcome.findings.iter().any(counts) {
            Status::Findings
        } else {
            Status::Fine
        }
    }
}
