//! Every vector of `tests/vectors` against the engine, one test for each. `cargo test -p
//! corsac-policy --test vectors "listed origin"` runs those with these words in their names.
//! `tests/wasm.rs` runs them as Wasm in Node, `tests/envoy_vectors` in a real Envoy.
//!
//! `CORSAC_BLESS=1` writes the engine's sentences into the diagnosis vectors.

#![cfg(not(target_family = "wasm"))]

mod bless;
mod diagnoses;
mod exchanges;
mod with_trial;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::OnceLock;

use corsac_policy::{Code, Policies};
use corsac_vectors::{ExchangeVector, Vectors};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let vectors = corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}"));
    if bless::asked_for() {
        bless::write_reports(&vectors.diagnoses);
        return ExitCode::SUCCESS;
    }
    let mut trials = vec![
        Trial::test("the vectors are all here", || the_vectors_are_all_here(vectors)),
        Trial::test("every diagnostic code has a vector", || every_code_has_a_vector(vectors)),
        Trial::test("no answer of any vector changes with a trial", || Ok(with_trial::check(&vectors.exchanges)?)),
    ];
    trials.extend(exchange_trials(vectors));
    trials.extend(vectors.diagnoses.iter().map(|vector| {
        let pinned = || if vector.is_pinned() { Ok(()) } else { Err("CORSAC_BLESS=1 writes the report.".to_owned()) };
        Trial::test(format!("{}: {}", vector.file, vector.name), move || {
            Ok(diagnoses::check(vector).and_then(|()| pinned())?)
        })
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Vectors share policies, and each policy is compiled once.
fn exchange_trials(vectors: &'static Vectors) -> impl Iterator<Item = Trial> {
    type Compiled = OnceLock<Result<Policies, String>>;
    let mut compiled: HashMap<&str, &'static Compiled> = HashMap::new();
    vectors.exchanges.iter().map(move |vector: &'static ExchangeVector| {
        let policies: &'static Compiled =
            compiled.entry(&vector.policy).or_insert_with(|| Box::leak(Box::new(OnceLock::new())));
        Trial::test(format!("{}: {}", vector.file, vector.name), move || {
            let policies = policies.get_or_init(|| exchanges::compile_policy(&vector.policy));
            Ok(exchanges::check(vector, policies)?)
        })
    })
}

fn the_vectors_are_all_here(vectors: &Vectors) -> Result<(), Failed> {
    let (exchanges, diagnoses) = (vectors.exchanges.len(), vectors.diagnoses.len());
    if exchanges > 1600 && diagnoses > 550 {
        return Ok(());
    }
    Err(format!("{exchanges} exchanges and {diagnoses} diagnoses").into())
}

fn every_code_has_a_vector(vectors: &Vectors) -> Result<(), Failed> {
    let has = |code: &Code| {
        let word = format!("[{}]", code.as_str());
        vectors.diagnoses.iter().flat_map(|vector| &vector.report).any(|line| line.contains(&word))
    };
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !has(code)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no vector for {missing:?}").into()) }
}
