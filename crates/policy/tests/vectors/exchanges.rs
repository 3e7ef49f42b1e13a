//! Exchange vectors: compile, decide, edit, compare.

use corsac_policy::{Policies, Tools, compile};
use corsac_vectors::{ExchangeVector, Placement, ProxiedExchange, difference, play};

/// Every difference between the engine's answer and the vector's.
pub fn check(vector: &ExchangeVector, policies: &Result<Policies, String>) -> Result<(), String> {
    let report = match policies {
        Ok(policies) => compare(vector, policies),
        Err(report) => report.clone(),
    };
    if report.is_empty() { Ok(()) } else { Err(describe(vector, &report)) }
}

/// The compiled policies, or a line with the reason for their absence.
pub fn compile_policy(text: &str) -> Result<Policies, String> {
    match compile(text.as_bytes(), &Tools::default()) {
        Ok(compiled) => Ok(compiled.policies),
        Err(rejected) => Err(format!("  the policy is refused: {rejected}\n")),
    }
}

fn compare(vector: &ExchangeVector, policies: &Policies) -> String {
    if vector.placement == Placement::Ahead401 {
        // The filter ahead answers, and the engine is never asked.
        return difference(&vector.expect, vector.upstream.status, &vector.upstream.headers).unwrap_or_default();
    }
    let played = play(policies, &ProxiedExchange::from(vector));
    vector.difference(&played.answer) + &played.mistakes.concat()
}

fn describe(vector: &ExchangeVector, report: &str) -> String {
    let cut =
        |text: String| if text.len() > 600 { text.chars().take(600).collect::<String>() + " …\n" } else { text };
    let request = cut(vector.request.to_text()).trim_end().replace('\n', "\n    ");
    format!("law: {}\n  policy: {}\n    {request}\n{}", vector.law, cut(vector.policy.clone()), cut(report.to_owned()))
}
