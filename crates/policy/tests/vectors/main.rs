//! Every vector of `tests/vectors` against the engine: natively, and as Wasm in Node.
//!
//! The same vectors run against the built module in a real Envoy; here they show that the engine alone gives the answer, so
//! a failure there and none here is the filter's or Envoy's.

mod diagnoses;
mod exchanges;
#[expect(dead_code, reason = "the engine's calls are for its budget")]
mod host;

#[cfg(not(target_family = "wasm"))]
mod bless;

use std::collections::BTreeSet;

use corsac_policy::Code;
use corsac_vectors::Vectors;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_vectors_are_all_here() {
    let vectors = vectors();
    assert!(vectors.exchanges.len() > 1600, "{} exchanges", vectors.exchanges.len());
    assert!(vectors.diagnoses.len() > 550, "{} diagnoses", vectors.diagnoses.len());
}

#[test]
fn every_exchange_is_answered_as_its_vector_says() {
    let failures = exchanges::run(&vectors().exchanges);
    assert!(failures.is_empty(), "{} vectors failed:\n\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_configuration_is_diagnosed_as_its_vector_says() {
    #[cfg(not(target_family = "wasm"))]
    if bless::asked_for() {
        return bless::write_reports(&vectors().diagnoses);
    }
    let failures = diagnoses::run(&vectors().diagnoses);
    assert!(failures.is_empty(), "{} vectors failed:\n\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_report_is_written_to_its_end() {
    let open: Vec<_> =
        vectors().diagnoses.iter().filter(|vector| !vector.is_pinned()).map(|vector| &vector.name).collect();
    assert!(open.is_empty(), "{} reports are not yet pinned (CORSAC_BLESS=1 writes them): {open:#?}", open.len());
}

#[test]
fn every_diagnostic_code_has_a_vector() {
    let reports: BTreeSet<_> = vectors().diagnoses.iter().flat_map(|vector| &vector.report).collect();
    let has = |code: &Code| reports.iter().any(|line| line.contains(&format!("[{}]", code.as_str())));
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !has(code)).collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
}

fn vectors() -> &'static Vectors {
    match corsac_vectors::all() {
        Ok(vectors) => vectors,
        Err(problems) => panic!("the vector files do not read:\n{problems}"),
    }
}
