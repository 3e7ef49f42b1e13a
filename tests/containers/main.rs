//! The containers that we ship: `docker-compose.yml` brought up by a real Docker engine, and the `Dockerfile`'s image.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). The engine is the one that answers;
//! `cargo xtask test --only containers` starts one where none does. Envoy's image is the published one, or, where none
//! can be pulled, a stand-in with the same binary.

mod demo;
mod image;
mod vectors;
mod world;
