//! Every vector against the engine as Wasm, in Node: `cargo xtask test --only node`.

#![cfg(target_family = "wasm")]

#[path = "vectors/diagnoses.rs"]
mod diagnoses;
#[path = "vectors/exchanges.rs"]
mod exchanges;

use std::collections::HashMap;

use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_exchange_is_answered_as_its_vector_says() {
    let mut compiled = HashMap::new();
    assert_none(vectors().exchanges.iter().filter_map(|vector| {
        let policies =
            compiled.entry(vector.policy.as_str()).or_insert_with(|| exchanges::compile_policy(&vector.policy));
        named(&vector.name, exchanges::check(vector, policies))
    }));
}

#[test]
fn every_configuration_is_diagnosed_as_its_vector_says() {
    assert_none(vectors().diagnoses.iter().filter_map(|vector| named(&vector.name, diagnoses::check(vector))));
}

fn vectors() -> &'static corsac_vectors::Vectors {
    corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}"))
}

fn named(name: &str, result: Result<(), String>) -> Option<String> {
    result.err().map(|report| format!("{name}\n  {report}"))
}

fn assert_none(failures: impl Iterator<Item = String>) {
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{} vectors failed:\n\n{}", failures.len(), failures.join("\n"));
}
