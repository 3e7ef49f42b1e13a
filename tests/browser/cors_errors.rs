//! Every way in which a server can answer wrongly, and some correct ones: Chromium's verdict, by
//! name, is the judge's.

mod cases;

use std::fmt::Write as _;

use corsac_fetch::{CorsError, Origin, Request};
use corsac_testbed::server::Received;

use crate::{
    compare::{ChromiumResults, Judged},
    scripted::{PAGE, Scripted},
    session::Call,
};

/// A request, the answers to it, and the result.
struct Case {
    call: Call,
    answers: Vec<&'static str>,
    outcome: CaseVerdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CaseVerdict {
    Allowed,
    /// With Chrome's name for the failure.
    Blocked(CorsError),
    /// For a reason that Chrome does not count as CORS.
    BlockedOtherwise,
}

/// A case, and the judge's verdict on it.
struct Run {
    case: Case,
    id: String,
    /// The call with its URL filled in.
    call: Call,
    judged: Judged,
}

#[test]
fn every_cors_error_that_a_server_can_cause_is_named_as_chromium_names_it() {
    let server = Scripted::start();
    let browser = server.browser(&[]);
    let stage = |(number, case): (usize, Case)| Run::new(number.to_string(), case, &server);
    let runs: Vec<Run> = cases::cases().into_iter().enumerate().map(stage).collect();
    let calls: Vec<Call> = runs.iter().map(|run| run.call.clone()).collect();
    let blocked = runs.iter().filter(|run| matches!(run.case.outcome, CaseVerdict::Blocked(_))).count();
    let seen = ChromiumResults::of(&browser, browser.call_from(PAGE, &calls), blocked);
    let failures: Vec<String> =
        runs.iter().enumerate().filter_map(|(at, run)| run.difference(at, &seen, &server)).collect();
    println!("{} browser cases: servers without Corsac", runs.len());
    assert!(failures.is_empty(), "{} of {} differ:\n\n{}", failures.len(), runs.len(), failures.join("\n"));
    let shows = |error| runs.iter().any(|run| run.case.outcome == CaseVerdict::Blocked(error));
    let missing: Vec<_> = CorsError::ALL.into_iter().filter(|&error| !shows(error)).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

impl Run {
    fn new(id: String, case: Case, server: &Scripted) -> Self {
        let (call, answers) = server.stage(&id, &case.call, &case.answers);
        let mut answers = answers.into_iter();
        let judged = Judged::of(&call.fetch(&Origin::parse(PAGE).unwrap()).unwrap(), |_| answers.next());
        Self { case, id, call, judged }
    }

    /// The differences between Chromium, the judge and the table; `None` if there are none.
    fn difference(&self, at: usize, seen: &ChromiumResults, server: &Scripted) -> Option<String> {
        let Self { case, call, judged, .. } = self;
        let mut report = seen.difference(at, &self.id, judged);
        let outcome = match &judged.verdict.outcome {
            Ok(_) => CaseVerdict::Allowed,
            Err(_) => judged.error().map_or(CaseVerdict::BlockedOtherwise, CaseVerdict::Blocked),
        };
        if outcome != case.outcome {
            writeln!(report, "  the judge says {outcome:?}, the table {:?}", case.outcome).unwrap();
        }
        report += &difference_of_requests(&judged.requests, &server.received(&self.id));
        (!report.is_empty()).then(|| format!("{call:?}\n{:?}\n{report}{}\n", case.answers, judged.verdict))
    }
}

/// The differences between the server's requests and the judge's: which requests, and what they
/// reveal about the page.
fn difference_of_requests(expected: &[Request], received: &[Received]) -> String {
    let expected: Vec<String> = expected
        .iter()
        .map(|request| {
            let header = |name: &str| request.headers.get(name);
            summary(request.method.as_bytes(), &header)
        })
        .collect();
    let received: Vec<String> =
        received.iter().map(|request| summary(&request.method, &|name| request.headers.joined(name))).collect();
    if expected == received {
        return String::new();
    }
    format!("  requests: expected\n    {}\n  got\n    {}\n", expected.join("\n    "), received.join("\n    "))
}

fn summary(method: &[u8], header: &dyn Fn(&str) -> Option<Vec<u8>>) -> String {
    let names = [
        "accept",
        "access-control-request-method",
        "access-control-request-headers",
        "authorization",
        "content-type",
        "origin",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
    ];
    let lines = names.into_iter().filter_map(|name| Some(format!("{name}: {}", header(name)?.escape_ascii())));
    format!("{} {}", method.escape_ascii(), lines.collect::<Vec<_>>().join("; "))
}
