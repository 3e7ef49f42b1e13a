//! Metrics: what is defined, when the module reports to the host, and that nothing gets lost.

use std::collections::BTreeSet;

use corsac_vectors::{Budget, ProxiedExchange};

use crate::vm::Vm;

/// The number of policies in one VM that get their own label.
const MOST_LABELS: usize = 100;

fn exchange(traffic: &str) -> ProxiedExchange {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    let row = budget.rows.into_iter().find(|row| row.policy == "list" && row.traffic == traffic);
    row.expect("such traffic").exchange
}

const LIST: &str = r#"{ "allowOrigins": ["https://app.partner.example"] }"#;

/// The spelling of a decision's counter.
fn decisions(policy: &str, phase: &str, outcome: &str, reason: &str) -> String {
    format!(
        "corsac_policy=.={policy};.;corsac_phase=.={phase};.;corsac_outcome=.={outcome};.;corsac_reason=.={reason};.;corsac_decisions"
    )
}

fn allowed() -> String {
    decisions("default", "actual", "allowed", "-")
}

#[test]
fn decisions_are_counted_in_memory_and_reported_by_the_timer() {
    let (mut vm, root) = Vm::configured(LIST);
    for (traffic, count) in [("actual, listed origin", 3), ("actual, other origin", 2), ("no Origin", 1)] {
        for _ in 0..count {
            let seen = vm.exchange(root, &exchange(traffic)).expect("an answer");
            let calls = [seen.request, seen.response].concat();
            assert!(!calls.iter().any(|call| call.contains("metric")), "{traffic}: {calls:?}");
        }
    }
    assert_eq!(vm.host().metrics.values[&allowed()], 0, "before the tick");
    vm.tick(root).expect("a tick");
    let values = &vm.host().metrics.values;
    assert_eq!(values[&allowed()], 3);
    assert_eq!(values[&decisions("default", "actual", "refused", "origin-not-listed")], 2);
    assert_eq!(values[&decisions("default", "not-cors", "passed", "no-origin")], 1);
    vm.host_mut().calls.clear();
    vm.tick(root).expect("a second tick");
    assert_eq!(vm.host().calls, [""; 0], "nothing was decided since the first");
}

#[test]
fn a_replaced_configuration_reports_its_last_exchange_too() {
    let (mut vm, old) = Vm::configured(LIST);
    let under_way = vm.create(old).expect("an exchange under way");
    vm.request(under_way, &exchange("actual, listed origin")).expect("a decision");
    let new = vm.add_filter(LIST);
    vm.exchange(new, &exchange("actual, listed origin")).expect("an answer");
    vm.delete(under_way).expect("the end of the exchange");
    vm.delete(old).expect("the end of the old filter");
    assert_eq!(vm.host().metrics.values[&allowed()], 1);
    vm.tick(new).expect("a tick");
    assert_eq!(vm.host().metrics.values[&allowed()], 2, "the counter goes on");
}

#[test]
fn a_configuration_in_place_of_another_reports_what_the_other_counted() {
    let (mut vm, root) = Vm::configured(LIST);
    vm.exchange(root, &exchange("actual, listed origin")).expect("an answer");
    assert!(vm.configure(root, LIST.as_bytes()).expect("no trap"));
    assert_eq!(vm.host().metrics.values[&allowed()], 1);
}

#[test]
fn each_metric_is_defined_once_in_a_vm() {
    let mut vm = Vm::new();
    for _ in 0..5 {
        vm.add_filter(LIST);
    }
    let defined = &vm.host().metrics.defined;
    let once: BTreeSet<_> = defined.iter().collect();
    assert_eq!(once.len(), defined.len(), "{defined:#?}");
}

#[test]
fn configurations_policies_and_origins_are_told() {
    let (mut vm, first) = Vm::configured(LIST);
    let second = vm.add_filter(r#"{ "allowOrigins": ["https://a.example", "https://*.b.example"] }"#);
    let value = |vm: &Vm, name: &str| vm.host().metrics.values[name];
    assert_eq!((value(&vm, "corsac_policies"), value(&vm, "corsac_origins")), (2, 3));
    assert!(!vm.configure(second, b"{}").expect("no trap"), "it is refused");
    assert_eq!((value(&vm, "corsac_policies"), value(&vm, "corsac_origins")), (2, 3), "the old one is in force");
    assert_eq!(value(&vm, "corsac_result=.=accepted;.;corsac_configurations"), 2);
    assert_eq!(value(&vm, "corsac_result=.=refused;.;corsac_configurations"), 1);
    vm.delete(first).expect("the end of the first filter");
    assert_eq!((value(&vm, "corsac_policies"), value(&vm, "corsac_origins")), (1, 2));
    assert_eq!(value(&vm, &format!("corsac_version=.={};.;corsac_build", env!("CARGO_PKG_VERSION"))), 1);
}

/// A configuration of this many policies, `p0` and so on, each for a host.
fn policies(names: impl Iterator<Item = usize> + Clone) -> String {
    let policy = |number| format!(r#""p{number}": {{ "allowOrigins": ["https://app-{number}.example"] }}"#);
    let rule = |number| format!(r#"{{ "hosts": ["api-{number}.test"], "policy": "p{number}" }}"#);
    let policies: Vec<String> = names.clone().map(policy).collect();
    let rules: Vec<String> = names.map(rule).collect();
    format!(r#"{{ "policies": {{ {} }}, "rules": [{}] }}"#, policies.join(", "), rules.join(", "))
}

/// The labels of all decisions' counters.
fn labels(vm: &Vm) -> BTreeSet<String> {
    let label = |name: &String| Some(name.strip_prefix("corsac_policy=.=")?.split_once(";.;")?.0.to_owned());
    vm.host().metrics.defined.iter().filter_map(label).collect()
}

#[test]
fn policies_beyond_the_bound_share_a_label() {
    let (mut vm, root) = Vm::configured(&policies(0..1000));
    let bound = MOST_LABELS + 2;
    assert_eq!(labels(&vm).len(), bound, "with (other), and - for no policy");
    let mut beyond = exchange("actual, listed origin");
    beyond.request.replace(b":authority", b"api-999.test");
    beyond.request.replace(b"origin", b"https://app-999.example");
    vm.exchange(root, &beyond).expect("an answer");
    vm.tick(root).expect("a tick");
    assert_eq!(vm.host().metrics.values[&decisions("(other)", "actual", "allowed", "-")], 1);
    vm.delete(root).expect("the end");
    vm.add_filter(&policies(1000..2000));
    assert_eq!(labels(&vm).len(), bound, "other names later do not widen it");
}

#[test]
fn metrics_of_a_thousand_policies_take_few_pages() {
    let (vm, _) = Vm::configured(&policies(0..1000));
    let defined = &vm.host().metrics.defined;
    let names: usize = defined.iter().map(String::len).sum();
    println!("{} metrics, {names} bytes of names, {} pages in all", defined.len(), vm.pages());
    assert!(defined.len() < 1_500, "{} metrics", defined.len());
    assert!(vm.pages() < 60, "{} pages of 64 KiB", vm.pages());
}

#[test]
fn nothing_that_a_client_sends_is_in_a_metric() {
    let (mut vm, root) = Vm::configured(LIST);
    let before = vm.host().metrics.defined.clone();
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    for row in &budget.rows {
        vm.exchange(root, &row.exchange).expect("an answer");
    }
    vm.tick(root).expect("a tick");
    assert_eq!(vm.host().metrics.defined, before);
}
