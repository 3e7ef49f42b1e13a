//! The containers: `docker-compose.yml` in a real Docker engine, and the image of the `Dockerfile`.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). The tests need
//! a running Docker engine; `cargo xtask test --only containers` starts one if none runs. If
//! Envoy's image cannot be pulled, a stand-in has the same binary.

mod compose_demo;
mod demo;
mod image;
mod vectors;
