//! Large numbers: of changes, of origins, of listeners. Four workers share a module.

use corsac_testbed::client::Request;
use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::envoy::Update;
use corsac_testbed::{DEADLINE, poll};

use super::{answering, ask, open, start};
use crate::fleet::{assert_that_no_module_broke, module};
use crate::size;

fn nowhere() -> Bootstrap {
    Bootstrap::new(([127, 0, 0, 1], 9).into())
}

/// A list of so many origins, of which the first names `number`.
fn origins(number: usize, count: usize) -> String {
    let origins: Vec<String> = (0..count).map(|n| format!(r#""https://n{n}.of{number}.example""#)).collect();
    format!("[{}]", origins.join(","))
}

/// A preflight of the last of so many origins.
fn preflight(path: &str, number: usize, count: usize) -> Request {
    Request::preflight(path, format!("https://n{}.of{number}.example", count - 1), "GET")
}

/// The second half of the changes may add so much to the memory of the first.
const GROWTH: f64 = 1.05;

#[test]
fn many_changes_of_a_policy_leave_the_memory_as_it_was() {
    const ORIGINS: usize = 500;
    let policy = |number: usize| {
        let policy = format!(r#"{{ "allowOrigins": {} }}"#, origins(number, ORIGINS));
        filter::corsac(&module(), &policy.as_str().into())
    };
    let mut envoy = start(&nowhere().listener(answering("front").filter(filter::discovered())).discovering(policy(0)));
    let mut memory = Vec::new();
    let changes = size(240, 2_000);
    for number in 1..=changes {
        assert_eq!(envoy.update_filter(&policy(number)).unwrap(), Update::Accepted);
        memory.push(envoy.memory().unwrap());
    }
    let most = |half: &[f64]| half.iter().copied().fold(0.0, f64::max);
    let (first, second) = memory.split_at(changes / 2);
    let (first, second) = (most(first), most(second));
    println!("{changes} changes: at most {first:.0} MB in the first half, {second:.0} MB in the second");
    assert!(second < first * GROWTH, "{first:.0} MB, then {second:.0} MB");
    let mut connection = open(envoy.address("front").unwrap());
    let last = preflight("/", changes, ORIGINS);
    poll(DEADLINE, "the last policy is in force", || (ask(&mut connection, &last).status == 204).then_some(()))
        .unwrap();
    assert_that_no_module_broke(&envoy);
}

#[test]
fn a_hundred_policies_of_a_thousand_origins_each_answer_for_their_own() {
    let (policies, count) = (100, size(200, 1_000));
    let lists: Vec<String> = (0..policies)
        .map(|number| format!(r#""p{number}": {{ "allowOrigins": {} }}"#, origins(number, count)))
        .collect();
    let rules: Vec<String> =
        (0..policies).map(|number| format!(r#"{{ "paths": ["/p{number}/*"], "policy": "p{number}" }}"#)).collect();
    let document = format!(r#"{{ "policies": {{ {} }}, "rules": [ {} ] }}"#, lists.join(","), rules.join(","));
    let corsac = filter::corsac(&module(), &document.as_str().into());
    let envoy = start(&nowhere().listener(answering("front").filter(corsac)));
    println!("{} origins: {:.0} MB", policies * count, envoy.memory().unwrap());
    let mut connection = open(envoy.address("front").unwrap());
    for number in 0..policies {
        let path = format!("/p{number}/x");
        assert_eq!(ask(&mut connection, &preflight(&path, number, count)).status, 204, "{path}");
        let other = (number + 1) % policies;
        assert_eq!(ask(&mut connection, &preflight(&path, other, count)).status, 403, "{path}");
    }
    assert_that_no_module_broke(&envoy);
}

#[test]
fn many_listeners_of_one_vm_each_answer_by_their_own_policy() {
    let count = size(200, 1_000);
    let listener = |number: usize| -> Listener {
        let policy = format!(r#"{{ "allowOrigins": {} }}"#, origins(number, 1));
        answering(&number.to_string()).filter(filter::corsac(&module(), &policy.as_str().into()))
    };
    let envoy = start(&(0..count).map(listener).fold(nowhere(), Bootstrap::listener));
    println!("{count} listeners: {:.0} MB", envoy.memory().unwrap());
    for number in 0..count {
        let mut connection = open(envoy.address(&number.to_string()).unwrap());
        assert_eq!(ask(&mut connection, &preflight("/", number, 1)).status, 204, "{number}");
        assert_eq!(ask(&mut connection, &preflight("/", (number + 1) % count, 1)).status, 403, "{number}");
    }
    let vms = envoy.stat("wasm.envoy.wasm.runtime.v8.active").unwrap();
    assert!(vms <= 6, "{vms} VMs: one for each worker and the main thread, and one for validation");
    assert_that_no_module_broke(&envoy);
}
