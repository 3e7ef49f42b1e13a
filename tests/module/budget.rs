//! The budget of budget.toml: the module makes exactly those host calls, and takes at most those
//! instructions.

use std::collections::HashMap;
use std::{env, fs};

use corsac_vectors::{Budget, Call, Routing, Row};

use crate::host::{BAD_ARGUMENT, Fault, INFO, Wrong};
use crate::vm::{HostTrace, Vm};

#[test]
fn every_kind_of_exchange_keeps_within_its_budget_of_host_calls_and_fuel() {
    let mut budget = read();
    let seen = play(&budget.rows);
    if env::var_os("CORSAC_BLESS").is_some_and(|value| value == "1") {
        for (row, seen) in budget.rows.iter_mut().zip(&seen) {
            row.cost.fuel = seen.fuel;
        }
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/module/budget.toml"), budget.to_text())
            .expect("the budget file is writable");
        return;
    }
    let problems: Vec<String> =
        budget.rows.iter().zip(&seen).flat_map(|(row, seen)| problems(&budget, row, seen)).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn read() -> Budget {
    Budget::read().unwrap_or_else(|problem| panic!("{problem}"))
}

/// Plays every row in one VM. The second run counts, because tables still grow in the first.
fn play(rows: &[Row]) -> Vec<HostTrace> {
    let mut vm = Vm::new();
    let mut filters = HashMap::new();
    let mut play = |row: &Row| {
        let root = *filters.entry(row.policy.clone()).or_insert_with(|| vm.add_filter(&row.configuration));
        vm.exchange(root, &row.exchange).unwrap_or_else(|trap| panic!("{}, {}: {trap}", row.policy, row.traffic))
    };
    for row in rows {
        play(row);
    }
    rows.iter().map(play).collect()
}

fn problems(budget: &Budget, row: &Row, seen: &HostTrace) -> Vec<String> {
    let mut problems = Vec::new();
    let phases = [
        ("request", &row.cost.request, &row.exchange.routing, &seen.request),
        ("response", &row.cost.response, &row.exchange.response_routing, &seen.response),
    ];
    for (phase, calls, routing, made) in phases {
        let (mut expected, mut made) = (host_calls(calls, routing), made.clone());
        expected.sort();
        made.sort();
        if expected != made {
            problems.push(format!("  {phase} phase\n    budget: {expected:?}\n    made:   {made:?}"));
        }
    }
    let ceiling = budget.ceiling(&row.cost);
    if seen.fuel > ceiling {
        problems.push(format!("  fuel: {} of at most {ceiling}", seen.fuel));
    }
    problems.into_iter().map(|problem| format!("{}, {}:\n{problem}", row.policy, row.traffic)).collect()
}

/// The host calls for the engine's calls.
fn host_calls(calls: &[Call], routing: &Routing) -> Vec<String> {
    let metadata = |of: &str| format!("get_property xds.{of}_metadata.filter_metadata.corsac.policy");
    let host_calls = |call: &Call| match call {
        Call::Get(name) => vec![format!("get_header_map_value {name}")],
        Call::GetAll => vec!["get_header_map_pairs".to_owned()],
        Call::Replace(name) => vec![format!("replace_header_map_value {name}")],
        Call::Remove(name) => vec![format!("remove_header_map_value {name}")],
        Call::RouteName => vec!["get_property xds.route_name".to_owned()],
        // The module asks for the virtual host's if the route has none.
        Call::RoutePolicy if routing.metadata.is_some() => vec![metadata("route")],
        Call::RoutePolicy => vec![metadata("route"), metadata("virtual_host")],
        Call::Reply => vec!["send_local_response".to_owned()],
        // The module also logs a line, but at most one a second.
        Call::Refusal => vec!["set_property corsac".to_owned()],
    };
    calls.iter().flat_map(host_calls).collect()
}

#[test]
fn a_refusal_is_logged_once_a_second_with_the_number_of_omitted_ones() {
    let budget = read();
    let row = budget.rows.iter().find(|row| row.traffic == "actual, other origin").expect("such traffic");
    let (mut vm, root) = Vm::configured(&row.configuration);
    assert_eq!(vm.host().timer, 1000, "the timer ticks once a second");
    let refuse = |vm: &mut Vm| {
        vm.exchange(root, &row.exchange).expect("an answer");
        vm.host().log.clone()
    };
    let line = "corsac: default;actual;refused;origin-not-listed origin=\"https://app.other.example\"";
    assert_eq!(refuse(&mut vm), [(INFO, line.to_owned())]);
    assert_eq!(refuse(&mut vm), []);
    vm.tick(root).expect("a tick does not trap");
    assert_eq!(refuse(&mut vm), [], "the first tick may come at once");
    vm.tick(root).expect("a tick does not trap");
    assert_eq!(refuse(&mut vm), [(INFO, format!("{line} (and 2 refusals since the last line)"))]);
}

#[test]
fn a_host_without_a_timer_gets_one_line_not_a_flood() {
    let budget = read();
    let row = budget.rows.iter().find(|row| row.traffic == "actual, other origin").expect("such traffic");
    let mut vm = Vm::new();
    vm.host_mut().fault = Some(Fault { call: "set_tick_period_milliseconds", answer: Wrong::Status(BAD_ARGUMENT) });
    let root = vm.add_filter(&row.configuration);
    let lines: Vec<usize> = (0..3)
        .map(|_| {
            vm.exchange(root, &row.exchange).expect("an answer");
            vm.host().log.len()
        })
        .collect();
    assert_eq!(lines, [1, 0, 0]);
}

/// A policy of this many origins, and one more.
fn origins(count: usize) -> String {
    policy(count, |number| format!("\"https://tenant-{number}.example\""), "\"https://app.partner.example\"")
}

/// A policy of this many regexes, and one more.
fn regexes(count: usize) -> String {
    let regex = |host: &str| format!(r#"{{ "regex": "https://[a-z]+\\.{host}\\.example" }}"#);
    policy(count, |number| regex(&format!("tenant-{number}")), &regex("partner"))
}

fn policy(count: usize, origin: impl Fn(usize) -> String, last: &str) -> String {
    let origins: Vec<String> = (0..count).map(origin).chain([last.to_owned()]).collect();
    format!(r#"{{ "allowOrigins": [{}] }}"#, origins.join(", "))
}

#[test]
fn the_cost_of_an_actual_request_does_not_depend_on_the_number_of_origins() {
    let budget = read();
    for (few, many) in [(origins(10), origins(10_000)), (regexes(2), regexes(100))] {
        for traffic in ["actual, listed origin", "actual, other origin"] {
            let row = budget.rows.iter().find(|row| row.traffic == traffic).expect("such traffic");
            let fuel = |configuration: &str| {
                let (mut vm, root) = Vm::configured(configuration);
                vm.exchange(root, &row.exchange).expect("an answer");
                vm.exchange(root, &row.exchange).expect("an answer").fuel
            };
            let (few, many) = (fuel(&few), fuel(&many));
            assert!(many <= few + few / 10, "{traffic}: {few} with few, {many} with many");
        }
    }
}
