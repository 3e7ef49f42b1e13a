//! Faults on request, for the tests of the guard. Only the feature `fault-injection` has them; no
//! shipped build does.

use crate::host::Exchange;

/// The request header that names the hook that panics.
#[cfg(feature = "fault-injection")]
const FAULT: &str = "x-corsac-fault";

/// Panics if the request asks for it.
#[cfg(feature = "fault-injection")]
#[expect(clippy::panic, reason = "the tests inject it")]
pub fn at(hook: &str, exchange: Exchange<'_>) {
    if exchange.request().value(FAULT).is_some_and(|named| named == hook.as_bytes()) {
        panic!("a fault was injected into {hook}");
    }
}

/// Does nothing.
#[cfg(not(feature = "fault-injection"))]
pub const fn at(_hook: &str, _exchange: Exchange<'_>) {}
