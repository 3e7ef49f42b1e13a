//! Internal redirects: the upstream answers with a redirect that Envoy follows itself, and the filters run again for the new URL.
//!
//! The browser knows the first URL only, so what the first run's policy was chosen by is handed on to the later runs: in filter
//! state that lasts as long as the request. No client can write there. `x-envoy-original-url` would not do: it has the URL of the
//! run before, as the route has rewritten it, and Envoy takes it from every client that it believes to be internal.
//!
//! All others pay nothing for that. A run that Envoy follows up ends without a response, and a request is asked for the state only
//! while a later run is awaited.

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
    /// How many runs of this VM await a later one. It is the VM's and not a root context's: an update may come between two
    /// runs. One that never comes, because a filter ahead answers or the client is gone, leaves a question too many and no more.
    static AWAITED: Cell<u32> = const { Cell::new(0) };
}

/// Tells the host how long the state lasts. Each root context has to.
pub fn declare() {
    if host::declare_request_state(STATE).is_ok() {
        IS_KEPT.set(true);
    }
}

/// Hands on what the policy of a run was chosen by, if Envoy runs the filters again. For a run that ends without a response.
///
/// Kept out of its caller, which every exchange comes by.
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
