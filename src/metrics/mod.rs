//! What Corsac tells the proxy's metrics. `docs/configuration.md` lists them for users.
//!
//! Envoy keeps one value for each name in all its VMs, so the numbers of all workers add up, and
//! counters go on when a configuration is replaced. Nothing that a client sent is in a name.

mod configurations;
mod decisions;
mod registry;
mod sources;

pub use configurations::{InForce, count_accepted, count_refused};
pub use decisions::Decisions;
pub use sources::{Fetched, SourceMetrics};
