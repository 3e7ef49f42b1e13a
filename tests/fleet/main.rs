//! Several real Envoys under load: policies and modules that change while they serve, a control
//! plane that sends them over gRPC, and faults.
//!
//! The sizes here are for seconds. `CORSAC_FULL=1` takes those of docs/reliability.md.

mod discovery;
mod fleet;
mod load;
mod marked;
mod rollout;
