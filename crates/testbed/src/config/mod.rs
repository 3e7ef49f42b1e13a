//! Envoy's bootstrap, from a list of listeners.

mod config_file;
pub mod filter;
mod listener;
mod shared_port;
mod surroundings;
pub mod tls;

use std::{net::SocketAddr, path::Path};

use serde_json::{Value, json};

pub use config_file::ConfigFile;
pub use filter::Configuration;
pub use listener::{Action, Listener, Route};
pub use shared_port::SharedPort;
pub use surroundings::Surroundings;

use crate::{Result, directory::Directory};

/// The cluster of [`crate::upstream::Upstream`].
const UPSTREAM: &str = "upstream";
/// A cluster without any endpoint.
const NOWHERE: &str = "nowhere";
/// The name of the discovered filter.
pub(crate) const ECDS_NAME: &str = "corsac";
const LDS_FILE: &str = "listeners.json";
const ECDS_FILE: &str = "filter.json";

/// The configuration of one Envoy process. Every listener has a free port; listeners with the same
/// module share one virtual machine per worker.
pub struct Bootstrap {
    upstream: SocketAddr,
    listeners: Vec<Listener>,
    clusters: Vec<Value>,
    live: bool,
    discovered: Option<Value>,
    traced: bool,
    fields: Vec<(&'static str, Value)>,
}

impl Bootstrap {
    /// No listeners yet. Routes lead to `upstream`.
    pub fn new(upstream: SocketAddr) -> Self {
        Self {
            upstream,
            listeners: Vec::new(),
            clusters: Vec::new(),
            live: false,
            discovered: None,
            traced: false,
            fields: Vec::new(),
        }
    }

    /// With one more listener.
    #[must_use]
    pub fn listener(mut self, listener: Listener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// With one more cluster (`envoy.config.cluster.v3.Cluster`).
    #[must_use]
    pub fn cluster(mut self, cluster: Value) -> Self {
        self.clusters.push(cluster);
        self
    }

    /// Logs every call between Envoy and the module: see [`crate::envoy::Envoy::log`].
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// From which level on the log shows what concerns the module.
    pub(crate) fn wasm_log_level(&self) -> &'static str {
        if self.traced { "trace" } else { "info" }
    }

    /// Serves the listeners from a watched file: see [`crate::envoy::Envoy::update_listeners`].
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Serves [`filter::discovered`] from a watched file, which holds `filter` at first: see
    /// [`crate::envoy::Envoy::update_filter`].
    #[must_use]
    pub fn discovering(mut self, filter: Value) -> Self {
        self.discovered = Some(filter);
        self
    }

    /// With a further field, such as `overload_manager`.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: Value) -> Self {
        self.fields.push((name, value));
        self
    }

    pub(crate) fn json(&self, directory: &Directory) -> Result<Value> {
        let access_log = directory.access_log();
        let mut bootstrap = self.without_listeners();
        if let Some(filter) = &self.discovered {
            directory.write(ECDS_FILE, &discovery(filter))?;
        }
        let listeners = self.listeners.iter().map(|listener| listener.json(&access_log, Some(directory.path())));
        if self.live {
            let path = directory.write(LDS_FILE, &lds_json(&self.listeners, &access_log))?;
            bootstrap["dynamic_resources"] = json!({ "lds_config": watched(&path) });
        } else {
            bootstrap["static_resources"]["listeners"] = listeners.collect();
        }
        Ok(bootstrap)
    }

    fn without_listeners(&self) -> Value {
        let mut clusters = vec![cluster_of(UPSTREAM, self.upstream), cluster(NOWHERE, &json!([]))];
        clusters.extend(self.clusters.iter().cloned());
        let mut bootstrap = json!({
            "node": { "id": "testbed", "cluster": "testbed" },
            "admin": { "address": address(SocketAddr::from(([127, 0, 0, 1], 0))) },
            "static_resources": { "clusters": clusters },
        });
        for (name, value) in &self.fields {
            bootstrap[*name] = value.clone();
        }
        bootstrap
    }
}

/// The file of the listeners.
pub(crate) fn lds_json(listeners: &[Listener], access_log: &Path) -> Value {
    let typed = |listener: &Listener| {
        let mut json = listener.json(access_log, access_log.parent());
        json["@type"] = "type.googleapis.com/envoy.config.listener.v3.Listener".into();
        json
    };
    json!({ "resources": listeners.iter().map(typed).collect::<Vec<_>>() })
}

/// The content of a discovered filter's file.
pub fn discovery(filter: &Value) -> Value {
    json!({ "resources": [{
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        "name": ECDS_NAME,
        "typed_config": filter["typed_config"],
    }] })
}

pub(crate) const fn ecds_file() -> &'static str {
    ECDS_FILE
}

/// A file that Envoy watches.
fn watched(path: &Path) -> Value {
    json!({ "resource_api_version": "V3", "path_config_source": { "path": path } })
}

/// A cluster of one server.
pub fn cluster_of(name: &str, server: SocketAddr) -> Value {
    cluster(name, &json!([{ "endpoint": { "address": address(server) } }]))
}

/// A cluster of one gRPC server, to which Envoy speaks HTTP/2.
pub fn grpc_cluster(name: &str, server: SocketAddr) -> Value {
    let mut cluster = cluster_of(name, server);
    cluster["typed_extension_protocol_options"] = json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": { "http2_protocol_options": {} },
    } });
    cluster
}

fn cluster(name: &str, endpoints: &Value) -> Value {
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": endpoints }] },
    })
}

fn address(address: SocketAddr) -> Value {
    json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } })
}
