//! `corsac probe`: what a live endpoint lets through, and what is broken in its answers.

mod human;
mod sarif;

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use corsac_fetch::Origin;
use corsac_probe::{Client, Connection, Finding, Intent, Limits, Plan, Use, findings, probe};
use indicatif::{ProgressBar, ProgressStyle};
use url::Url;

use crate::codes;
use crate::engine::errors;
use crate::input::Input;
use crate::output::{Answer, Failure, Status, failure_line};

/// Audit live endpoints: which pages a browser would let through, and what is broken
///
/// Sends harmless requests (GET, HEAD, OPTIONS) as pages of honest origins and of attackers: names
/// that look alike, "null", other schemes and ports. It looks at preflights, errors, redirects,
/// Vary, caches and doubled headers, and shows each finding with the request that proves it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac probe https://api.example.com/orders --origin https://app.example.com
  corsac probe https://api.example.com/orders --policy policy.json
  corsac probe https://api.example.com/ --origin https://app.example.com --method PUT --with-header authorization
  corsac probe --explain reflected-origin

Only probe what is yours, or what you are asked to test.

Exit status: 0 nothing found; 1 findings; 2 a server that cannot be reached, or a file that cannot be read.")]
pub(crate) struct Probe {
    /// The endpoints: answers to GET are judged
    #[arg(value_name = "URL", required_unless_present = "explain")]
    urls: Vec<String>,
    /// An origin that is meant to be allowed. Attackers imitate it; without one, they imitate the
    /// URL's own origin
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The policy that is meant to be in force: its origins are tried, and every answer is compared
    #[arg(long, value_name = "POLICY")]
    policy: Option<PathBuf>,
    /// Which policy, where the file holds several
    #[arg(long, value_name = "NAME", requires = "policy")]
    document: Option<String>,
    /// A method that pages of the honest origins are meant to use: its preflight must pass
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<String>,
    /// A header that they are meant to set
    #[arg(long = "with-header", value_name = "NAME")]
    with_headers: Vec<String>,
    #[command(flatten)]
    connection: Reach,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Tell about one code: what is wrong, how it is attacked, what to write
    #[arg(long, value_name = "CODE", conflicts_with_all = ["urls", "format"])]
    explain: Option<String>,
}

/// How the servers are reached.
#[derive(clap::Args)]
struct Reach {
    /// A header that goes with every request but preflights: "Authorization: Bearer …"
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Connect there, whatever the URL's host is
    #[arg(long, value_name = "HOST:PORT")]
    connect_to: Option<String>,
    /// Trust the certificates in this file too (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Trust every certificate
    #[arg(long)]
    insecure: bool,
    /// The most requests a second
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// The most requests for one URL
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().requests)]
    max_requests: usize,
    /// The most seconds that one request may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
    /// A word for made-up names, paths and queries, by which your logs tell the probe [default: a
    /// random one]
    #[arg(long, value_name = "WORD")]
    word: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Human,
    /// A list of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// What came of every URL.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
    /// One line of standard error for each URL that failed, or was not probed whole.
    notes: String,
    has_failures: bool,
    requests: usize,
}

impl Probe {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        if let Some(code) = &self.explain {
            return codes::explain(codes::FINDINGS, code);
        }
        let urls: Vec<Url> = self.urls.iter().map(|url| target(url)).collect::<Result<_, _>>()?;
        let origins: Vec<String> = self.origins.iter().map(|origin| honest(origin)).collect::<Result<_, _>>()?;
        let word = self.connection.word()?;
        let mut report = Report::default();
        for url in &urls {
            let mut plan = Plan::new(url.clone(), &origins, self.intent()?, &word);
            plan.uses = self.uses();
            plan.is_authorized = !self.connection.headers.is_empty();
            self.probe(&plan, &mut report)?;
        }
        let status = match (report.has_failures, report.findings.is_empty()) {
            (true, _) => Status::Unreadable,
            (false, false) => Status::Findings,
            (false, true) => Status::Fine,
        };
        let stdout = match self.format {
            Form::Human => human::text(&report.findings, report.requests, !report.has_failures),
            Form::Json => Answer::json(&report.findings, status)?.stdout,
            Form::Sarif => Answer::json(&sarif::log(&report.findings), status)?.stdout,
        };
        Ok(Answer { stdout, stderr: report.notes, status })
    }

    fn probe(&self, plan: &Plan, report: &mut Report) -> Result<(), Failure> {
        let client = Client::new(&plan.url, self.connection.connection()?).map_err(Failure)?;
        let bar = progress_bar(&plan.url);
        let outcome = probe(plan, &client, self.connection.limits(), &mut |done, known| {
            bar.set_length(known as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        match outcome {
            Ok(outcome) => {
                report.requests += outcome.seen.len();
                report.findings.extend(findings(plan, &outcome.seen));
                if outcome.left_out > 0 {
                    let note = format!("note: {}: --max-requests left out {} requests.\n", plan.url, outcome.left_out);
                    report.notes.push_str(&note);
                }
            }
            Err(sentence) => {
                report.has_failures = true;
                report.notes += &failure_line(&Failure(format!("{}: {sentence}", plan.url)));
            }
        }
        Ok(())
    }

    fn intent(&self) -> Result<Option<Intent>, Failure> {
        let Some(file) = &self.policy else { return Ok(None) };
        let input = Input::read(file)?;
        let found = input.policy(self.document.as_deref())?;
        Intent::new(found.policy.as_bytes()).map(Some).map_err(|diagnostics| errors(&diagnostics, &input.name))
    }

    /// Each method with all the headers.
    fn uses(&self) -> Vec<Use> {
        let of = |method: &str| Use { method: method.to_owned(), headers: self.with_headers.clone() };
        if self.methods.is_empty() && !self.with_headers.is_empty() {
            return vec![of("GET")];
        }
        self.methods.iter().map(|method| of(method)).collect()
    }
}

impl Reach {
    fn connection(&self) -> Result<Connection, Failure> {
        let headers = self.headers.iter().map(|line| own_header(line)).collect::<Result<_, _>>()?;
        let certificates = self.ca.as_ref().map(|file| Input::read(file)).transpose()?;
        Ok(Connection {
            headers,
            connect_to: self.connect_to.clone(),
            certificates: certificates.map(|input| input.text.into_bytes()),
            insecure: self.insecure,
            timeout: Duration::from_secs(self.timeout),
        })
    }

    fn limits(&self) -> Limits {
        Limits { interval: Duration::from_secs(1) / self.rate, requests: self.max_requests }
    }

    /// A word that is the label of a host name.
    fn word(&self) -> Result<String, Failure> {
        let is_label =
            |word: &str| (1..=32).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
        match &self.word {
            Some(word) if is_label(word) => Ok(word.clone()),
            Some(word) => Err(Failure(format!("A word is 1 to 32 letters from a to z; this is none: \"{word}\"."))),
            None => Ok(random_word()),
        }
    }
}

/// Eight letters. The seed of std's hash maps is random.
fn random_word() -> String {
    let mut number = RandomState::new().hash_one("corsac probe");
    let mut word = String::new();
    for _ in 0..8 {
        word.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
    }
    word
}

fn target(url: &str) -> Result<Url, Failure> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let parsed = parsed.filter(|url| url.username().is_empty() && url.password().is_none());
    let mut parsed =
        parsed.ok_or_else(|| Failure(format!("\"{url}\" is not an http or https URL without a user name.")))?;
    parsed.set_fragment(None);
    Ok(parsed)
}

fn honest(origin: &str) -> Result<String, Failure> {
    let is_sent = Origin::parse(origin).is_some();
    let is_none =
        || Failure(format!("\"{origin}\" is not an origin: write one as \"https://app.example.com\", or \"null\"."));
    is_sent.then(|| origin.to_owned()).ok_or_else(is_none)
}

fn own_header(line: &str) -> Result<(String, String), Failure> {
    let header = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let is_clean = |text: &str| !text.chars().any(char::is_control);
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    let header = header.filter(|(name, value)| is_name(name) && is_clean(value));
    let (name, value) = header.ok_or_else(|| Failure("A header is \"NAME: VALUE\", on one line.".to_owned()))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Shown on a terminal only.
fn progress_bar(url: &Url) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(url.to_string());
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
