//! Corsac: CORS access control for Envoy and Istio, a proxy-wasm HTTP filter.
//!
//! This crate is the thin part: it hands Envoy's headers to the engine (`corsac-policy`) and carries out what the engine
//! decides. It knows the proxy and no CORS; the engine knows CORS and no proxy.
//!
//! Nothing in here may panic: a panic ends the Wasm VM, and with it every listener of that worker. So the lints below deny
//! what could, and both sides of the ABI are declared here: what Envoy calls in `callbacks`, what it is asked in `host`.
//! The SDK for Rust (`proxy-wasm`) was used before: its host calls unwrap every status and expect every header to be UTF-8,
//! its dispatcher panics where it does not know a context and asks three hash tables at each of a request's four entries into
//! the VM, and its traits bring every host call and callback of the ABI into the module.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::integer_division
)]

mod callbacks;
mod contexts;
mod exchange;
mod host;
mod lines;
mod plugin;
mod refusals;
