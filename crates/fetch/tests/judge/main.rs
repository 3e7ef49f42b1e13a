//! The judge, by the tables of the Fetch standard.

mod cors_check;
mod names;
mod preflight;
mod properties;
mod redirects;
mod requests;
mod ways;

use corsac_fetch::{Blocked, Credentials, Fetch, Kind, Origin, Response, Verdict};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/items";

/// `fetch(url)` by the page.
fn fetch(url: &str) -> Fetch {
    Fetch::new(page(), url).unwrap()
}

fn get() -> Fetch {
    fetch(API)
}

fn method(method: &str) -> Fetch {
    get().method(method).unwrap()
}

fn header(fetch: Fetch, name: &str, value: &str) -> Fetch {
    fetch.header(name, value).unwrap()
}

fn include(fetch: Fetch) -> Fetch {
    fetch.credentials(Credentials::Include)
}

fn page() -> Origin {
    Origin::parse(PAGE).unwrap()
}

/// A status, and `name: value` on each further line; `PAGE` is the page's origin.
fn response(text: &str) -> Response {
    let text = text.replace("PAGE", PAGE);
    let mut lines = text.lines();
    let status = lines.next().unwrap().trim().parse().unwrap();
    Response::new(status, lines.map(|line| line.split_once(':').unwrap()).map(|(name, value)| (name.trim(), value)))
}

fn judge(fetch: &Fetch, answers: &[&str]) -> Verdict {
    fetch.judge_answers(answers.iter().map(|text| response(text)))
}

fn blocked(fetch: &Fetch, answers: &[&str]) -> Blocked {
    let verdict = judge(fetch, answers);
    *verdict.outcome.expect_err("it is blocked")
}

/// What the page gets: its type and its status.
fn allowed(fetch: &Fetch, answers: &[&str]) -> (Kind, u16) {
    let verdict = judge(fetch, answers);
    let steps = verdict.to_string();
    let answer = verdict.outcome.unwrap_or_else(|_| panic!("it is allowed:\n{steps}"));
    (answer.kind, answer.status)
}
