//! The common start of the tests.

use std::path::PathBuf;

use corsac_testbed::{
    client::{Protocol, Request, Response},
    config::{Bootstrap, Listener, filter},
    envoy::{Binary, Envoy},
    upstream::Upstream,
};

/// An Envoy and its upstream.
pub struct World {
    pub envoy: Envoy,
    pub upstream: Upstream,
}

impl World {
    /// One worker that serves these listeners.
    pub fn of(listeners: impl IntoIterator<Item = Listener>) -> Self {
        Self::with(listeners, |bootstrap| bootstrap)
    }

    /// The same, with another change to the bootstrap.
    pub fn with(listeners: impl IntoIterator<Item = Listener>, change: impl FnOnce(Bootstrap) -> Bootstrap) -> Self {
        Self::with_workers(1, listeners, change)
    }

    /// The same, with several workers.
    pub fn with_workers(
        workers: u32,
        listeners: impl IntoIterator<Item = Listener>,
        change: impl FnOnce(Bootstrap) -> Bootstrap,
    ) -> Self {
        let upstream = Upstream::start().unwrap();
        let bootstrap = listeners.into_iter().fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
        let started = binary().start_with_workers(&change(bootstrap), workers);
        Self { envoy: started.unwrap_or_else(|error| panic!("{error}")), upstream }
    }

    /// Sends a request that must get a response.
    pub fn send(&self, listener: &str, protocol: Protocol, request: &Request) -> Response {
        let address = self.envoy.address(listener).unwrap();
        protocol
            .send(address, request)
            .unwrap_or_else(|failure| panic!("{protocol}: {failure}; the request: {request:?}"))
    }

    /// Asserts that the log shows no failure of the module.
    pub fn assert_that_the_module_never_broke(&self) {
        let broken = self.envoy.breakdowns();
        assert!(broken.is_empty(), "the module broke:\n{}", broken.join("\n"));
    }
}

/// Envoy, or the reason for its absence.
pub fn binary() -> Binary {
    Binary::find().unwrap_or_else(|error| panic!("{error}"))
}

/// The module under test, or the command that builds it.
pub fn module() -> PathBuf {
    corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"))
}

/// Corsac as a filter with that configuration.
pub fn corsac(configuration: &str) -> serde_json::Value {
    filter::corsac(&module(), &configuration.into())
}

/// A listener with only Corsac before the upstream.
pub fn front(configuration: &str) -> Listener {
    Listener::new("front").filter(corsac(configuration))
}
