//! Chromium's verdict beside the judge's.

use std::fmt::Write as _;

use corsac_fetch::{Answer, Blocked, CorsError, Kind};
use corsac_testbed::{DEADLINE, poll};

use crate::session::{CorsFailure, Outcome, Session};

/// What Chromium's console says of every failure of CORS.
const BY_CORS: &str = "blocked by CORS policy";

/// What Chromium made of several requests.
pub struct Seen {
    /// What the scripts got, one for each request.
    pub outcomes: Vec<Outcome>,
    failures: Vec<CorsFailure>,
    console: Vec<String>,
}

impl Seen {
    /// Takes what the browser has told since the last time, and waits for as many failures as there should be. The URL
    /// of each request ends with `case=` and its id.
    pub fn of(browser: &Session, outcomes: Vec<Outcome>, failures: usize) -> Self {
        let mut seen = Self { outcomes, failures: Vec::new(), console: Vec::new() };
        // One that does not come is missed below, by name.
        let _ = poll(DEADLINE, "the failures are told", || {
            seen.failures.extend(browser.cors_failures());
            seen.console.extend(browser.console());
            let said = seen.console.iter().filter(|line| line.contains(BY_CORS)).count();
            (seen.failures.len() >= failures && said >= failures).then_some(())
        });
        seen
    }

    /// In what Chromium differs from the judge, a line for each thing; `None` if in nothing.
    pub fn difference(&self, at: usize, id: &str, judged: &Result<Answer, Box<Blocked>>) -> Option<String> {
        let mut report = Report::default();
        let failure = self.failure(id);
        let name = |name: Option<String>| name.unwrap_or_else(|| "none".to_owned());
        let expected = judged.as_ref().err().and_then(|blocked| blocked.chrome);
        report.compare("CorsError", &name(expected.map(CorsError::name)), &name(failure.map(|it| it.name.clone())));
        match judged {
            Ok(answer) => report.compare_answer(answer, &self.outcomes[at]),
            Err(_) => report.compare("the script gets", "error", &self.outcomes[at].kind),
        }
        if let Some(error) = expected {
            let is_it = |line: &&str| line.contains(BY_CORS) && line.contains(error.console());
            if !self.said(id).any(|line| is_it(&line)) {
                report.compare("the console", error.console(), "something else");
            }
        }
        if report.0.is_empty() {
            return None;
        }
        self.said(id).for_each(|line| writeln!(report.0, "  the console: {line}").unwrap());
        Some(report.0)
    }

    /// How Chromium names the failure of that request.
    pub fn failure(&self, id: &str) -> Option<&CorsFailure> {
        self.failures.iter().find(|failure| failure.url.ends_with(&format!("case={id}")))
    }

    /// What the console says of that request.
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

    fn compare_answer(&mut self, answer: &Answer, outcome: &Outcome) {
        self.compare("the script gets", answer.kind.name(), &outcome.kind);
        self.compare("status", &answer.status.to_string(), &outcome.status.to_string());
        if answer.kind != Kind::OpaqueRedirect {
            let url = if answer.kind == Kind::Opaque { "" } else { answer.url.as_str() };
            self.compare("URL", url, &outcome.url);
        }
    }
}
