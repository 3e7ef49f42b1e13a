//! The built module in a real Envoy, over HTTP/1.1 and HTTP/2.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`); `cargo xtask
//! test` builds it before it runs these tests. `$CORSAC_NATIVE` names a native module to test
//! instead. `corsac-testbed` finds or installs Envoy.

mod answer_summary;
mod caches;
mod capabilities;
mod comparison;
mod configuration;
mod contexts;
mod early_replies;
mod hostile;
mod isolation;
mod live_update;
mod metrics;
mod migration;
mod reached;
mod redirects;
mod sources;
mod trial;
mod under_load;
mod workers;
mod world;
