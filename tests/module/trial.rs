//! What a trial costs: no host call where both policies agree, and few instructions.

use corsac_vectors::Budget;

use crate::vm::{HostTrace, Vm};

const POLICY: &str = r#""allowOrigins": ["https://app.partner.example"], "allowMethods": ["PUT"], "allowHeaders": ["content-type", "x-trace"]"#;

/// The second exchange of a kind under a configuration.
fn seen(configuration: &str, traffic: &str) -> HostTrace {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    let row = budget.rows.iter().find(|row| row.traffic == traffic).expect("such traffic");
    let (mut vm, root) = Vm::configured(configuration);
    vm.exchange(root, &row.exchange).expect("an answer");
    vm.exchange(root, &row.exchange).expect("an answer")
}

#[test]
fn a_trial_that_agrees_makes_no_host_call_and_adds_less_than_a_fifth_to_the_instructions() {
    let (alone, tried) = (format!("{{ {POLICY} }}"), format!("{{ {POLICY}, \"trial\": {{ {POLICY} }} }}"));
    for traffic in ["no Origin", "actual, listed origin", "actual, other origin", "preflight, listed origin"] {
        let (alone, tried) = (seen(&alone, traffic), seen(&tried, traffic));
        println!("{traffic}: {} instructions, with a trial {}", alone.fuel, tried.fuel);
        assert_eq!((&alone.request, &alone.response), (&tried.request, &tried.response), "{traffic}");
        assert!(tried.fuel <= alone.fuel + alone.fuel / 5, "{traffic}: {} and {}", alone.fuel, tried.fuel);
    }
}
