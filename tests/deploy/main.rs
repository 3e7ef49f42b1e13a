//! Every file under `envoy/`: against its schema, its policy compiled, its overlay built, and what it stands for served
//! by a real Envoy.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). Envoy, Node with npm, and kubectl
//! are found, or installed, by `corsac-testbed`.

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
mod placement;
mod policies;
mod schemas;
