//! The bound on the policies and sources that metrics tell apart.

use std::cell::Cell;

/// The number of names of each kind that a VM ever gives a label of their own. A policy costs a
/// dozen time series, and Envoy keeps a metric for as long as the VM lives.
const MOST: usize = 100;
/// The label that the others share. No policy and no source can have this name.
pub const OTHER: &str = "(other)";

/// The names of one kind.
type Names = Cell<Vec<Box<str>>>;

thread_local! {
    static POLICIES: Names = const { Cell::new(Vec::new()) };
    static SOURCES: Names = const { Cell::new(Vec::new()) };
}

/// The label of the policy of this name.
pub fn of_policy(policy: &str) -> &str {
    POLICIES.with(|known| label(known, policy))
}

/// The label of the source of this name.
pub fn of_source(source: &str) -> &str {
    SOURCES.with(|known| label(known, source))
}

#[inline(never)]
fn label<'n>(names: &Names, name: &'n str) -> &'n str {
    let mut known = names.take();
    let is_known = known.iter().any(|known| **known == *name);
    let has_room = known.len() < MOST;
    if !is_known && has_room {
        known.push(name.into());
    }
    names.set(known);
    if is_known || has_room { name } else { OTHER }
}
