//! The guard around every hook. No panic leaves the module, because it would end Envoy.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many hooks have panicked since the module was loaded.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Runs a hook. If it panics, the result of `closed` is returned, and if that panics as well,
/// `last`.
pub fn guarded<T>(hook: &str, last: T, closed: impl FnOnce() -> T, run: impl FnOnce() -> T) -> T {
    let after_a_panic = || {
        let panics = PANICS.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        log::error!("corsac: {hook} panicked (panic {panics} since the module was loaded)");
        closed()
    };
    caught(run).or_else(|| caught(after_a_panic)).unwrap_or(last)
}

/// `None` after a panic.
///
/// `AssertUnwindSafe` holds, because a hook changes only counters and the cells of its own
/// exchange, and those are whole at every step.
fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    match panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Its destructor could panic.
            mem::forget(payload);
            None
        }
    }
}
