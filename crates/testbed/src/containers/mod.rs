//! Containers: a Docker engine, Envoy's image, and Docker Compose.
//!
//! If Envoy's image cannot be pulled, a stand-in is made from the pinned binary and its shared
//! libraries.

mod compose;
mod engine;
mod image;

pub use compose::{Compose, ComposeRelease};
pub use engine::{Dockerd, Engine};
pub use image::Image;
