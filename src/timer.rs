//! The timer of a filter, which its users share.
//!
//! The host has one for each filter. It ticks once a second from the first accepted configuration
//! on, because an allowed request, which makes no host call more than its answer needs, cannot
//! start it. Whatever waits counts ticks.

use crate::host;

const MILLISECONDS_BETWEEN_TICKS: u32 = 1000;

/// Starts the timer, or starts the second anew.
pub fn start() {
    if let Err(error) = host::set_timer(MILLISECONDS_BETWEEN_TICKS) {
        log::error!("corsac: there is no timer: {error}");
    }
}
