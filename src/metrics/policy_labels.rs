//! The bound on the policies that metrics tell apart.

use std::cell::Cell;

/// The number of policies' names that a VM ever gives a label of their own. A policy costs a dozen
/// time series, and Envoy keeps a metric for as long as the VM lives.
const MOST: usize = 100;
/// The label that the others share. No policy can have this name.
pub const OTHER: &str = "(other)";

thread_local! {
    static KNOWN: Cell<Vec<Box<str>>> = const { Cell::new(Vec::new()) };
}

/// The label of the policy of this name.
pub fn label(policy: &str) -> &str {
    let mut known = KNOWN.take();
    let is_known = known.iter().any(|name| **name == *policy);
    let has_room = known.len() < MOST;
    if !is_known && has_room {
        known.push(policy.into());
    }
    KNOWN.set(known);
    if is_known || has_room { policy } else { OTHER }
}
