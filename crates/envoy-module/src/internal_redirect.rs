//! Internal redirects: the upstream answers with a redirect, Envoy follows it itself and runs the
//! filters again for the new URL.
//!
//! The browser knows only the first URL, so that one chooses the policy. The ABI has no filter
//! state that lasts from one run to the next. But Envoy ends a run and makes the filters of the
//! next in one go, on one thread. So the end of a run leaves its target with the thread, the
//! filters that are made next take a copy, and whatever hook comes after that clears it.
//!
//! If Envoy answered the next run without filters, the copy could go to another exchange of the
//! thread. So an exchange accepts it only if it has the same connection, and a header that says
//! that Envoy has redirected it.

use std::cell::{Cell, RefCell};

use corsac_policy::Target;

use crate::host::Exchange;

/// Envoy sets it on every request that it redirects.
const ORIGINAL_URL: &str = "x-envoy-original-url";

thread_local! {
    /// Whether there is something to take: a cheaper question than the next.
    static IS_AWAITED: Cell<bool> = const { Cell::new(false) };
    static TARGET: RefCell<Option<HandedOn>> = const { RefCell::new(None) };
}

/// What the policy of an earlier run was chosen by.
#[derive(Clone, Debug)]
pub struct HandedOn {
    target: Target,
    connection: Option<u64>,
}

impl HandedOn {
    /// The target, if the exchange is a later run of the one that handed it on.
    pub fn accept(self, exchange: Exchange<'_>) -> Option<Target> {
        let is_redirected = exchange.request().value(ORIGINAL_URL).is_some();
        let is_same = exchange.connection() == self.connection;
        (is_redirected && is_same).then_some(self.target)
    }
}

/// Hands on the target of a run that ends, if Envoy runs the filters again. Called for runs that
/// end without a response.
#[cold]
pub fn hand_on(exchange: Exchange<'_>, target: &Target) {
    if exchange.is_redirected_internally() {
        let handed_on = HandedOn { target: target.clone(), connection: exchange.connection() };
        TARGET.set(Some(handed_on));
        IS_AWAITED.set(true);
    }
}

/// What the last run on this thread has handed on. Called for a new filter.
#[inline]
pub fn awaited() -> Option<HandedOn> {
    if IS_AWAITED.get() { TARGET.with_borrow(Clone::clone) } else { None }
}

/// The filters of the next run are made.
#[inline]
pub fn clear() {
    if IS_AWAITED.get() {
        IS_AWAITED.set(false);
        TARGET.set(None);
    }
}
