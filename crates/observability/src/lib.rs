//! The dashboard and the alerts of `envoy/observability/`, asked of a real Prometheus that watches
//! a real Envoy.
//!
//! * [`Watched`] is an Envoy with Corsac in which everything happens that a metric counts;
//! * [`Prometheus`] watches it, and answers queries;
//! * [`Dashboard`] reads the panels and their queries, [`expressions`] those of the alerts;
//! * [`page`] draws the panels. The program `corsac-observability` makes the picture in the docs.

mod dashboard;
mod page;
mod prometheus;
mod rules;
mod watched;

pub use dashboard::{Dashboard, Kind, Panel, Query};
pub use page::page;
pub use prometheus::{Prometheus, Series, promtool};
pub use rules::{expressions, selectors};
pub use watched::Watched;

use std::path::PathBuf;

/// The folder with the shipped files.
pub fn folder() -> PathBuf {
    corsac_testbed::root().join("envoy/observability")
}
