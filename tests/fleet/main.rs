//! Several real Envoys under load: policies and modules that change while they serve, a control
//! plane that sends them over gRPC, and faults.
//!
//! The sizes here are for seconds. `CORSAC_FULL=1` takes those of docs/reliability.md.

mod discovery;
mod faults;
mod fleet;
mod rollout;

/// The first number, or with `CORSAC_FULL=1` the second.
fn size(for_seconds: usize, full: usize) -> usize {
    if std::env::var_os("CORSAC_FULL").is_some() { full } else { for_seconds }
}
