//! `corsac explain`: why a page may read an answer, or may not.

use std::path::PathBuf;

use corsac_explain::{Explanation, Problem, Question, Reply, Routing, Upstream, Verdict, console, curl, har};
use corsac_fetch::Credentials;

use crate::engine::errors;
use crate::input::{Input, PolicyFile};
use crate::output::{Answer, ERROR, Failure, Format, GOOD, Status, paint};

/// Explain one request of one page: what Corsac answers, and whether the browser lets the page read
/// it
///
/// Shows the rule and the entry that decide, on a refusal the nearest entry and what differs, the
/// bytes of the preflight and of the response, and what the browser does, step by step by the Fetch
/// standard.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac explain policy.json --origin https://app.example.com --url https://api.example.com/orders \\
      --method PUT --header authorization --credentials
  corsac explain policy.json --curl \"curl https://api.example.com/ -H 'Origin: https://app.example.com'\"
  corsac explain policy.json --har page.har
  corsac explain policy.json --console \"Access to fetch at '…' from origin '…' has been blocked by CORS policy: …\"

Exit status: 0 the page may read the answer; 1 blocked; 2 nothing to explain, and why.")]
pub(crate) struct Explain {
    #[command(flatten)]
    policy: PolicyFile,
    #[command(flatten)]
    request: Asked,
    /// A request as a curl command: "Copy as cURL" of the developer tools
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["har", "url"])]
    curl: Option<String>,
    /// What the browser's console says: a CORS message of Chrome's or Firefox's. Firefox's take
    /// --origin
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["curl", "har", "url"])]
    console: Option<String>,
    /// A request from a HAR file; the one that failed, unless --entry says another
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    har: Option<PathBuf>,
    /// Which request of the HAR file: its number, from 0, or its URL
    #[arg(long, value_name = "N|URL", requires = "har")]
    entry: Option<String>,
    /// A header of the upstream's response
    #[arg(long, value_name = "NAME: VALUE")]
    upstream_header: Vec<String>,
    /// The status of the upstream's response
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..600))]
    upstream_status: Option<u16>,
    /// The name of Envoy's route, for rules with "routes"
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// The policy that the route's metadata name, with "policyFromRouteMetadata"
    #[arg(long, value_name = "NAME")]
    route_policy: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The URL that is asked for where none is given: a name that no policy holds (RFC 6761).
const SOME_URL: &str = "https://api.invalid/";

/// A request as options say it.
#[derive(clap::Args)]
struct Asked {
    /// The page's origin, as the browser sends it, or "null"
    #[arg(long, required_unless_present_any = ["curl", "console", "har"])]
    origin: Option<String>,
    /// The URL that the page asks for [default: `https://api.invalid/`]
    #[arg(long)]
    url: Option<String>,
    /// The method [default: GET]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// A header that the page sets, with a value or without
    #[arg(long = "header", value_name = "NAME[: VALUE]")]
    headers: Vec<String>,
    /// The page asks with credentials: cookies, a password, a client certificate
    #[arg(long)]
    credentials: bool,
}

impl Explain {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let found = self.policy.find()?;
        let (mut question, mut upstream) = self.question()?;
        self.request.change(&mut question)?;
        self.change_upstream(&mut upstream)?;
        let routing =
            Routing { route: Some(self.route.clone().unwrap_or_default()), metadata_policy: self.route_policy.clone() };
        let explanation = explain(&found.policy, &question, &upstream, &routing)?;
        let status = if explanation.verdict == Verdict::Allowed { Status::Fine } else { Status::Findings };
        match self.format {
            Format::Human => Ok(Answer::new(coloured(&explanation), status)),
            Format::Json => Answer::json(&explanation, status),
        }
    }

    fn question(&self) -> Result<(Question, Upstream), Failure> {
        let page = self.request.origin.as_deref();
        if let Some(command) = &self.curl {
            return Ok((curl::parse(command, page).map_err(Failure)?, Upstream::default()));
        }
        if let Some(message) = &self.console {
            let question = console::parse(message).and_then(|message| message.question(page)).map_err(Failure)?;
            return Ok((question, Upstream::default()));
        }
        if let Some(file) = &self.har {
            let input = Input::read(file)?;
            return har::parse(input.text.as_bytes(), &self.pick(), page).map_err(|sentence| input.fail(&sentence));
        }
        let url = self.request.url.as_deref().unwrap_or(SOME_URL);
        Ok((Question::new(page.unwrap_or_default(), url), Upstream::default()))
    }

    fn pick(&self) -> har::Pick {
        match &self.entry {
            None => har::Pick::Failed,
            Some(entry) => entry.parse().map_or_else(|_| har::Pick::Url(entry.clone()), har::Pick::Number),
        }
    }

    fn change_upstream(&self, upstream: &mut Upstream) -> Result<(), Failure> {
        if let Some(status) = self.upstream_status {
            upstream.response.status = status;
        }
        if !self.upstream_header.is_empty() {
            let headers: Result<_, _> = self.upstream_header.iter().map(|line| upstream_header(line)).collect();
            upstream.response = Reply { headers: headers?, ..upstream.response.clone() };
        }
        Ok(())
    }
}

impl Asked {
    fn change(&self, question: &mut Question) -> Result<(), Failure> {
        if let Some(method) = &self.method {
            question.method.clone_from(method);
        }
        for header in &self.headers {
            question.headers.push(request_header(header)?);
        }
        if self.credentials {
            question.credentials = Credentials::Include;
            question.cookies = true;
        }
        Ok(())
    }
}

/// The library's answer, or a failure that says why there is none.
pub(super) fn explain(
    policy: &str,
    question: &Question,
    upstream: &Upstream,
    routing: &Routing,
) -> Result<Explanation, Failure> {
    corsac_explain::explain(policy.as_bytes(), question, upstream, routing).map_err(|problem| match problem {
        Problem::Configuration(diagnostics) => errors(&diagnostics, "policy"),
        other => Failure(other.to_string()),
    })
}

/// `NAME: VALUE`, or a name alone, whose value then matters to nobody.
pub(super) fn request_header(line: &str) -> Result<(String, String), Failure> {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        return Err(Failure(format!("A header is a name, or \"name: value\"; this is none: \"{line}\".")));
    }
    // A name says nothing of its value; of the types, the one that pages send is not on the
    // safelist.
    let default = if name.eq_ignore_ascii_case("content-type") { "application/json" } else { "x" };
    Ok((name.to_owned(), if value.is_empty() { default } else { value }.to_owned()))
}

pub(super) fn upstream_header(line: &str) -> Result<(String, Vec<u8>), Failure> {
    let header = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let header = header.filter(|(name, _)| !name.is_empty());
    let (name, value) =
        header.ok_or_else(|| Failure(format!("An upstream's header is \"name: value\"; this is none: \"{line}\".")))?;
    Ok((name.to_ascii_lowercase(), value.as_bytes().to_vec()))
}

/// The verdict, which comes first, in its colour.
fn coloured(explanation: &Explanation) -> String {
    let style = if explanation.verdict == Verdict::Allowed { GOOD } else { ERROR };
    let text = explanation.to_string();
    let end = text.find([':', ' ', '\n']).unwrap_or(text.len());
    let (verdict, rest) = text.split_at(end);
    format!("{}{rest}", paint(style, verdict))
}
