//! Containers: a Docker engine, the images that a compose file names, and Docker Compose.
//!
//! Where no image can be pulled, a stand-in of Envoy's is made of the pinned binary and its shared libraries.

mod compose;
mod engine;
mod image;

pub use compose::{Compose, Edition};
pub use engine::{Dockerd, Engine};
pub use image::Image;
