//! Runs the engine on the oracle's data.

use crate::choice::{self, Metadata, Target};
use crate::config::Configuration;
use crate::wire::{Answer, Exchange, Headers, Lines, header, judged};
use corsac_policy::{
    Compiled, Decision, Outcome, Policies, Record, Request, Response, Route, RoutePolicy, Severity, Tools,
};
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError};

/// A fixed number of cases, multiplied by the effort in the environment.
pub fn cases(count: u32) -> Config {
    let effort = std::env::var("CORSAC_ORACLE_EFFORT").ok();
    let effort = effort.and_then(|text| text.parse().ok()).unwrap_or(1);
    Config {
        cases: count * effort,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::default()
    }
}

/// Compiles a configuration that must be accepted.
pub fn compile(configuration: &Configuration) -> Result<Policies, TestCaseError> {
    let json = configuration.json();
    match corsac_policy::compile(json.as_bytes(), &Tools::default()) {
        Ok(Compiled { policies, .. }) => Ok(policies),
        Err(rejected) => {
            let errors = rejected.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            let report: Vec<String> = errors.map(ToString::to_string).collect();
            Err(TestCaseError::fail(format!("rejected: {json}\n{}", report.join("\n"))))
        }
    }
}

/// The engine's answer to a whole exchange.
pub fn answer(policies: &Policies, exchange: &Exchange) -> Answer {
    carried_out(policies, exchange, &corsac_policy::decide(policies, &mut Side::request(exchange)))
}

/// Whether the record of the engine's decision about a request is among those that a counter
/// prepares for.
pub fn is_counted(policies: &Policies, exchange: &Exchange) -> bool {
    let decision = corsac_policy::decide(policies, &mut Side::request(exchange));
    let is_known = |record: Record<'_>| {
        let mut is_known = false;
        policies.each_record(&mut |known| is_known |= known == record);
        is_known && record.kind() < Record::KINDS
    };
    decision.record(policies).is_none_or(is_known)
}

/// The outcome of the engine's decision about a request. One that no policy looks at yet passes.
pub fn outcome(policies: &Policies, exchange: &Exchange) -> Outcome {
    let decision = corsac_policy::decide(policies, &mut Side::request(exchange));
    decision.record(policies).map_or(Outcome::Passed, |record| record.outcome)
}

/// What the engine's trial decides otherwise, in its words. `Err` if no counter is prepared for it.
pub fn difference(policies: &Policies, exchange: &Exchange) -> Result<Option<String>, String> {
    let decision = corsac_policy::decide(policies, &mut Side::request(exchange));
    let Some(difference) = decision.difference() else { return Ok(None) };
    let mut words = String::new();
    difference.append_to(&mut words);
    let place = decision.record(policies).and_then(|record| record.place);
    let mut is_known = false;
    policies.each_difference(&mut |policy, _, known| is_known |= Some(policy) == place && known == difference);
    let is_counted = is_known && difference.kind() < corsac_policy::Difference::KINDS;
    if is_counted { Ok(Some(words.trim_start_matches(';').to_owned())) } else { Err(words) }
}

/// The engine's answer to an exchange that the proxy itself redirects to `next`, because the
/// upstream says so.
pub fn answer_redirected(policies: &Policies, exchange: &Exchange, next: &Target) -> Answer {
    let decision = corsac_policy::decide(policies, &mut Side::request(exchange));
    let Some(first) = decision.target().cloned() else { return carried_out(policies, exchange, &decision) };
    let mut redirected = exchange.clone();
    redirected.request.target = next.clone();
    let decision = corsac_policy::decide(policies, &mut Side { first: Some(first), ..Side::request(&redirected) });
    carried_out(policies, &redirected, &decision)
}

fn carried_out(policies: &Policies, exchange: &Exchange, decision: &Decision) -> Answer {
    let (reply, headers) = match decision {
        Decision::Untouched(_) => return Answer { reply: None, headers: judged(&exchange.upstream) },
        Decision::Forward(_) => (None, exchange.upstream.clone()),
        Decision::Reply(reply) => {
            let ours = reply.headers(policies);
            let ours = ours.iter().map(|(name, value)| (name.to_string(), value.to_vec())).collect();
            let summary = (reply.status(policies), reply.details().to_owned());
            (Some(summary), meddled(ours, &exchange.meddling))
        }
    };
    let mut response = Side { route: &exchange.response_route, lines: Lines(headers), ..Side::request(exchange) };
    corsac_policy::edit(policies, decision, &mut response);
    Answer { reply, headers: judged(&response.lines.0) }
}

/// Envoy's changes to a reply by the filter when a route adds headers: it joins CORS headers with
/// the filter's, overwrites `vary`, and adds the rest.
fn meddled(mut ours: Headers, meddling: &Headers) -> Headers {
    for (name, value) in meddling {
        let mut lines = Lines(ours);
        let value = match header(&lines.0, name) {
            Some(own) if name != "vary" => [value, &b","[..], own].concat(),
            _ => value.clone(),
        };
        lines.put(name, Some(value));
        ours = lines.0;
    }
    ours
}

/// One phase of an exchange, as the engine asks for it.
struct Side<'a> {
    exchange: &'a Exchange,
    route: &'a choice::Route,
    lines: Lines,
    /// The target of an earlier run.
    first: Option<corsac_policy::Target>,
}

impl<'a> Side<'a> {
    fn request(exchange: &'a Exchange) -> Self {
        Self { exchange, route: &exchange.request_route, lines: Lines::default(), first: None }
    }
}

impl Route for Side<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.route.name.clone()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        match &self.route.metadata {
            Metadata::Absent => RoutePolicy::Absent,
            Metadata::Named(name) => RoutePolicy::Named(name.clone()),
            Metadata::Invalid => RoutePolicy::Invalid,
        }
    }
}

impl Request for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        let request = &self.exchange.request;
        match name {
            ":method" => Some(request.method.clone().into_bytes()),
            ":path" => request.target.path.clone(),
            ":authority" => request.target.authority.clone(),
            name => header(&request.headers, name).map(<[u8]>::to_vec),
        }
    }

    fn first_target(&mut self) -> Option<corsac_policy::Target> {
        self.first.take()
    }
}

impl Response for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        header(&self.lines.0, name).map(<[u8]>::to_vec)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.lines.0.iter().for_each(|(name, value)| show(name.as_bytes(), value));
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        self.lines.put(name, Some(value));
    }

    fn remove(&mut self, name: &[u8]) {
        self.lines.remove(std::str::from_utf8(name).expect("header names are text"));
    }
}
