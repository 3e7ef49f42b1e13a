//! Internal redirects: the upstream answers with a redirect, Envoy follows it itself and runs the
//! filters again for the new URL.
//!
//! The browser knows only the first URL, so that one chooses the policy. The first run hands what
//! it has asked to the later runs, in filter state that lasts as long as the request. No client can
//! write there. The header `x-envoy-original-url` is no source: it names the URL of the run before,
//! as the route has rewritten it, and Envoy accepts it from every client that it takes for
//! internal.
//!
//! Other requests make no host call for this. A run that Envoy follows up ends without a response,
//! and a request asks for the state only while a later run is awaited.

use std::cell::Cell;

use corsac_policy::Target;

use crate::header_lines::HeaderLines;
use crate::host;

/// The name of the filter state.
const STATE: &str = "corsac_first_target";
const AUTHORITY: &str = ":authority";
const PATH: &str = ":path";

thread_local! {
    /// Whether the host keeps the state for the later runs.
    static IS_KEPT: Cell<bool> = const { Cell::new(false) };
    /// How many runs of this VM await a later one. The number belongs to the VM and not to a root
    /// context, because an update may come between two runs. If a later run never comes (a filter
    /// ahead answers, or the client is gone), requests ask in vain: that costs a host call each.
    static AWAITED: Cell<u32> = const { Cell::new(0) };
}

/// Tells the host how long the state lasts. Every root context has to.
pub fn declare() {
    if host::declare_request_state(STATE).is_ok() {
        IS_KEPT.set(true);
    }
}

/// Hands on what the policy of a run was chosen by, if Envoy runs the filters again. Called for
/// runs that end without a response.
///
/// Cold, and out of its caller: every exchange ends there.
#[cold]
#[inline(never)]
pub fn hand_on(target: &Target) {
    if IS_KEPT.get() && host::property("response\0code_details").is_ok_and(|details| details == b"internal_redirect") {
        let parts = [(AUTHORITY, target.authority.as_deref()), (PATH, target.path.as_deref())];
        let lines = HeaderLines::new(parts.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        if host::set_property(STATE, lines.bytes()).is_ok() {
            AWAITED.set(AWAITED.get().saturating_add(1));
        }
    }
}

/// What was handed on to this run; `None` in a first one.
pub fn first_target() -> Option<Target> {
    if AWAITED.get() == 0 { None } else { take() }
}

#[cold]
#[inline(never)]
fn take() -> Option<Target> {
    let lines = HeaderLines::received(host::property(STATE).ok()?);
    AWAITED.set(AWAITED.get().saturating_sub(1));
    let part = |name: &str| lines.iter().find(|line| line.0 == name.as_bytes()).map(|line| line.1.to_vec());
    Some(Target { authority: part(AUTHORITY), path: part(PATH) })
}
