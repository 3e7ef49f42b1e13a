//! The compose file in a Docker engine, which every test starts from.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use corsac_testbed::{
    containers::{Compose, ComposeRelease, Engine, Image},
    ports,
};

/// A project of the compose file, and the image that it needs.
pub struct ComposeDemo {
    // Dropped before the image, which cannot be removed while it is in use.
    pub compose: Compose,
    pub image: Arc<Image>,
}

impl ComposeDemo {
    /// Nothing runs yet. `overrides` is a second compose file, whose values take precedence.
    pub fn new(release: ComposeRelease, overrides: Option<&Path>) -> Self {
        let engine = engine();
        let image = Image::of_envoy(&engine).unwrap_or_else(|error| panic!("{error}"));
        let port = ports::free(1).unwrap()[0].to_string();
        let module = module();
        let environment = [("CORSAC_PORT", port.as_str()), ("CORSAC_WASM", module.to_str().unwrap())];
        let ours = root().join("docker-compose.yml");
        let files: Vec<&Path> = std::iter::once(ours.as_path()).chain(overrides).collect();
        let compose = Compose::new(&engine, release, &files, &environment).unwrap_or_else(|error| panic!("{error}"));
        Self { compose, image }
    }

    /// The address that publishes Envoy's port, on this machine only.
    pub fn address(&self) -> SocketAddr {
        let address = self.compose.published("envoy", 10_000).unwrap();
        assert!(address.ip().is_loopback(), "{address}: the demo is for this machine only");
        address
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The running engine. Panics with the reason if there is none.
pub fn engine() -> Engine {
    Engine::find().unwrap_or_else(|error| panic!("{error}"))
}

/// The module under test. Panics with the command that builds it if there is none.
pub fn module() -> PathBuf {
    corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"))
}
