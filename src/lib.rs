//! Corsac: CORS access control for Envoy and Istio, a proxy-wasm HTTP filter.
//!
//! This crate is the thin part: it hands Envoy's headers to the engine (`corsac-policy`) and carries out what the engine
//! decides. It knows the proxy and no CORS; the engine knows CORS and no proxy.
//!
//! Nothing in here may panic: a panic ends the Wasm VM, and with it every listener of that worker. So the lints below deny
//! what could, and the host calls are declared in `host` instead of taken from the SDK, whose own unwrap every status and
//! expect every header to be UTF-8.
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

mod exchange;
mod host;
mod plugin;
mod refusals;

/// The module's entry point, which Envoy calls once for each VM.
mod entry {
    use proxy_wasm::types::LogLevel;

    use crate::plugin::Plugin;

    proxy_wasm::main! {{
        // Also installs the hook that writes a panic's message to Envoy's log.
        proxy_wasm::set_log_level(LogLevel::Info);
        proxy_wasm::set_root_context(|_| Box::new(Plugin::new()));
    }}
}
