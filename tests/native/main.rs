//! What only the native module does, in a real Envoy.
//!
//! The module is the one that `$CORSAC_NATIVE` names, and the one with faults to inject that
//! `$CORSAC_NATIVE_FAULTY` names; `cargo xtask test` builds both. What the native module has in
//! common with the Wasm module is in `tests/envoy` and `tests/envoy_vectors`, which run with
//! either.

mod counters;
mod faults;
mod loads;
mod older_envoys;
mod route_policies;
#[path = "../envoy/world.rs"]
mod world;
