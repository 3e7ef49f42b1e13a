//! The budget of tests/module/budget.toml, natively: the engine's questions and edits for each kind
//! of policy and traffic. Each is a host call, and a host call costs more than all of the engine's
//! own work.

use std::{env, fs};

use corsac_policy::{Tools, compile};
use corsac_vectors::{Budget, Call, Played, Row, play};

#[test]
fn every_kind_of_exchange_makes_exactly_the_calls_of_its_budget() {
    let mut budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    if env::var_os("CORSAC_BLESS").is_some_and(|value| value == "1") {
        return bless(&mut budget);
    }
    let problems: Vec<String> = budget.rows.iter().flat_map(|row| problems(&budget, row)).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Writes the calls into the file, and keeps the fuel.
fn bless(budget: &mut Budget) {
    for row in &mut budget.rows {
        let played = played(row);
        (row.cost.request, row.cost.response) = (played.request, played.response);
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/module/budget.toml");
    fs::write(file, budget.to_text()).expect("the budget file is writable");
}

fn played(row: &Row) -> Played {
    let compiled = compile(row.configuration.as_bytes(), &Tools::default());
    let policies = compiled.unwrap_or_else(|rejected| panic!("{}: {rejected}", row.policy)).policies;
    play(&policies, &row.exchange)
}

fn problems(budget: &Budget, row: &Row) -> Vec<String> {
    let played = played(row);
    let mut problems = played.mistakes;
    for (phase, expected, made) in
        [("request", &row.cost.request, &played.request), ("response", &row.cost.response, &played.response)]
    {
        if sorted(expected) != sorted(made) {
            let (expected, made) = (budget.words(expected), budget.words(made));
            problems.push(format!("  {phase} phase\n    budget: {expected}\n    made:   {made}"));
        }
    }
    problems.into_iter().map(|problem| format!("{}, {}:\n{problem}", row.policy, row.traffic)).collect()
}

fn sorted(calls: &[Call]) -> Vec<&Call> {
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort();
    calls
}
