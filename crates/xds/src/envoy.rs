//! Envoy's side, in the form of its JSON configuration: what makes it subscribe.

use std::net::SocketAddr;

use corsac_testbed::config::{Bootstrap, grpc_cluster};
use serde_json::{Value, json};

const CLUSTER: &str = "control-plane";

/// The bootstrap of an Envoy with that name among the nodes, which subscribes to the control plane
/// at that address.
#[must_use]
pub fn subscribing(bootstrap: Bootstrap, node: &str, control_plane: SocketAddr) -> Bootstrap {
    let mut cluster = grpc_cluster(CLUSTER, control_plane);
    cluster["connect_timeout"] = "1s".into();
    // Envoy waits between half a second and a second before it connects again.
    let retry = json!({ "retry_back_off": { "base_interval": "0.1s", "max_interval": "0.2s" } });
    let service = json!({ "envoy_grpc": { "cluster_name": CLUSTER, "retry_policy": retry } });
    let ads = json!({ "api_type": "GRPC", "transport_api_version": "V3", "grpc_services": [service] });
    bootstrap
        .cluster(cluster)
        .field("node", json!({ "id": node, "cluster": "fleet" }))
        .field("dynamic_resources", json!({ "ads_config": ads }))
}

/// A filter that the control plane sends. Envoy opens the listener when it has come, or when it has
/// waited for so long (`"0s"`: for ever).
pub fn discovered(name: &str, wait: &str) -> Value {
    json!({ "name": name, "config_discovery": {
        "config_source": { "ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": wait },
        "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
    } })
}

/// The same with a filter that is in force until the control plane sends another: Envoy waits for
/// nothing.
pub fn discovered_with_default(name: &str, default: &Value) -> Value {
    let mut filter = discovered(name, "0s");
    filter["config_discovery"]["default_config"] = default["typed_config"].clone();
    filter["config_discovery"]["apply_default_config_without_warming"] = true.into();
    filter
}
