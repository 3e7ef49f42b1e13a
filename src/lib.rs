//! Corsac: CORS access control for Envoy and Istio, a proxy-wasm HTTP filter.
//!
//! This crate is the thin part: it hands Envoy's headers to the engine (`corsac-policy`) and carries out what the engine
//! decides. It knows the proxy and no CORS; the engine knows CORS and no proxy.
//!
//! * `root_context` compiles the configuration; `http_context` handles one HTTP exchange.
//! * `headers` answers the engine's questions from the host; `header_lines` is the ABI's form of a header list.
//! * `internal_redirect` hands on to a later run of an exchange what its first run has asked.
//! * `host` declares the host calls; `logger` sends the `log` macros there.
//! * `diagnostics` logs what is wrong with a configuration; `refusal_log` logs refused requests.
//!
//! # Nothing here may panic
//!
//! A panic ends the Wasm VM, and with it every listener of that worker. So the lints below deny every construct that could
//! panic, and the filter takes from the SDK (`proxy-wasm`) only what cannot: `main!`, the context traits, the dispatcher
//! behind them and the allocator. It leaves out:
//!
//! * the SDK's host calls. They panic on any status that they do not expect, and some expect header values to be UTF-8,
//!   which any client can break with one byte. `host` returns bytes, and a status is an error.
//! * the SDK's logger. It panics if the host does not take a line. `logger` drops the line.
//!
//! One risk remains. The SDK's dispatcher panics if the host calls back for a context that it never created or has already
//! deleted, or creates one twice (`tests/module/hostile.rs` lists each case). Envoy does none of this: `tests/envoy/contexts.rs`
//! tries aborts, resets and timeouts in every phase, and filters ahead of this one that answer themselves. It was seen once
//! all the same, in another filter (proxy-wasm/proxy-wasm-rust-sdk#304). `failure_policy: FAIL_RELOAD` is the answer to it:
//! Envoy then starts a new VM for the next request, where the default policy answers 503 until Envoy is restarted.
//!
//! An early version of this filter declared the callbacks itself and did without the SDK. Its module was smaller by the
//! SDK's unused methods (the link step now drops them) and a request cost the same, so 270 lines of ABI were not worth it.
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

mod diagnostics;
mod header_lines;
mod headers;
mod host;
mod http_context;
mod internal_redirect;
mod logger;
mod refusal_log;
mod root_context;

/// The module's entry point, which the host calls once for each VM. The macro's function is public, so a module hides it.
mod entry {
    use crate::logger;
    use crate::root_context::CorsRootContext;

    proxy_wasm::main! {{
        logger::install(log::LevelFilter::Info);
        proxy_wasm::set_root_context(|_| Box::new(CorsRootContext::default()));
    }}
}
