//! Real servers, right and wrong: a probe finds in each exactly what its label says.
//!
//! Each file beside this one is a kind of server. A new server is a new file, and a new
//! configuration is a few lines in it (README.md).

mod keeper;
mod packages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use corsac_probe::{Client, Connection, Intent, Limits, Plan, Severity, findings, probe};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use url::Url;

use keeper::Running;

/// A kind of server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    /// How one is started. A word in braces is filled in by the keeper.
    command: Vec<String>,
    /// The name of the configuration's file: some servers look at its end.
    #[serde(default = "a_module")]
    file: String,
    /// What is the same in every configuration; `{text}` is the rest.
    #[serde(default = "all_of_it")]
    frame: String,
    /// The text is a policy of Corsac's, and the answers are compared with it.
    #[serde(default)]
    has_policy: bool,
    server: Vec<Configuration>,
}

fn a_module() -> String {
    "configuration.mjs".to_owned()
}

fn all_of_it() -> String {
    "{text}".to_owned()
}

/// One configuration, and what is wrong with it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    name: String,
    text: String,
    /// The origins that are meant to be allowed.
    #[serde(default = "the_app")]
    origins: Vec<String>,
    /// The policy that is meant, where it is not the text.
    policy: Option<String>,
    /// The codes of what a probe must find; an exclamation mark makes it an error.
    #[serde(default)]
    findings: Vec<String>,
}

fn the_app() -> Vec<String> {
    vec!["https://app.shop.example".to_owned()]
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each test starts a server process, and some of these are large.
    arguments.test_threads.get_or_insert(2);
    let trials = files().into_iter().flat_map(|file| trials(&file)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn files() -> Vec<PathBuf> {
    let folder = corsac_testbed::root().join("tests/zoo");
    let entries = std::fs::read_dir(folder).expect("tests/zoo").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect();
    files.sort();
    files
}

fn trials(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).expect("a readable file");
    let kind: Kind = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    let trial = |server: &Configuration| {
        let (kind, server) = (kind.clone(), server.clone());
        Trial::test(format!("{name}: {}", server.name), move || check(&kind, &server).map_err(Failed::from))
    };
    kind.server.iter().map(trial).collect()
}

/// A probe of a running server finds exactly what the label says.
fn check(kind: &Kind, server: &Configuration) -> Result<(), String> {
    let running = Running::start(&kind.command, &kind.file, &kind.frame.replace("{text}", &server.text))?;
    let url = Url::parse(&format!("http://127.0.0.1:{}/items", running.port())).map_err(|error| error.to_string())?;
    let policy = server.policy.as_ref().or(kind.has_policy.then_some(&server.text));
    let intent = policy.map(|policy| Intent::new(policy.as_bytes())).transpose();
    let intent = intent.map_err(|diagnostics| format!("{diagnostics:?}"))?;
    let plan = Plan::new(url.clone(), &server.origins, intent, "zoo");
    let client = Client::new(&url, Connection::default())?;
    let limits = Limits { interval: Duration::ZERO, ..Limits::default() };
    let outcome = probe(&plan, &client, limits, &mut |_, _| {})?;
    let found = findings(&plan, &outcome.seen);
    let mark = |severity| if severity == Severity::Error { "!" } else { "" };
    let mut codes: Vec<String> =
        found.iter().map(|finding| format!("{}{}", finding.code, mark(finding.severity))).collect();
    let mut expected = server.findings.clone();
    codes.sort();
    expected.sort();
    if codes == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {codes:?}: {found:#?}")) }
}
