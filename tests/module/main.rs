//! The built module in an interpreter, with a small host in Envoy's place.
//!
//! The tests play every vector without Envoy, in seconds. They also show what Envoy cannot: the
//! host calls that an exchange makes, the number of its instructions, and that the module
//! withstands a host that makes mistakes.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). `cargo xtask
//! test` builds it before it runs these tests.

mod budget;
mod diagnostics;
mod endurance;
mod hostile;
mod interface;
mod internal_redirect;
mod metrics;
mod sources;
mod vectors;

mod host;
mod pairs;
mod vm;
