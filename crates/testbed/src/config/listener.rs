//! One listener: a chain of filters before one virtual host.

use std::path::Path;

use serde_json::{Value, json};

use super::{ECDS_FILE, NOWHERE, UPSTREAM, address, filter, tls, watched};
use crate::access_log;

/// The header of a re-routed request between the filter that re-routes it and the router.
const REROUTED: &str = "x-rerouted";

/// A listener on a free port that speaks HTTP/1.1 and HTTP/2, without TLS unless [`Listener::tls`]
/// adds it. It accepts every host, CONNECT and WebSocket upgrades.
#[derive(Clone, Debug)]
pub struct Listener {
    name: String,
    filters: Vec<Value>,
    route: Route,
    /// Merged into the HTTP connection manager's configuration.
    manager: Value,
    tls: bool,
}

/// The route that every request of a listener takes.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its metadata: namespace -> key -> value.
    pub metadata: Option<Value>,
    /// Its virtual host's metadata.
    pub virtual_host_metadata: Option<Value>,
    /// The name of another route, which the last filter chooses instead: the one in force in the
    /// response phase.
    pub rerouted: Option<String>,
    /// Where it leads.
    pub action: Action,
    /// Further fields of the route, such as `response_headers_to_add`.
    pub fields: Vec<(&'static str, Value)>,
    /// Further fields of its virtual host.
    pub virtual_host_fields: Vec<(&'static str, Value)>,
}

/// Where a route leads.
#[derive(Clone, Debug, Default)]
pub enum Action {
    /// To the upstream.
    #[default]
    Upstream,
    /// To a cluster without endpoints: 503.
    Nowhere,
    /// There is no route at all: 404.
    None,
    /// Another action: the name of the route's field and its value.
    Other(&'static str, Value),
}

impl Listener {
    /// A listener without filters whose requests go to the upstream.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), filters: Vec::new(), route: Route::default(), manager: json!({}), tls: false }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With one more filter at the end of the chain, before the router.
    #[must_use]
    pub fn filter(mut self, filter: Value) -> Self {
        self.filters.push(filter);
        self
    }

    /// With that route.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// With the native filter's policy on the route
    /// (`envoy.extensions.filters.http.cors.v3.CorsPolicy`).
    #[must_use]
    pub fn native_cors(mut self, mut policy: Value) -> Self {
        policy["@type"] = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy".into();
        self.route.fields.push(("typed_per_filter_config", json!({ "envoy.filters.http.cors": policy })));
        self.filter(filter::native_cors())
    }

    /// With a field of the HTTP connection manager, such as `normalize_path`.
    #[must_use]
    pub fn manager(mut self, field: &str, value: Value) -> Self {
        self.manager[field] = value;
        self
    }

    /// With TLS too, on the same port, with the certificate of [`super::tls`].
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    pub(super) fn json(&self, access_log: &Path, directory: Option<&Path>) -> Value {
        let mut filters = self.filters.clone();
        for filter in &mut filters {
            if let (Some(discovery), Some(directory)) = (filter.get_mut("config_discovery"), directory)
                && discovery["config_source"].is_null()
            {
                discovery["config_source"] = watched(&directory.join(ECDS_FILE));
            }
        }
        if self.route.rerouted.is_some() {
            filters.push(filter::lua(&format!(
                "function envoy_on_request(handle) handle:headers():add('{REROUTED}', '1') handle:clearRouteCache() end"
            )));
        }
        filters.push(filter::router());
        let mut manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "testbed",
            "codec_type": "AUTO",
            "http2_protocol_options": { "allow_connect": true },
            // Closes a connection at once and not after a second.
            "delayed_close_timeout": "0.002s",
            "upgrade_configs": [{ "upgrade_type": "websocket" }, { "upgrade_type": "CONNECT" }],
            "http_filters": filters,
            "route_config": { "virtual_hosts": [self.route.json()] },
            "access_log": [{ "name": "file", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": access_log,
                "log_format": { "json_format": access_log::format(&self.name) },
            } }],
        });
        if let (Some(manager), Some(more)) = (manager.as_object_mut(), self.manager.as_object()) {
            manager.extend(more.clone());
        }
        let chain = json!({ "filters": [{ "name": "http", "typed_config": manager }] });
        let mut listener = json!({
            "name": self.name,
            "address": address(([127, 0, 0, 1], 0).into()),
            "filter_chains": [chain],
        });
        if self.tls {
            tls::offer(&mut listener);
        }
        listener
    }
}

impl Route {
    fn json(&self) -> Value {
        // A path prefix matches no CONNECT, which has no path.
        let matches = [json!({ "connect_matcher": {} }), json!({ "prefix": "" })];
        let mut routes: Vec<Value> = match self.action {
            Action::None => Vec::new(),
            _ => matches.into_iter().map(|matched| self.matching(&matched)).collect(),
        };
        if let Some(name) = &self.rerouted {
            let header = json!([{ "name": REROUTED, "present_match": true }]);
            let mut route = self.matching(&json!({ "prefix": "", "headers": header }));
            route["name"] = name.as_str().into();
            route["request_headers_to_remove"] = json!([REROUTED]);
            routes.insert(0, route);
        }
        let mut host = json!({ "name": "all", "domains": ["*"], "routes": routes });
        if let Some(metadata) = &self.virtual_host_metadata {
            host["metadata"] = json!({ "filter_metadata": metadata });
        }
        for (field, value) in &self.virtual_host_fields {
            host[*field] = value.clone();
        }
        host
    }

    fn matching(&self, matched: &Value) -> Value {
        let mut route = json!({ "match": matched });
        let (kind, action) = match &self.action {
            Action::Upstream | Action::None => ("route", json!({ "cluster": UPSTREAM })),
            Action::Nowhere => ("route", json!({ "cluster": NOWHERE })),
            Action::Other(kind, action) => (*kind, action.clone()),
        };
        route[kind] = action;
        if !self.name.is_empty() {
            route["name"] = self.name.as_str().into();
        }
        if let Some(metadata) = &self.metadata {
            route["metadata"] = json!({ "filter_metadata": metadata });
        }
        for (field, value) in &self.fields {
            route[*field] = value.clone();
        }
        route
    }
}
