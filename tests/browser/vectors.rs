//! Every test vector that a browser can send, from a page of the vector's origin, without credentials and
//! with them: what the browser lets the page read is what the judge says of the engine's bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use corsac_policy::Policies;
use corsac_testbed::vectors::{VectorListeners, scripted};
use corsac_vectors::{Exchange, HttpRequest};
use url::Url;

use crate::{
    engine,
    judge::Reason,
    sendable::{Sendable, sendable},
    session::{Call, Outcome},
    world::{World, module, route},
};

/// One vector in one credentials mode.
struct Run<'v> {
    vector: &'v Exchange,
    sent: Sendable,
    /// The request's id, at the upstream and in the URL.
    id: String,
    call: Call,
    expected: Expected,
}

/// What the judge says of the engine's answers.
struct Expected {
    verdict: Result<(), Reason>,
    /// The status, unless only Envoy knows it.
    status: Option<u16>,
    /// The names of the answer's headers, and whether a page may read them.
    readable: Vec<(String, bool)>,
    /// The methods of the requests that reach the upstream.
    reached: Vec<String>,
}

#[test]
fn every_vector_that_a_browser_can_send_is_read_or_blocked_as_the_judge_says() {
    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut unsendable: BTreeMap<&str, usize> = BTreeMap::new();
    let mut listeners = VectorListeners::new(module(), route().fields);
    let mut sendables = Vec::new();
    for vector in vectors {
        match sendable(vector) {
            Ok(sent) => sendables.push((vector, sent, listeners.listener(vector))),
            Err(why) => *unsendable.entry(why).or_default() += 1,
        }
    }
    let world = World::of(listeners.listeners);
    let mut runs: BTreeMap<(bool, String), Vec<Run>> = BTreeMap::new();
    let count = sendables.len();
    for (number, (vector, sent, listener)) in sendables.into_iter().enumerate() {
        let policies = engine::policies(vector);
        for credentials in ["omit", "include"] {
            let id = format!("{number}-{credentials}");
            world.upstream.script(&id, scripted(&vector.upstream));
            let run = Run::new(vector, sent.clone(), id, credentials, world.port(&listener), &policies);
            runs.entry((needs_http2(&sent.asked.method), sent.asked.origin.clone())).or_default().push(run);
        }
    }

    let mut failures = Vec::new();
    let (mut allowed, mut blocked) = (0, 0);
    let origins = || runs.keys().map(|(_, origin)| origin.as_str());
    // So many servers take more connections than Chromium keeps. Over HTTP/2 it may then close one that it has just
    // opened and not used yet, and the request on it is lost; over HTTP/1.1 it never does.
    for (by_http2, arguments) in [(false, &["--disable-http2"][..]), (true, &[])] {
        let browser = world.browser_at(origins(), arguments);
        for ((_, origin), runs) in runs.iter().filter(|((needs_http2, _), _)| *needs_http2 == by_http2) {
            let calls: Vec<Call> = runs.iter().map(|run| run.call.clone()).collect();
            let outcomes = browser.call_from(origin, &calls);
            let console = browser.console();
            for (run, outcome) in runs.iter().zip(outcomes) {
                *(if run.expected.verdict.is_ok() { &mut allowed } else { &mut blocked }) += 1;
                let report = run.judge(&world, &outcome, &console);
                if !report.is_empty() {
                    failures.push(run.describe(&report));
                }
            }
        }
    }
    for (why, count) in &unsendable {
        println!("{count:5} vectors not sendable: {why}");
    }
    println!(
        "{count} of {} vectors sent by a browser from {} origins: {allowed} requests allowed, {blocked} blocked",
        vectors.len(),
        origins().collect::<BTreeSet<_>>().len()
    );
    let total = allowed + blocked;
    assert!(failures.is_empty(), "{} of {total} differ:\n\n{}", failures.len(), failures.join("\n"));
    assert!(allowed >= 300 && blocked >= 300, "the rule for what is sendable lets too little through");
}

/// Over HTTP/1.1 Envoy refuses methods that it does not know, before any filter.
fn needs_http2(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS")
}

impl<'v> Run<'v> {
    fn new(
        vector: &'v Exchange,
        mut sent: Sendable,
        id: String,
        credentials: &'static str,
        port: u16,
        policies: &Policies,
    ) -> Self {
        sent.asked.include = credentials == "include";
        let separator = if sent.path.contains('?') { '&' } else { '?' };
        sent.path = format!("{}{separator}case={id}", sent.path);
        let call = Call {
            url: format!("https://{}:{port}{}", sent.host, sent.path),
            method: Some(sent.asked.method.clone()),
            headers: sent.asked.headers.clone(),
            credentials: Some(credentials),
            cache: Some("no-store"),
            // Else a redirect would be followed, to where no case is.
            redirect: Some("manual"),
            body: sent.asked.use_preflight.then(|| "x".to_owned()),
            xhr: sent.asked.use_preflight,
            upload_listener: sent.asked.use_preflight,
            ..Call::default()
        };
        let expected = Expected::of(vector, &sent, port, policies);
        Self { vector, sent, id, call, expected }
    }

    /// In what the browser differs; empty if in nothing.
    fn judge(&self, world: &World, outcome: &Outcome, console: &[String]) -> String {
        let mut report = String::new();
        let mut differs = |what: &str, expected: &str, got: &str| {
            if expected != got {
                let _ = writeln!(report, "  {what}: expected {expected}, got {got}");
            }
        };
        let received = world.upstream.received(&self.id);
        let received: Vec<_> = received.iter().map(|request| String::from_utf8_lossy(&request.method)).collect();
        differs("reached the upstream", &self.expected.reached.join(", "), &received.join(", "));
        let verdict = |allowed| if allowed { "allowed" } else { "blocked" };
        let Expected { verdict: expected, status, readable, .. } = &self.expected;
        differs("verdict", verdict(expected.is_ok()), verdict(outcome.kind != "error"));
        if let Err(reason) = expected {
            // chromedriver does not hear the console of a sandboxed frame.
            if self.sent.asked.origin == "null" {
                return report;
            }
            let phrase = reason.in_the_console();
            if !self.said(console).any(|line| line.contains("blocked by CORS policy") && line.contains(phrase)) {
                differs("the console", phrase, "something else");
            }
        } else if outcome.kind == "cors" {
            if let Some(status) = status {
                differs("status", &status.to_string(), &outcome.status.to_string());
            }
            for (name, readable) in readable {
                let got = outcome.headers.iter().any(|(got, _)| got.eq_ignore_ascii_case(name));
                differs(&format!("{name} is readable"), &readable.to_string(), &got.to_string());
            }
        }
        if !report.is_empty() {
            report.extend(self.said(console).map(|line| format!("  the console: {line}\n")));
        }
        report
    }

    /// What the console says of this call.
    fn said<'c>(&self, console: &'c [String]) -> impl Iterator<Item = &'c str> {
        let marks = ["'", " "].map(|end| format!("case={}{end}", self.id));
        console.iter().map(String::as_str).filter(move |line| marks.iter().any(|mark| line.contains(mark)))
    }

    fn describe(&self, report: &str) -> String {
        let Exchange { file, name, policy, .. } = self.vector;
        let (url, asked) = (&self.call.url, &self.sent.asked);
        format!("{file}: {name}\n  policy: {policy}\n  {url}\n  {asked:?}\n{report}")
    }
}

impl Expected {
    fn of(vector: &Exchange, sent: &Sendable, port: u16, policies: &Policies) -> Self {
        let mut expected = Self { verdict: Ok(()), status: None, readable: Vec::new(), reached: Vec::new() };
        let origin = ("origin", sent.asked.origin.as_str());
        if let Some(preflight) = sent.asked.preflight() {
            let mut lines = vec![origin, ("access-control-request-method", preflight.method.as_str())];
            lines.extend(preflight.headers.as_deref().map(|names| ("access-control-request-headers", names)));
            let answer = engine::answer(policies, vector, request(sent, port, "OPTIONS", &lines));
            expected.reached.extend(answer.reached.then(|| "OPTIONS".to_owned()));
            expected.verdict = sent.asked.check_preflight(answer.status, &answer.headers);
            if expected.verdict.is_err() {
                return expected;
            }
        }
        let mut lines = vec![origin];
        lines.extend(sent.asked.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let answer = engine::answer(policies, vector, request(sent, port, &sent.asked.method, &lines));
        expected.reached.extend(answer.reached.then(|| sent.asked.method.clone()));
        expected.verdict = sent.asked.check(&answer.headers);
        // Where Envoy answers, a vector about a preflight does not say with what.
        let is_about_this = vector.scene.has_upstream() || vector.request.method != b"OPTIONS";
        expected.status = is_about_this.then_some(answer.status);
        for (name, _) in &answer.headers {
            let name = String::from_utf8_lossy(name).into_owned();
            expected.readable.push((name.clone(), sent.asked.may_read(&name, &answer.headers)));
        }
        expected
    }
}

/// The request as the browser sends it.
fn request(sent: &Sendable, port: u16, method: &str, lines: &[(&str, &str)]) -> HttpRequest {
    let site = if sent.asked.origin == "null" { "cross-site" } else { site(&sent.asked.origin, &sent.host) };
    let host = format!("{}:{port}", sent.host);
    let all = [("host", host.as_str()), ("sec-fetch-site", site)].into_iter().chain(lines.iter().copied());
    HttpRequest {
        method: method.into(),
        path: Some(sent.path.clone().into()),
        headers: all.map(|(name, value)| (name.into(), value.into())).collect(),
    }
}

/// `same-site` or `cross-site`: Corsac makes no difference between the two.
fn site(origin: &str, host: &str) -> &'static str {
    let of_the_page = Url::parse(origin).ok();
    let same = of_the_page.and_then(|url| url.host_str().map(|page| page.ends_with(host) || host.ends_with(page)));
    if same == Some(true) { "same-site" } else { "cross-site" }
}
