//! The built module in an interpreter, with a small host of our own in Envoy's place.
//!
//! Every vector is played here without an Envoy, in seconds. What Envoy cannot show is seen here too: which host calls an
//! exchange makes, how many instructions it takes, and that the module withstands a host that errs.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`); `cargo xtask test` builds it before it
//! runs these tests.

mod budget;
mod diagnostics;
mod endurance;
mod hostile;
mod interface;
mod internal_redirect;
mod vectors;

mod host;
mod pairs;
mod vm;
