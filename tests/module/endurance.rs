//! The module's memory under many exchanges.

use std::collections::HashMap;

use corsac_vectors::Budget;

use crate::vm::Vm;

const EXCHANGES: usize = 100_000;
const UPDATES: usize = 600;

#[test]
fn memory_does_not_grow_over_a_hundred_thousand_exchanges() {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    let mut vm = Vm::new();
    let mut filters = HashMap::new();
    let mut after_a_round = None;
    for (number, row) in budget.rows.iter().cycle().take(EXCHANGES).enumerate() {
        let root = *filters.entry(&row.policy).or_insert_with(|| vm.add_filter(&row.configuration));
        vm.exchange(root, &row.exchange).expect("an answer");
        if number == budget.rows.len() {
            after_a_round = Some(vm.pages());
        }
    }
    assert_eq!(Some(vm.pages()), after_a_round, "pages of 64 KiB, at the end and after each kind of exchange once");
}

#[test]
fn memory_does_not_grow_while_the_configuration_is_replaced() {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    let (mut vm, mut root) = Vm::configured(&budget.rows[0].configuration);
    let mut after_two_rounds = None;
    for (number, row) in budget.rows.iter().cycle().take(UPDATES).enumerate() {
        // Envoy makes a new root context for an update. It deletes the old one after its last
        // exchange.
        let old = std::mem::replace(&mut root, vm.add_filter(&row.configuration));
        vm.exchange(root, &row.exchange).expect("an answer");
        vm.delete(old).expect("the old filter is deleted");
        // Two rounds: in the first one the allocator still finds its shape.
        if number == 2 * budget.rows.len() {
            after_two_rounds = Some(vm.pages());
        }
    }
    assert_eq!(Some(vm.pages()), after_two_rounds, "pages of 64 KiB");
}
