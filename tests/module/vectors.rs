//! Every exchange vector, in one VM, with a filter for each different configuration.

use std::collections::HashMap;

use corsac_vectors::{ExchangeVector, Placement, ProxiedExchange};

use crate::vm::Vm;

#[test]
fn every_exchange_is_answered_as_its_vector_says() {
    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut vm = Vm::new();
    let mut filters = HashMap::new();
    let mut failures = Vec::new();
    // In that placement a filter before ours answers, so ours is never asked.
    for vector in vectors.iter().filter(|vector| vector.placement != Placement::Ahead401) {
        for policy in vector.other_policy.iter().chain([&vector.policy]) {
            filters.entry(policy).or_insert_with(|| vm.add_filter(policy));
        }
        let report = match vm.exchange(filters[&vector.policy], &ProxiedExchange::from(vector)) {
            Ok(seen) => vector.difference(&seen.answer),
            Err(trap) => format!("  the module trapped: {trap}\n"),
        };
        if !report.is_empty() {
            failures.push(describe(vector, &report));
        }
    }
    assert!(failures.is_empty(), "{} vectors failed:\n\n{}", failures.len(), failures.join("\n"));
    println!("{} vectors, {} filters in one VM", vectors.len(), filters.len());
}

fn describe(vector: &ExchangeVector, report: &str) -> String {
    let ExchangeVector { file, name, law, .. } = vector;
    format!("{file}: {name}\n  law: {law}\n{report}")
}
