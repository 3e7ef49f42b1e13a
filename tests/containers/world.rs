//! What every test here starts from.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use corsac_testbed::{
    containers::{Compose, ComposeRelease, Engine, Image},
    ports,
};

/// The compose file, the variant of it that a test asks for, and the image that it needs.
pub struct World {
    // Before the image, which cannot be removed while it runs.
    pub compose: Compose,
    pub image: Arc<Image>,
}

impl World {
    /// Nothing runs yet. `over` is a compose file laid over ours.
    pub fn new(edition: ComposeRelease, over: Option<&Path>) -> Self {
        let engine = engine();
        let image = Image::of_envoy(&engine).unwrap_or_else(|error| panic!("{error}"));
        let port = ports::free(1).unwrap()[0].to_string();
        let module = module();
        let environment = [("CORSAC_PORT", port.as_str()), ("CORSAC_WASM", module.to_str().unwrap())];
        let ours = root().join("docker-compose.yml");
        let files: Vec<&Path> = std::iter::once(ours.as_path()).chain(over).collect();
        let compose = Compose::new(&engine, edition, &files, &environment).unwrap_or_else(|error| panic!("{error}"));
        Self { compose, image }
    }

    /// Where Envoy's port is published, on this machine only.
    pub fn address(&self) -> SocketAddr {
        let address = self.compose.published("envoy", 10_000).unwrap();
        assert!(address.ip().is_loopback(), "{address}: the demo is for this machine only");
        address
    }
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The engine that answers, or the reason why there is none.
pub fn engine() -> Engine {
    Engine::find().unwrap_or_else(|error| panic!("{error}"))
}

/// The module under test, or the command that builds it.
pub fn module() -> PathBuf {
    corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"))
}
