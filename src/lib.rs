//! Corsac: CORS access control for Envoy and Istio, a proxy-wasm HTTP filter.
//!
//! This crate is the thin part: it hands Envoy's headers to the engine (`corsac-policy`) and
//! carries out what the engine decides. It knows the proxy and no CORS; the engine knows CORS and
//! no proxy.
//!
//! * `root_context` compiles the configuration; `http_context` handles one HTTP exchange.
//! * `headers` answers the engine's questions from the host; `header_lines` is the ABI's form of a
//!   header list.
//! * `internal_redirect` hands on to a later run of an exchange what its first run has asked.
//! * `sources` fetches origins from services.
//! * `host` declares the host calls; `logger` sends the `log` macros there.
//! * `refusal_log` logs refused requests, at most one a second.
//! * `metrics` counts decisions and configurations; `timer` is the tick that all wait by.
//!
//! The native module (`crates/envoy-module`) is the other filter. What the two share is in
//! `corsac-adapter`: they compile a configuration and write their log lines in the same way.
//!
//! # Nothing here may panic
//!
//! A panic ends the Wasm VM, and with it every listener of that worker. So the lints below deny
//! every construct that could panic, and the filter takes from the SDK (`proxy-wasm`) only `main!`,
//! the context traits, the dispatcher that calls them and the allocator. It leaves out:
//!
//! * the SDK's host calls. They panic on any status that they do not expect, and some expect header
//!   values to be UTF-8, which any client can break with one byte. `host` returns bytes, and a
//!   status is an error.
//! * the SDK's logger. It panics if the host does not take a line. `logger` drops the line.
//!
//! One risk remains. The SDK's dispatcher panics if the host calls back for a context that it never
//! created or has already deleted, or creates one twice (`tests/module/hostile.rs` lists each
//! case). Envoy did none of this wherever it was tried: `tests/envoy/contexts` reads every call
//! into the module under aborts, resets and timeouts in every phase, and with filters ahead that
//! answer themselves. Another filter met it all the same (proxy-wasm/proxy-wasm-rust-sdk#304), so
//! set `failure_policy: FAIL_RELOAD`: Envoy then starts a new VM after about a second, where the
//! default policy answers 503 until Envoy is restarted.
//!
//! An earlier version of this filter declared the callbacks itself and did without the SDK. That
//! saved little: a request costs nearly the same, and the link step (`xtask/src/strip.rs`) drops
//! the SDK's methods that nothing calls. In return the filter owned 270 lines of the ABI.
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

mod header_lines;
mod headers;
mod host;
mod http_context;
mod internal_redirect;
mod logger;
mod metrics;
mod refusal_log;
mod root_context;
mod sources;
mod timer;

/// The module's entry point, which the host calls once for each VM. The macro's function is public,
/// so a module hides it.
mod entry {
    use crate::logger;
    use crate::root_context::CorsRootContext;

    proxy_wasm::main! {{
        logger::install(log::LevelFilter::Info);
        proxy_wasm::set_root_context(|_| Box::new(CorsRootContext::default()));
    }}
}
