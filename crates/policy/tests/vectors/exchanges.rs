//! Exchange vectors: compile, decide, edit, compare.

use std::collections::HashMap;
use std::fmt::Write as _;

use corsac_policy::{Decision, Policies, Record, Tools, compile, decide, edit};
use corsac_vectors::{Exchange, HeaderLine, HttpRequest, Scene, difference};

use crate::host::{RequestSide, ResponseSide};

/// Runs every vector; the answer is one report for each that failed.
pub fn run(vectors: &[Exchange]) -> Vec<String> {
    let mut compiled = HashMap::new();
    let mut failures = Vec::new();
    for vector in vectors {
        let policies = compiled.entry(vector.policy.as_str()).or_insert_with(|| compile_policy(&vector.policy));
        let report = match policies {
            Ok(policies) => judge(vector, policies),
            Err(report) => report.clone(),
        };
        if !report.is_empty() {
            failures.push(describe(vector, &report));
        }
    }
    failures
}

fn compile_policy(text: &str) -> Result<Policies, String> {
    match compile(text.as_bytes(), &Tools::default()) {
        Ok(compiled) => Ok(compiled.policies),
        Err(rejected) => Err(format!("  the policy is refused: {rejected}\n")),
    }
}

/// Everything in which the engine's answer differs from the vector's; empty if nothing does.
fn judge(vector: &Exchange, policies: &Policies) -> String {
    if vector.scene == Scene::Ahead401 {
        // The engine is not asked at all: nothing may stand in such a vector but what the filter ahead says.
        return difference(&vector.expect, vector.upstream.status, &vector.upstream.headers).unwrap_or_default();
    }
    let mut request = RequestSide::new(vector);
    let decision = decide(policies, &mut request);
    let mut report = request.mistakes().concat();

    let (status, mut response) = respond(vector, policies, &decision);
    edit(policies, &decision, &mut response);
    report += &difference(&vector.expect, status, &response.lines).unwrap_or_default();
    report += &response.mistakes().concat();
    report += &difference_of_words(vector, policies, &decision);
    report
}

/// The response as it comes to the filter.
fn respond<'v>(vector: &'v Exchange, policies: &Policies, decision: &Decision) -> (u16, ResponseSide<'v>) {
    let Decision::Reply(reply) = decision else {
        return (vector.upstream.status, ResponseSide::of_upstream(vector));
    };
    let lines: Vec<HeaderLine> = reply
        .headers(policies)
        .into_iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.into_owned()))
        .collect();
    let status = reply.status(policies);
    let response = ResponseSide::of_reply(vector, status, lines);
    (if is_grpc(&vector.request) { 200 } else { status }, response)
}

/// Whether Envoy answers the request in gRPC's way: a local reply then is 200 with `grpc-status`.
fn is_grpc(request: &HttpRequest) -> bool {
    let content_type =
        request.headers.iter().find(|(name, _)| name == b"content-type").map(|(_, value)| value.as_slice());
    let rest = content_type.and_then(|value| value.strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

/// Whether the upstream was reached, the response code details, and the filter state.
fn difference_of_words(vector: &Exchange, policies: &Policies, decision: &Decision) -> String {
    let mut report = String::new();
    let mut compare = |what: &str, expected: &str, got: &str| {
        if expected != got {
            let _ = writeln!(report, "  {what}: expected {expected:?}, got {got:?}");
        }
    };
    let reply = if let Decision::Reply(reply) = decision { Some(reply) } else { None };
    let reached = reply.is_none() && vector.scene.has_upstream();
    compare("the upstream was reached", &vector.reached.to_string(), &reached.to_string());
    if let Some(details) = &vector.details {
        compare("details", details, reply.map_or("none, it was forwarded", |reply| reply.details()));
    }
    if let Some(refusal) = &vector.refusal {
        let record = decision.record(policies).filter(Record::is_refusal);
        compare("refusal", refusal, &record.map(|record| record.to_string()).unwrap_or_default());
    }
    report
}

fn describe(vector: &Exchange, report: &str) -> String {
    let cut =
        |text: String| if text.len() > 600 { text.chars().take(600).collect::<String>() + " …\n" } else { text };
    let request = cut(vector.request.to_text()).trim_end().replace('\n', "\n    ");
    format!(
        "{}: {}\n  law: {}\n  policy: {}\n    {request}\n{}",
        vector.file,
        vector.name,
        vector.law,
        cut(vector.policy.clone()),
        cut(report.to_owned())
    )
}
