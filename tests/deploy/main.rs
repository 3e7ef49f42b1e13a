//! Tests of every file under `envoy/`: its schema, its policy, its overlay, and its answers in a
//! real Envoy.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`).
//! `corsac-testbed` finds or installs Envoy, Node with npm, and kubectl.

mod answers;
mod bootstraps;
mod canary;
mod chain;
mod files;
mod http3;
mod kustomize;
mod mcp;
mod mesh;
mod npm;
mod origin_source;
mod policies;
mod positions;
mod remote_module;
mod schemas;
