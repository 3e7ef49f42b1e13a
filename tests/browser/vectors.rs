//! Every test vector that a browser can send, from a page of the vector's origin, with and without
//! credentials. The browser lets the page read exactly what the judge derives from the engine's
//! bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use corsac_fetch::{Fetch, Kind, Origin, Request, Response};
use corsac_policy::Policies;
use corsac_testbed::vectors::{VectorListeners, scripted};
use corsac_vectors::{ExchangeVector, HttpRequest, Sendable, sendable};

use crate::{
    compare::{ChromiumResults, Judged},
    engine,
    session::{Call, ScriptResult},
    world::{World, module, route},
};

/// One vector in one credentials mode.
struct Run<'v> {
    vector: &'v ExchangeVector,
    origin: Origin,
    /// The request's id, at the upstream and in the URL.
    id: String,
    call: Call,
    expected: Expected,
}

/// The judge's verdict on the engine's answers.
struct Expected {
    judged: Judged,
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
            let run = Run::new(vector, &sent, id, credentials, world.port(&listener), &policies);
            runs.entry((needs_http2(&sent.asked.method), sent.origin.to_string())).or_default().push(run);
        }
    }

    let mut failures = Vec::new();
    let (mut allowed, mut blocked) = (0, 0);
    let origins: BTreeSet<String> = runs.keys().map(|(_, origin)| origin.clone()).collect();
    // This many servers need more connections than Chromium keeps. Over HTTP/2 it may then close a
    // connection that it has just opened and not used yet, and lose the request on it. Over
    // HTTP/1.1 it never does.
    for (by_http2, arguments) in [(false, &["--disable-http2"][..]), (true, &[])] {
        let browser = world.browser_at(origins.iter().map(String::as_str), arguments);
        for ((_, origin), runs) in runs.iter_mut().filter(|((needs_http2, _), _)| *needs_http2 == by_http2) {
            let calls: Vec<Call> = runs.iter().map(|run| run.call.clone()).collect();
            let to_block = runs.iter().filter(|run| run.is_to_be_blocked()).count();
            let outcomes = browser.call_from(origin, &calls);
            let seen = ChromiumResults::of(&browser, outcomes.clone(), to_block);
            for (at, (run, outcome)) in runs.iter_mut().zip(&outcomes).enumerate() {
                run.expected.take_what_only_envoy_knows(run.vector, outcome);
                *(if run.is_to_be_blocked() { &mut blocked } else { &mut allowed }) += 1;
                failures.extend(run.difference(&world, &seen, at).map(|report| run.describe(&report)));
            }
        }
    }
    for (why, count) in &unsendable {
        println!("{count:5} vectors not sendable: {why}");
    }
    println!(
        "{count} of {} vectors sent by a browser from {} origins: {allowed} requests allowed, {blocked} blocked",
        vectors.len(),
        origins.len()
    );
    let total = allowed + blocked;
    assert!(failures.is_empty(), "{} of {total} differ:\n\n{}", failures.len(), failures.join("\n"));
    assert!(allowed >= 300 && blocked >= 300, "the rule for what is sendable lets too little through");
}

/// Over HTTP/1.1 Envoy refuses unknown methods, before any filter.
fn needs_http2(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS")
}

impl<'v> Run<'v> {
    fn new(
        vector: &'v ExchangeVector,
        sent: &Sendable,
        id: String,
        credentials: &'static str,
        port: u16,
        policies: &Policies,
    ) -> Self {
        let Sendable { host, path, asked, origin } = sent;
        let separator = if path.contains('?') { '&' } else { '?' };
        let call = Call {
            url: format!("https://{host}:{port}{path}{separator}case={id}"),
            method: Some(asked.method.clone()),
            headers: asked.headers.clone(),
            credentials: Some(credentials),
            cache: Some("no-store"),
            // Otherwise the page would follow the redirect, to a URL without a case.
            redirect: Some("manual"),
            body: asked.use_preflight.then(|| "x".to_owned()),
            xhr: asked.use_preflight,
            upload_listener: asked.use_preflight,
            ..Call::default()
        };
        let fetch = call.fetch(origin).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        let expected = Expected::of(vector, &fetch, policies);
        Self { vector, origin: origin.clone(), id, call, expected }
    }

    /// The differences in the browser's result; `None` if there are none.
    fn difference(&self, world: &World, seen: &ChromiumResults, at: usize) -> Option<String> {
        let received = world.upstream.received(&self.id);
        let received: Vec<_> = received.iter().map(|request| String::from_utf8_lossy(&request.method)).collect();
        let (reached, received) = (self.expected.reached.join(", "), received.join(", "));
        let mut report = String::new();
        if reached != received {
            let _ = writeln!(report, "  reached the upstream: expected {reached}, got {received}");
        }
        report += &seen.difference(at, &self.id, &self.expected.judged);
        (!report.is_empty()).then_some(report)
    }

    fn is_to_be_blocked(&self) -> bool {
        self.expected.judged.verdict.outcome.is_err()
    }

    fn describe(&self, report: &str) -> String {
        let ExchangeVector { file, name, policy, .. } = self.vector;
        format!("{file}: {name}\n  policy: {policy}\n  {} {:?}\n{report}", self.origin, self.call)
    }
}

impl Expected {
    fn of(vector: &ExchangeVector, fetch: &Fetch, policies: &Policies) -> Self {
        let mut reached = Vec::new();
        let judged = Judged::of(fetch, |request| {
            let answer = engine::answer(policies, vector, on_the_wire(request));
            reached.extend(answer.reached.then(|| request.method.clone()));
            let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
            Some(Response::new(answer.status, answer.headers.iter().map(|(name, value)| (text(name), value))))
        });
        Self { judged, reached }
    }

    /// If Envoy answers, a vector about a preflight does not specify the answer.
    fn take_what_only_envoy_knows(&mut self, vector: &ExchangeVector, seen: &ScriptResult) {
        let Ok(answer) = &mut self.judged.verdict.outcome else { return };
        if vector.placement.has_upstream() || vector.request.method != b"OPTIONS" {
            return;
        }
        answer.status = seen.status;
        if seen.kind == Kind::OpaqueRedirect.name() {
            answer.kind = Kind::OpaqueRedirect;
        }
    }
}

/// The request in the form that the engine reads.
fn on_the_wire(request: &Request) -> HttpRequest {
    let (url, bytes) = (&request.url, |text: &str| text.as_bytes().to_vec());
    let host = url.authority();
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = (bytes("host"), bytes(host));
    let headers = request.headers.iter().map(|(name, value)| (bytes(name), value.to_vec()));
    HttpRequest {
        method: bytes(&request.method),
        path: Some(path.into_bytes()),
        headers: std::iter::once(host).chain(headers).collect(),
    }
}
