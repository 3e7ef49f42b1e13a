//! The module's memory under many exchanges.

use std::collections::HashMap;

use corsac_vectors::Budget;

use crate::vm::Vm;

const EXCHANGES: usize = 100_000;

#[test]
fn memory_does_not_grow_over_a_hundred_thousand_exchanges() {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    let mut vm = Vm::new();
    let filters: HashMap<_, _> =
        budget.rows.iter().map(|row| (&row.policy, &row.configuration)).collect::<HashMap<_, _>>();
    let filters: HashMap<_, u32> =
        filters.into_iter().map(|(policy, configuration)| (policy, vm.add_filter(configuration))).collect();
    let mut after_a_round = None;
    for (number, row) in budget.rows.iter().cycle().take(EXCHANGES).enumerate() {
        vm.exchange(filters[&row.policy], &row.encounter).expect("an answer");
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
    let mut after_a_round = None;
    for (number, row) in budget.rows.iter().cycle().take(2_000).enumerate() {
        // Envoy makes a new root context for an update; the old one goes when its last exchange has ended.
        let old = std::mem::replace(&mut root, vm.add_filter(&row.configuration));
        vm.exchange(root, &row.encounter).expect("an answer");
        vm.delete(old).expect("the old filter goes");
        if number == budget.rows.len() {
            after_a_round = Some(vm.pages());
        }
    }
    assert_eq!(Some(vm.pages()), after_a_round, "pages of 64 KiB");
}
