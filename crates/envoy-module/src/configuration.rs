//! The configurations: one for each configured filter, and one for each route, virtual host or
//! route table that has its own policy.
//!
//! Envoy makes and drops them on its main thread, and workers only read them. One object serves all
//! workers.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use corsac_adapter::put_in_force;
use corsac_policy::Policies;

use crate::host::{Exchange, NewConfiguration};
use crate::metrics::Decisions;
use crate::refusal_log::RefusalLog;

/// Policies in force, and what the exchanges under them share.
pub struct ActiveConfiguration {
    pub policies: Policies,
    pub refusal_log: RefusalLog,
    pub decisions: Decisions,
}

impl ActiveConfiguration {
    fn compile(text: &[u8], define: impl FnOnce(&Policies) -> Decisions) -> Option<Self> {
        let policies = put_in_force(text)?;
        warn_of_what_is_missing(&policies);
        Some(Self { refusal_log: RefusalLog::new(), decisions: define(&policies), policies })
    }
}

/// What works in the Wasm module and not here.
fn warn_of_what_is_missing(policies: &Policies) {
    if policies.reads_route_metadata() {
        log::warn!(
            "corsac: warning[unseen-metadata] at /policyFromRouteMetadata: The native module sees the metadata of routes and \
             not those of virtual hosts. Give a virtual host a policy of its own in its typed_per_filter_config."
        );
    }
    for source in policies.sources() {
        log::warn!(
            "corsac: warning[unfetched-origins] at originSources: The native module fetches no origins, so those of {source} \
             are not allowed. Use the Wasm module, or list the origins."
        );
    }
}

/// Compiles a filter's configuration. A null pointer makes Envoy refuse it: at boot it stops, on an
/// update it keeps the last good one in force.
pub fn new_filter_configuration(new: Option<NewConfiguration<'_>>, text: &[u8]) -> *const c_void {
    let define = |policies: &Policies| new.map(|new| Decisions::define(new, policies)).unwrap_or_default();
    ActiveConfiguration::compile(text, define)
        .map_or(ptr::null(), |active| Box::into_raw(Box::new(active)).cast_const().cast())
}

/// Drops a filter's configuration.
///
/// # Safety
/// The pointer is null, or one of [`new_filter_configuration`] that nothing uses any more.
pub unsafe fn drop_filter_configuration(pointer: *const c_void) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(pointer.cast_mut().cast::<ActiveConfiguration>()) });
    }
}

/// How many route configurations there are. As long as there is none, no exchange asks for one.
static ROUTE_CONFIGURATIONS: AtomicUsize = AtomicUsize::new(0);

/// A route's configuration. An exchange that it governs shares it, because the route table, which
/// owns it, may be replaced before the response comes.
type RouteConfiguration = Arc<ActiveConfiguration>;

/// Compiles a route's configuration. A null pointer makes Envoy refuse the route table.
pub fn new_route_configuration(text: &[u8]) -> *const c_void {
    let Some(active) = ActiveConfiguration::compile(text, |_| Decisions::default()) else { return ptr::null() };
    ROUTE_CONFIGURATIONS.fetch_add(1, Ordering::Relaxed);
    Box::into_raw(Box::new(RouteConfiguration::new(active))).cast_const().cast()
}

/// Drops a route's configuration.
///
/// # Safety
/// The pointer is null, or one of [`new_route_configuration`] that Envoy does not return any more.
pub unsafe fn drop_route_configuration(pointer: *const c_void) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(pointer.cast_mut().cast::<RouteConfiguration>()) });
        ROUTE_CONFIGURATIONS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The configuration of the exchange's route, if it has one.
pub fn of_route(exchange: Exchange<'_>) -> Option<Arc<ActiveConfiguration>> {
    if ROUTE_CONFIGURATIONS.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let pointer = exchange.route_configuration().cast::<RouteConfiguration>();
    // SAFETY: Envoy returns null, or what the module gave it for this route, which lives at least
    // as long as the route.
    unsafe { pointer.as_ref() }.cloned()
}
