//! The part of Corsac's filters that does not depend on how Envoy loads them.
//!
//! There are two filters: the Wasm module (`src/`) and the native module (`crates/envoy-module`).
//! Both compile a configuration with [`put_in_force`] and describe a refused request with
//! [`log_refusal`], so that their log lines are the same. The lines go through the `log` macros,
//! and each filter installs its own logger.
//!
//! [`metrics`] spells the names of what both count, and [`labels`] bounds the policies that they
//! tell apart.
//!
//! Nothing here may panic, as in both filters.
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

mod configuration;
mod diagnostics;
pub mod labels;
pub mod metrics;
mod refusal;

pub use configuration::{put_in_force, random_seed};
pub use refusal::log_refusal;
