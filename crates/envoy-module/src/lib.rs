//! Corsac as a native HTTP filter: a dynamic module for `envoy.filters.http.dynamic_modules`.
//!
//! This crate is as thin as the Wasm filter. It hands Envoy's headers to the engine
//! (`corsac-policy`) and carries out what the engine decides.
//!
//! * `hooks` holds the functions that Envoy calls. `guard` surrounds each of them.
//! * `configuration` compiles policies, also those of single routes. `exchange` handles one HTTP
//!   exchange.
//! * `grpc` gives replies to gRPC requests their form. `headers` answers the engine's questions
//!   from Envoy.
//! * `internal_redirect` hands on to a later run of an exchange what its first run has asked.
//! * `abi` declares the C ABI. `host` makes its calls safe. `logger` sends the `log` macros there.
//! * `metrics` counts decisions.
//! * `refusal_log` logs refused requests, at most one a second. `fault` is for tests.
//!
//! # No panic leaves the module
//!
//! A panic across the boundary would end Envoy. So the lints below deny every construct that could
//! panic, and if one happens all the same, `guard` stops it at the hook: the exchange is answered
//! with 503 and no CORS headers, and Envoy goes on. That needs a build that unwinds, which the
//! profile `native` is.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod abi;
mod configuration;
mod exchange;
mod fault;
mod grpc;
mod guard;
mod headers;
mod hooks;
mod host;
mod internal_redirect;
mod logger;
mod metrics;
mod refusal_log;
#[cfg(test)]
mod tests;
