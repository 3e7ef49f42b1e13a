//! The exchange as a picture: seven steps between page, browser, Corsac and upstream, with the
//! headers where they act.

use corsac_explain::{Answerer, Explanation, Header, Request, Response, Verdict};
use serde::Serialize;

/// One step of the exchange.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FlowStep {
    /// From 1 to 7.
    number: usize,
    from: Party,
    /// The same as `from` where the party does something alone.
    to: Party,
    title: String,
    headers: Vec<Header>,
    state: State,
}

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Party {
    Page,
    Browser,
    Corsac,
    Upstream,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Done,
    Failed,
    /// The request needs no such step.
    Skipped,
    /// The exchange ended before.
    NotReached,
}

/// The headers of the request that CORS is about.
const ASKED: [&str; 3] = ["origin", "access-control-request-method", "access-control-request-headers"];

/// The seven steps, whatever became of each.
pub(crate) fn flow(explanation: &Explanation) -> [FlowStep; 7] {
    let scene = Scene::of(explanation);
    let Explanation { method, url, preflight, request, response, .. } = explanation;
    let asked = asked_headers(preflight.as_ref().map(|preflight| &preflight.request));
    let [by_preflight, by_response] = [preflight.as_ref().map(|preflight| &preflight.answer), response.as_ref()];
    let step = |number, from, to, title: String, headers, state| FlowStep { number, from, to, title, headers, state };
    [
        step(1, Party::Page, Party::Browser, format!("calls fetch: {method} {url}"), Vec::new(), State::Done),
        step(2, Party::Browser, Party::Corsac, "asks first: OPTIONS, the preflight".to_owned(), asked, scene.preflight),
        step(
            3,
            answering(by_preflight, Party::Corsac),
            Party::Browser,
            answer_title(by_preflight, "answers the preflight"),
            cors_headers(by_preflight),
            scene.preflight,
        ),
        step(4, Party::Browser, Party::Browser, scene.comparison_title(), Vec::new(), scene.comparison),
        step(
            5,
            Party::Browser,
            Party::Upstream,
            format!("sends {method}"),
            asked_headers(request.as_ref()),
            scene.request,
        ),
        step(
            6,
            answering(by_response, Party::Upstream),
            Party::Browser,
            answer_title(by_response, "answers the request"),
            cors_headers(by_response),
            scene.request,
        ),
        step(7, Party::Browser, Party::Page, scene.end_title(), Vec::new(), scene.end),
    ]
}

/// What became of the steps.
struct Scene {
    preflight: State,
    comparison: State,
    request: State,
    end: State,
}

impl Scene {
    fn of(explanation: &Explanation) -> Self {
        let has_response = explanation.response.is_some();
        let end = if explanation.verdict == Verdict::Allowed { State::Done } else { State::Failed };
        let request = if has_response { State::Done } else { State::NotReached };
        let (preflight, comparison) = match (&explanation.preflight, has_response) {
            (None, _) => (State::Skipped, State::Skipped),
            (Some(_), true) => (State::Done, State::Done),
            (Some(_), false) => (State::Done, State::Failed),
        };
        Self { preflight, comparison, request, end }
    }

    fn comparison_title(&self) -> String {
        match self.comparison {
            State::Failed => "compares, and stops: the request is never sent",
            State::Skipped => "needs no preflight for this request",
            _ => "compares: everything it asked for is allowed",
        }
        .to_owned()
    }

    fn end_title(&self) -> String {
        match (self.end, self.request) {
            (State::Done, _) => "compares again: the page gets the answer",
            (_, State::Done) => "compares again: the page gets a network error",
            _ => "gives the page a network error",
        }
        .to_owned()
    }
}

/// Who answers; `usually` where nobody does.
fn answering(response: Option<&Response>, usually: Party) -> Party {
    match response.map(|response| response.by) {
        Some(Answerer::Upstream) => Party::Upstream,
        Some(Answerer::Corsac) => Party::Corsac,
        None => usually,
    }
}

fn answer_title(response: Option<&Response>, what: &str) -> String {
    match response {
        Some(Response { by: Answerer::Upstream, decision: Some(_), status, .. }) => {
            format!("{what} with {status}; Corsac writes its CORS headers")
        }
        Some(Response { status, .. }) => format!("{what} with {status}"),
        None => what.to_owned(),
    }
}

/// The headers of a request that CORS is about.
fn asked_headers(request: Option<&Request>) -> Vec<Header> {
    let is_about_cors = |header: &&Header| ASKED.contains(&header.name.as_str());
    request.iter().flat_map(|request| &request.headers).filter(is_about_cors).cloned().collect()
}

/// The headers of a response that CORS is about.
fn cors_headers(response: Option<&Response>) -> Vec<Header> {
    let is_about_cors = |header: &&Header| header.name.starts_with("access-control-") || header.name == "vary";
    response.iter().flat_map(|response| &response.headers).filter(is_about_cors).cloned().collect()
}
