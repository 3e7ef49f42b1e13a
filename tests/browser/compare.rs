//! Compares Chromium's verdict with the judge's.

use std::fmt::Write as _;

use corsac_fetch::{Answer, Blocked, CorsError, Fetch, Headers, Kind, Reason, Request, Response, Verdict};
use corsac_testbed::{DEADLINE, poll};

use crate::session::{CorsFailure, ScriptResult, Session};

/// The words of Chromium's console about every CORS failure.
const BY_CORS: &str = "blocked by CORS policy";

/// The judge's verdict on a request, and the messages on the wire.
pub struct Judged {
    pub verdict: Verdict,
    pub requests: Vec<Request>,
    /// The headers of the last response.
    pub last: Headers,
}

impl Judged {
    pub fn of(fetch: &Fetch, mut server: impl FnMut(&Request) -> Option<Response>) -> Self {
        let (mut requests, mut last) = (Vec::new(), Headers::new());
        let verdict = fetch.judge(|request| {
            requests.push(request.clone());
            let response = server(request)?;
            last = response.headers.clone();
            Some(response)
        });
        Self { verdict, requests, last }
    }

    /// Whether this line of the console is about a header that the preflight has asked for. Where
    /// several are refused, Chrome names any of them.
    fn names_another_header(&self, line: &str) -> bool {
        let Err(blocked) = &self.verdict.outcome else { return false };
        if !matches!(blocked.reason, Reason::Header(_)) {
            return false;
        }
        let named = line.split_once("Request header field ");
        let named = named.and_then(|(_, rest)| rest.split_once(" is not allowed by Access-Control-Allow-Headers in "));
        let asked = self.requests.iter().filter_map(|request| request.headers.get("access-control-request-headers"));
        named.is_some_and(|(name, _)| {
            asked.into_iter().any(|list| list.split(|byte| *byte == b',').any(|it| it == name.as_bytes()))
        })
    }

    /// Chrome's name of the failure, if Chrome has one.
    pub fn error(&self) -> Option<CorsError> {
        self.verdict.outcome.as_ref().err().and_then(|blocked| blocked.chrome)
    }
}

/// Chromium's results for several requests.
pub struct ChromiumResults {
    outcomes: Vec<ScriptResult>,
    failures: Vec<CorsFailure>,
    console: Vec<String>,
}

impl ChromiumResults {
    /// Collects the browser's reports since the last call. Waits for the expected number of
    /// failures. The URL of each request ends with `case=` and its id.
    pub fn of(browser: &Session, outcomes: Vec<ScriptResult>, failures: usize) -> Self {
        let mut seen = Self { outcomes, failures: Vec::new(), console: Vec::new() };
        // A missing report shows below, by name.
        let _ = poll(DEADLINE, "the failures are told", || {
            seen.failures.extend(browser.cors_failures());
            seen.console.extend(browser.console());
            let said = seen.console.iter().filter(|line| line.contains(BY_CORS)).count();
            (seen.failures.len() >= failures && said >= failures).then_some(())
        });
        seen
    }

    /// The differences between Chromium and the judge, one a line.
    pub fn difference(&self, at: usize, id: &str, judged: &Judged) -> String {
        let mut report = Report::default();
        let failure = self.failures.iter().find(|failure| failure.url.ends_with(&format!("case={id}")));
        let none = || "none".to_owned();
        let got = failure.map_or_else(none, |failure| failure.name.clone());
        report.compare("CorsError", &judged.error().map_or_else(none, CorsError::name), &got);
        match &judged.verdict.outcome {
            Ok(answer) => report.compare_answer(answer, &judged.last, &self.outcomes[at]),
            Err(blocked) => report.compare_failure(blocked, failure, &self.outcomes[at]),
        }
        if let Some(console) = judged.verdict.outcome.as_ref().err().and_then(|blocked| blocked.console()) {
            // Chrome's line goes on with the place of the script, or with advice about
            // XMLHttpRequest.
            let sentence = console.split_once(BY_CORS).map_or("", |(_, sentence)| sentence);
            let is_it =
                |line: &str| line.contains(BY_CORS) && (line.contains(sentence) || judged.names_another_header(line));
            let got = if self.said(id).any(is_it) { sentence } else { "something else" };
            report.compare("the console", sentence, got);
        }
        if !report.0.is_empty() {
            self.said(id).for_each(|line| writeln!(report.0, "  the console: {line}").unwrap());
        }
        report.0
    }

    /// The console's lines about that request.
    fn said<'s>(&'s self, id: &str) -> impl Iterator<Item = &'s str> {
        let marks = ["'", " "].map(|end| format!("case={id}{end}"));
        self.console.iter().map(String::as_str).filter(move |line| marks.iter().any(|mark| line.contains(mark)))
    }
}

#[derive(Default)]
struct Report(String);

impl Report {
    fn compare(&mut self, what: &str, expected: &str, got: &str) {
        if expected != got {
            writeln!(self.0, "  {what}: expected {expected}, got {got}").unwrap();
        }
    }

    fn compare_failure(&mut self, blocked: &Blocked, failure: Option<&CorsFailure>, outcome: &ScriptResult) {
        self.compare("the script gets", "error", &outcome.kind);
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let parameter = match &blocked.reason {
            Reason::Method(method) => method.clone(),
            Reason::AllowOrigin { value, .. } | Reason::AllowCredentials(Some(value)) => text(value),
            _ => return,
        };
        // Chrome names no value when it refuses a redirect.
        if blocked.chrome != Some(CorsError::PreflightDisallowedRedirect) {
            self.compare("what it is about", &parameter, failure.map_or("", |failure| &failure.parameter));
        }
    }

    fn compare_answer(&mut self, answer: &Answer, sent: &Headers, outcome: &ScriptResult) {
        self.compare("the script gets", answer.kind.name(), &outcome.kind);
        self.compare("status", &answer.status.to_string(), &outcome.status.to_string());
        if answer.kind != Kind::OpaqueRedirect {
            let url = if answer.kind == Kind::Opaque { "" } else { answer.url.as_str() };
            self.compare("URL", url, &outcome.url);
        }
        for (name, _) in sent.iter() {
            let got = outcome.headers.iter().find(|(got, _)| got.eq_ignore_ascii_case(name));
            let value = |value: Option<Vec<u8>>| value.map(|value| String::from_utf8_lossy(&value).into_owned());
            let expected = value(answer.headers.get(name)).unwrap_or_default();
            self.compare(name, &expected, got.map_or("", |(_, value)| value));
        }
    }
}
