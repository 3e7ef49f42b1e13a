//! The bound on the policies and sources that metrics tell apart.

use std::sync::{Mutex, PoisonError};

use corsac_policy::Record;

/// The number of names of each kind that ever get their own label. A policy costs a dozen time
/// series, and Envoy keeps a metric for as long as the module is loaded.
const MOST: usize = 100;
/// The label that the others share. No policy and no source can have this name.
pub const OTHER: &str = "(other)";

/// The names of one kind. They are not a thread's own: a native module whose thread has something
/// to drop cannot be unloaded.
type Names = Mutex<Vec<Box<str>>>;

static POLICIES: Names = Mutex::new(Vec::new());
static SOURCES: Names = Mutex::new(Vec::new());

/// The label of a decision's policy; `-` without a policy, as in the log.
pub fn of_record<'p>(record: &Record<'p>) -> &'p str {
    record.policy.map_or("-", of_policy)
}

/// The label of the policy of this name.
pub fn of_policy(policy: &str) -> &str {
    label(&POLICIES, policy)
}

/// The label of the source of this name.
pub fn of_source(source: &str) -> &str {
    label(&SOURCES, source)
}

#[inline(never)]
fn label<'n>(names: &Names, name: &'n str) -> &'n str {
    let mut known = names.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = known.iter().any(|known| **known == *name);
    let has_room = known.len() < MOST;
    if !is_known && has_room {
        known.push(name.into());
    }
    if is_known || has_room { name } else { OTHER }
}
