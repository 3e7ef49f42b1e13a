//! `corsac test`: a team's own expectations, as data.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use corsac_explain::{Question, Reply, Routing, Upstream, Verdict};
use corsac_fetch::Credentials;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::explain::{explain, request_header, upstream_header};
use crate::input::Input;
use crate::output::{Answer, ERROR, Failure, Format, GOOD, Status, count, one_line, paint};

/// Test a policy against expectations: which page may do what
///
/// The file is TOML. "policy" is the policy's file, beside this one. Each [[expect]] is a request
/// and its verdict.
#[derive(clap::Args)]
#[command(after_help = "\
A file:
  policy = \"policy.json\"

  [[expect]]
  origin = \"https://app.example.com\"
  url = \"https://api.example.com/orders\"
  method = \"PUT\"                  # default: GET
  headers = [\"authorization\"]     # default: none
  credentials = true              # default: false
  verdict = \"allowed\"             # or \"blocked\"
  reason = \"origin-not-listed\"    # default: any; the word that explain shows

Also: route, upstream-headers = [\"name: value\"].

Exit status: 0 all as expected; 1 something is not; 2 a file cannot be read.")]
pub(crate) struct Test {
    /// The expectations; "-" is standard input
    file: PathBuf,
    /// The policy, in place of the one that the file names
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Which policy, where its file holds several
    #[arg(long, value_name = "NAME")]
    document: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    policy: Option<PathBuf>,
    #[serde(default)]
    expect: Vec<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Expectation {
    origin: String,
    url: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    credentials: bool,
    #[serde(default)]
    route: String,
    #[serde(default)]
    upstream_headers: Vec<String>,
    verdict: Word,
    reason: Option<String>,
}

/// A verdict, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Allowed,
    Blocked,
}

fn get() -> String {
    "GET".to_owned()
}

#[derive(Serialize)]
struct Outcome {
    origin: String,
    method: String,
    url: String,
    expected: Word,
    verdict: Word,
    reason: String,
    sentence: String,
    passed: bool,
}

impl Test {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let input = Input::read(&self.file)?;
        let expectations: Expectations = toml::from_str(&input.text).map_err(|error| bad_toml(&input, &error))?;
        if expectations.expect.is_empty() {
            return Err(input.fail("The file expects nothing; add an [[expect]]."));
        }
        let policy = self.policy_file(&expectations).ok_or_else(|| {
            input.fail("The file names no policy; add policy = \"policy.json\" at the top, or use --policy.")
        })?;
        let found = Input::read(&policy)?.policy(self.document.as_deref())?;
        let outcomes: Result<Vec<Outcome>, Failure> =
            expectations.expect.iter().map(|expectation| expectation.outcome(&found.policy)).collect();
        let outcomes = outcomes.map_err(|failure| input.fail(&failure.0))?;
        let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
        let status = if failed == 0 { Status::Fine } else { Status::Findings };
        match self.format {
            Format::Human => Ok(Answer::new(report(&outcomes, failed), status)),
            Format::Json => {
                let all = json!({ "passed": outcomes.len() - failed, "failed": failed, "results": outcomes });
                Answer::json(&all, status)
            }
        }
    }

    /// The policy, whose path in the file is relative to that file.
    fn policy_file(&self, expectations: &Expectations) -> Option<PathBuf> {
        let beside = self.file.parent().unwrap_or(Path::new(""));
        self.policy.clone().or_else(|| expectations.policy.as_ref().map(|policy| beside.join(policy)))
    }
}

/// The parser's own text would show the line, however long it is.
fn bad_toml(input: &Input, error: &toml::de::Error) -> Failure {
    let before = error.span().and_then(|span| input.text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    input.fail(&format!("Line {line}: {}.", one_line(error.message()).trim_end_matches('.')))
}

impl Expectation {
    fn outcome(&self, policy: &str) -> Result<Outcome, Failure> {
        let mut question = Question::new(&self.origin, &self.url);
        question.method.clone_from(&self.method);
        question.headers = self.headers.iter().map(|line| request_header(line)).collect::<Result<_, _>>()?;
        if self.credentials {
            question.credentials = Credentials::Include;
            question.cookies = true;
        }
        let headers = self.upstream_headers.iter().map(|line| upstream_header(line)).collect::<Result<_, _>>()?;
        let upstream = Upstream { response: Reply { headers, ..Reply::default() }, preflight: None };
        let routing = Routing { route: Some(self.route.clone()), metadata_policy: None };
        let explanation = explain(policy, &question, &upstream, &routing)?;
        let verdict = if explanation.verdict == Verdict::Allowed { Word::Allowed } else { Word::Blocked };
        let same_reason = self.reason.as_ref().is_none_or(|reason| *reason == explanation.reason);
        Ok(Outcome {
            origin: self.origin.clone(),
            method: self.method.clone(),
            url: self.url.clone(),
            expected: self.verdict,
            passed: verdict == self.verdict && same_reason,
            verdict,
            reason: explanation.reason,
            sentence: explanation.sentence,
        })
    }
}

fn report(outcomes: &[Outcome], failed: usize) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let (style, word) = if outcome.passed { (GOOD, "ok") } else { (ERROR, "not") };
        let verdict = if outcome.verdict == Word::Allowed { "allowed" } else { "blocked" };
        let request = one_line(&format!("{} {} from {}", outcome.method, outcome.url, outcome.origin));
        let _ = writeln!(text, "{:>4}  {request}: {verdict} ({})", paint(style, word), outcome.reason);
        if !outcome.passed {
            let _ = writeln!(text, "      {}", one_line(&outcome.sentence));
        }
    }
    let whole = count(outcomes.len(), "expectation");
    let _ = writeln!(
        text,
        "{}",
        if failed == 0 { format!("{whole}, all met") } else { format!("{whole}, {failed} not met") }
    );
    text
}
