//! A host that makes mistakes, calls out of order, and configurations of any bytes: the module
//! never traps. A trap would end its VM, and with it every listener of that worker.

use std::collections::HashMap;

use corsac_testbed::random::Random;
use corsac_vectors::{Budget, ProxiedExchange, Row};

use crate::host::{CALLS, Fault, Wrong};
use crate::vm::Vm;

fn budget() -> Budget {
    Budget::read().unwrap_or_else(|problem| panic!("{problem}"))
}

fn row<'b>(budget: &'b Budget, policy: &str, traffic: &str) -> &'b Row {
    budget.rows.iter().find(|row| row.policy == policy && row.traffic == traffic).expect("a row of this name")
}

/// Every status of the ABI, and some that it does not have.
fn wrong_answers() -> Vec<Wrong> {
    let statuses = (1..=12).chain([13, 255, 0x8000_0000, u32::MAX]).map(Wrong::Status);
    let bytes: [&[u8]; 6] = [
        b"\0",
        b"\xff\xfe\xfd",
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\x1f\0\0\0\0",
        b"\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x02\0\0\0\x01\0\0\0\x01\0\0\0a\0b\0",
    ];
    let nulls = [Wrong::Nothing, Wrong::NullOfSize(1), Wrong::NullOfSize(u32::MAX), Wrong::Empty];
    statuses.chain(nulls).chain(bytes.map(|bytes| Wrong::Bytes(bytes.to_vec()))).collect()
}

#[test]
fn no_answer_of_the_host_makes_the_module_trap() {
    let budget = budget();
    let mut vm = Vm::new();
    let mut filters = HashMap::new();
    for row in &budget.rows {
        filters.entry(&row.policy).or_insert_with(|| vm.add_filter(&row.configuration));
    }
    for call in CALLS {
        for answer in wrong_answers() {
            for row in &budget.rows {
                vm.host_mut().fault = Some(Fault { call, answer: answer.clone() });
                if let Err(trap) = vm.exchange(filters[&row.policy], &row.exchange) {
                    panic!("{}, {}: {call} answers {answer:?}: {trap}", row.policy, row.traffic);
                }
            }
        }
    }
    vm.host_mut().fault = None;
    assert_answers(&mut vm, filters[&budget.rows[0].policy], &budget);
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused() {
    let budget = budget();
    for call in ["get_buffer_bytes", "log"] {
        for answer in wrong_answers() {
            let mut vm = Vm::new();
            let root = vm.add_root().expect("a root context");
            vm.host_mut().fault = Some(Fault { call, answer: answer.clone() });
            let configuration = if call == "log" { "{}" } else { &budget.rows[0].configuration };
            let accepted = vm.configure(root, configuration.as_bytes());
            assert!(!accepted.unwrap_or_else(|trap| panic!("{call} answers {answer:?}: {trap}")), "{call} {answer:?}");
        }
    }
}

#[test]
fn a_request_is_held_if_the_host_rejects_the_reply() {
    let budget = budget();
    let row = row(&budget, "reject", "actual, other origin");
    let (mut vm, root) = Vm::configured(&row.configuration);
    vm.host_mut().fault = Some(Fault { call: "send_local_response", answer: Wrong::Status(2) });
    let context = vm.create(root).expect("a context");
    assert!(!vm.request(context, &row.exchange).expect("a decision"), "the request is held");
}

/// Asserts that the filter still answers an allowed request.
fn assert_answers(vm: &mut Vm, root: u32, budget: &Budget) {
    let allowed = &row(budget, "list", "actual, listed origin").exchange;
    let seen = vm.exchange(root, allowed).expect("an answer");
    let allows = |(name, value): &(Vec<u8>, Vec<u8>)| {
        name == b"access-control-allow-origin" && value == b"https://app.partner.example"
    };
    assert!(seen.answer.headers.iter().any(allows), "{:?}", seen.answer);
}

#[test]
fn the_module_withstands_callbacks_out_of_order() {
    let budget = budget();
    let row = row(&budget, "list", "actual, listed origin");
    let (mut vm, root) = Vm::configured(&row.configuration);
    let exchange = &row.exchange;

    let context = vm.create(root).expect("a context");
    vm.host_mut().calls.clear();
    vm.response(context, exchange).expect("a response without a request");
    assert_eq!(vm.host().calls, [""; 0], "it is left alone");
    vm.request(context, exchange).expect("a request after its response");
    vm.request(context, exchange).expect("the same request again");
    vm.response(context, exchange).expect("a response");
    vm.response(context, exchange).expect("the same response again");
    vm.delete(context).expect("the end");
    assert_answers(&mut vm, root, &budget);
}

#[test]
fn a_filter_without_a_configuration_leaves_its_exchanges_alone() {
    let budget = budget();
    let exchange = &row(&budget, "list", "actual, listed origin").exchange;
    let mut vm = Vm::new();
    let root = vm.add_root().expect("a filter without a configuration");
    let seen = vm.exchange(root, exchange).expect("its exchange");
    assert!(seen.answer.forwarded && seen.request.is_empty() && seen.response.is_empty(), "it is left alone");
    vm.tick(root).expect("its tick");
}

/// The SDK's remaining panics (`src/lib.rs`). Envoy makes none of these calls. If a new version of
/// the SDK withstands one, this test fails, and the documentation can promise more.
#[test]
fn the_sdk_traps_at_contexts_that_it_does_not_know() {
    const NEVER_CREATED: u32 = 4711;
    let budget = budget();
    let row = row(&budget, "list", "actual, listed origin");
    let (exchange, json) = (&row.exchange, row.configuration.as_bytes());
    let configured = || Vm::configured(&row.configuration);
    let traps = |what: &str, call: &dyn Fn(&mut Vm, u32) -> bool| {
        let (mut vm, root) = configured();
        assert!(call(&mut vm, root), "{what}: no trap");
    };
    traps("a configuration of no filter", &|vm, _| vm.configure(NEVER_CREATED, json).is_err());
    traps("a tick of no filter", &|vm, _| vm.tick(NEVER_CREATED).is_err());
    traps("an exchange of no filter", &|vm, _| vm.create(NEVER_CREATED).is_err());
    traps("a request of no exchange", &|vm, _| vm.request(NEVER_CREATED, exchange).is_err());
    traps("a response of no exchange", &|vm, _| vm.response(NEVER_CREATED, exchange).is_err());
    traps("the end of what never was", &|vm, _| vm.delete(NEVER_CREATED).is_err());
    traps("a filter created twice", &|vm, root| vm.call("proxy_on_context_create", &[root, 0]).is_err());
    let after_its_end = |vm: &mut Vm, root| {
        let context = vm.create(root).expect("a context");
        vm.delete(context).expect("the end");
        context
    };
    traps("the end, again", &|vm, root| {
        let context = after_its_end(vm, root);
        vm.delete(context).is_err()
    });
    traps("a response after the end", &|vm, root| {
        let context = after_its_end(vm, root);
        vm.response(context, exchange).is_err()
    });
    traps("an exchange created twice", &|vm, root| {
        let context = vm.create(root).expect("a context");
        vm.call("proxy_on_context_create", &[context, root]).is_err()
    });
}

#[test]
fn an_exchange_ends_under_the_policy_that_it_began_with() {
    let budget = budget();
    let row = row(&budget, "list", "actual, listed origin");
    let (mut vm, root) = Vm::configured(&row.configuration);
    let context = vm.create(root).expect("a context");
    vm.request(context, &row.exchange).expect("a request");
    assert!(vm.configure(root, br#"{ "allowOrigins": ["https://other.example"] }"#).expect("no trap"));
    vm.response(context, &row.exchange).expect("its response");
    let allowed = vm.host().headers.get(b"access-control-allow-origin");
    assert_eq!(allowed, Some(&b"https://app.partner.example"[..]));
    vm.delete(context).expect("the end");
    let seen = vm.exchange(root, &row.exchange).expect("the next exchange");
    assert_eq!(seen.answer.refusal, "default;actual;refused;origin-not-listed", "by the new policy");
}

#[test]
fn a_refused_configuration_leaves_the_old_one_in_force() {
    let budget = budget();
    let row = row(&budget, "list", "actual, listed origin");
    let (mut vm, root) = Vm::configured(&row.configuration);
    for refused in [&b""[..], b"{}", b"\xff", b"{ \"allowOrigins\": [] }"] {
        assert!(!vm.configure(root, refused).expect("no trap"), "{}", refused.escape_ascii());
        assert_answers(&mut vm, root, &budget);
    }
}

#[test]
fn the_module_withstands_configurations_of_any_bytes() {
    let budget = budget();
    let mut random = Random(0x0c05_5ac0);
    let (mut vm, root) = Vm::configured(&budget.rows[0].configuration);
    let mut accepted = 0;
    for number in 0..4_000 {
        let row = &budget.rows[number % budget.rows.len()];
        let configuration = near(&mut random, row.configuration.as_bytes());
        let taken = vm.configure(root, &configuration);
        accepted += usize::from(taken.unwrap_or_else(|trap| panic!("{}: {trap}", configuration.escape_ascii())));
        vm.exchange(root, &row.exchange).unwrap_or_else(|trap| panic!("{}: {trap}", configuration.escape_ascii()));
    }
    assert!((100..3_900).contains(&accepted), "{accepted} of 4,000 were accepted: too near, or too far");
}

#[test]
fn the_module_withstands_header_values_of_any_bytes() {
    let budget = budget();
    let mut random = Random(0x0c05_5ac1);
    let mut vm = Vm::new();
    let mut filters = HashMap::new();
    for row in budget.rows.iter().cycle().take(20_000) {
        let root = *filters.entry(&row.policy).or_insert_with(|| vm.add_filter(&row.configuration));
        let mut exchange: ProxiedExchange = row.exchange.clone();
        for (name, value) in row.exchange.request.lines() {
            if random.next().is_multiple_of(2) && name != b":method" {
                exchange.request.replace(name, &near(&mut random, value));
            }
        }
        vm.exchange(root, &exchange)
            .unwrap_or_else(|trap| panic!("{}: {trap}\n{:?}", row.policy, exchange.request.lines()));
    }
}

/// The bytes after a few changes: some set, removed or doubled, or all of them random.
fn near(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut near = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let (start, length) = (random.below(near.len()), random.below(8));
        let end = near.len().min(start + length);
        match random.below(16) {
            0..4 => near[start..end].iter_mut().for_each(|byte| *byte = random.byte()),
            4..8 => drop(near.drain(start..end)),
            8..12 => near.extend_from_within(start..end),
            12..15 => {}
            _ => near = (0..random.below(64)).map(|_| random.byte()).collect(),
        }
    }
    near
}
