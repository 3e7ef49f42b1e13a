//! Every exchange vector again, with a trial in each of its policies: not a byte of an answer may
//! change.

use std::collections::HashMap;

use corsac_policy::Policies;
use corsac_vectors::{ExchangeVector, Placement, ProxiedExchange, play};
use serde_json::{Value, json};

use crate::exchanges::compile_policy;

/// Policies that have little in common with those of the vectors, and ask for more.
fn trials() -> [Value; 3] {
    let rejecting = json!({
        "allowOrigins": ["https://tried.example", "https://app.example"],
        "allowMethods": ["PUT"],
        "allowHeaders": ["x-tried"],
        "allowCredentials": true,
        "disallowedOrigins": "reject",
        "ownOrigins": ["https://tried.example"],
    });
    let open =
        json!({ "allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"], "timingAllowOrigin": true });
    let forwarding = json!({
        "allowOrigins": ["https://*.example", "null"],
        "acceptRisks": ["null-origin"],
        "preflights": "forward",
        "upstreamHeaders": "preserve",
    });
    [rejecting, open, forwarding]
}

/// A configuration with a trial in each policy that has none.
fn with_trial(configuration: &str, trial: &Value) -> String {
    let mut configuration: Value = serde_json::from_str(configuration).expect("a configuration that is accepted");
    let add = |policy: &mut Value| {
        policy.as_object_mut().expect("a policy").entry("trial").or_insert_with(|| trial.clone());
    };
    match configuration.get_mut("policies") {
        Some(policies) => policies.as_object_mut().expect("policies").values_mut().for_each(add),
        None => add(&mut configuration),
    }
    configuration.to_string()
}

/// Plays every vector with each trial, and lists those whose answer the trial changes.
pub fn check(vectors: &[ExchangeVector]) -> Result<(), String> {
    let mut problems = Vec::new();
    let mut told = 0_usize;
    for trial in trials() {
        let mut compiled: HashMap<&str, Result<[Policies; 2], String>> = HashMap::new();
        for vector in vectors.iter().filter(|vector| vector.placement != Placement::Ahead401) {
            let both = compiled.entry(&vector.policy).or_insert_with(|| {
                Ok([compile_policy(&vector.policy)?, compile_policy(&with_trial(&vector.policy, &trial))?])
            });
            match both {
                Ok(both) => match compare(vector, both) {
                    Ok(is_told) => told += usize::from(is_told),
                    Err(problem) => problems.push(problem),
                },
                Err(problem) => problems.push(format!("{}: {problem}", vector.name)),
            }
        }
    }
    if problems.is_empty() && told > vectors.len() / 2 {
        return Ok(());
    }
    Err(format!("{told} differences were told, and {} problems:\n{}", problems.len(), problems.join("\n")))
}

/// Whether the trial decides otherwise. An error if that changes more than the filter state.
fn compare(vector: &ExchangeVector, [policies, tried]: &[Policies; 2]) -> Result<bool, String> {
    let exchange = ProxiedExchange::from(vector);
    let (expected, seen) = (play(policies, &exchange), play(tried, &exchange));
    let (answer, tried) = (expected.answer, seen.answer);
    let is_same = (answer.status, &answer.headers, answer.forwarded, &answer.details)
        == (tried.status, &tried.headers, tried.forwarded, &tried.details);
    let is_told = answer.refusal != tried.refusal;
    let keeps_words = !is_told || tried.refusal.starts_with(&answer.refusal) && tried.refusal.contains(";would-");
    if is_same && keeps_words && seen.mistakes.is_empty() {
        return Ok(is_told);
    }
    Err(format!("{}: {answer:?}\n  with a trial: {tried:?}\n{}", vector.name, seen.mistakes.concat()))
}
