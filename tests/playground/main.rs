//! The playground's page in Chromium: every feature, no request after loading, no network at all,
//! no finding of axe, and what the engine says natively.
//!
//! `cargo xtask test --only playground` builds the page and runs this.

mod accessibility;
mod features;
mod page;
mod privacy;
mod same_as_native;
