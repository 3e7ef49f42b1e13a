//! A small control plane for Envoy, for tests: it sends resources over gRPC (ADS, the state of the
//! world) to the nodes that subscribe to them, and keeps Envoy's verdict on each.
//!
//! * [`ControlPlane`] is the server. Each node gets its own resources, so that a change can reach
//!   one Envoy first and the others later.
//! * [`Resource`] is what it sends: [`Resource::filter`] is the filter with a policy.
//! * [`envoy`] is what an Envoy's bootstrap needs to subscribe.
//!
//! It blocks, listens on 127.0.0.1 only, and ends its server when it is dropped.

pub mod envoy;
mod resource;
mod server;
mod state;

pub use resource::{FailurePolicy, Filter, Resource};
pub use server::ControlPlane;
pub use state::{Verdict, Version};
