//! An Envoy with Corsac, the spy upstream, pages at any origin, and a Chromium that opens them.

use std::path::PathBuf;

use corsac_testbed::{
    config::{Action, Bootstrap, Listener, Route, filter},
    envoy::{Binary, Envoy},
    upstream::Upstream,
};
use serde_json::{Value, json};

use crate::session::Session;

/// Everything that a case needs.
pub struct World {
    pub envoy: Envoy,
    pub upstream: Upstream,
}

/// The listener that serves an empty page for every host, with TLS and without.
const PAGES: &str = "pages";

impl World {
    /// One worker that serves these listeners, with TLS and without, and the pages.
    pub fn of(listeners: impl IntoIterator<Item = Listener>) -> Self {
        let upstream = Upstream::start().unwrap();
        let listeners = listeners.into_iter().chain([pages()]).map(Listener::tls);
        let bootstrap = listeners.fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
        let envoy = Binary::find().and_then(|binary| binary.start(&bootstrap.live()));
        Self { envoy: envoy.unwrap_or_else(|error| panic!("{error}")), upstream }
    }

    /// A Chromium that finds a page at the default port of every host.
    pub fn browser(&self) -> Session {
        self.browser_at([], &[])
    }

    /// The same, with pages at these origins too, at any port. Chromium takes the first matching
    /// rule.
    pub fn browser_at<'o>(&self, origins: impl IntoIterator<Item = &'o str>, arguments: &[&'static str]) -> Session {
        let pages = self.port(PAGES);
        let rule = |origin: &str| {
            let (_, authority) = origin.split_once("://")?;
            let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            has_port.then(|| format!("MAP {authority} 127.0.0.1:{pages}, "))
        };
        let rules: String = origins.into_iter().filter_map(rule).collect();
        Session::start(
            &format!("{rules}MAP *:80 127.0.0.1:{pages}, MAP *:443 127.0.0.1:{pages}, MAP * 127.0.0.1"),
            arguments,
        )
    }

    /// The port of a listener.
    pub fn port(&self, listener: &str) -> u16 {
        self.envoy.address(listener).unwrap_or_else(|error| panic!("{error}")).port()
    }
}

fn pages() -> Listener {
    let body = json!({ "inline_string": "<!doctype html><title>A page</title><link rel=icon href=data:,>" });
    let html = json!([{ "header": { "key": "content-type", "value": "text/html" }, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD" }]);
    Listener::new(PAGES).route(Route {
        action: Action::Other("direct_response", json!({ "status": 200, "body": body })),
        fields: vec![("response_headers_to_add", html)],
        ..Route::default()
    })
}

/// Corsac with that configuration, as a filter.
pub fn corsac(configuration: &str) -> Value {
    filter::corsac(&module(), &configuration.into())
}

/// The module under test, or the command that builds it.
pub fn module() -> PathBuf {
    corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"))
}

/// A route to the upstream that takes the request's id from the query (`?case=…`). A preflight
/// cannot carry an id in a header, and such a header would make a preflight necessary.
pub fn route() -> Route {
    let id = json!([{ "header": { "key": corsac_testbed::upstream::ID, "value": "%QUERY_PARAM(case)%" } }]);
    Route { fields: vec![("request_headers_to_add", id)], ..Route::default() }
}
