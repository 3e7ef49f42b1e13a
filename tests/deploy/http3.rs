//! `envoy/http3.yaml` over QUIC. The client is a second Envoy, which forwards HTTP/1.1 requests as
//! HTTP/3.

use std::fs;

use corsac_testbed::{
    client::{Request, http1},
    envoy::{Binary, Envoy},
};
use serde_json::{Value, json};

use crate::{
    answers::{ORIGIN, text, whole},
    bootstraps::ServedFile,
    files,
};

#[test]
fn requests_over_http3_get_the_same_answers_as_over_tls() {
    let served = ServedFile::start("envoy/http3.yaml");
    for (listener, protocol) in [("quic", "http3_protocol_options"), ("tls", "http2_protocol_options")] {
        let client = client(&served, listener, protocol);
        let ask = |request: Request| whole(&http1::send(client.address("client").unwrap(), &request).unwrap());
        let preflight = text(
            204,
            "access-control-allow-origin: https://app.example.com
             access-control-allow-credentials: true
             access-control-allow-methods: GET, PUT
             access-control-allow-headers: content-type
             alt-svc: h3=\":10443\"; ma=86400
             vary: origin, access-control-request-method, access-control-request-headers",
            "",
        );
        assert_eq!(ask(Request::preflight("/", ORIGIN, "PUT").id(format!("{listener}-1"))), preflight, "{listener}");
        assert!(served.upstream.received(format!("{listener}-1")).is_empty());
        let allowed = text(
            200,
            "access-control-allow-origin: https://app.example.com
             access-control-allow-credentials: true
             alt-svc: h3=\":10443\"; ma=86400
             content-length: 9
             vary: origin",
            "The API.\n",
        );
        assert_eq!(ask(Request::new("GET", "/").header("origin", ORIGIN)), allowed, "{listener}");
        let refused = text(200, "alt-svc: h3=\":10443\"; ma=86400\n content-length: 9\n vary: origin", "The API.\n");
        assert_eq!(ask(Request::new("GET", "/").header("origin", "https://evil.example")), refused, "{listener}");
        // Envoy's own count proves that it was HTTP/3.
        let counted = served
            .envoy
            .stat(&format!("http.{listener}.downstream_rq_http{}_total", if listener == "quic" { 3 } else { 2 }));
        assert_eq!(counted.unwrap(), 3, "{listener}");
    }
}

/// An Envoy whose listener `client` forwards requests to a listener of the other Envoy by that
/// protocol.
fn client(served: &ServedFile, listener: &str, protocol: &str) -> Envoy {
    let address = served.envoy.address(listener).unwrap();
    let certificate = files::root().join("crates/testbed/tls/cert.pem");
    let tls = json!({
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "sni": "localhost",
        "common_tls_context": {
            "alpn_protocols": if listener == "quic" { json!([]) } else { json!(["h2"]) },
            "validation_context": { "trusted_ca": { "filename": certificate } },
        },
    });
    let transport = if listener == "quic" {
        json!({ "name": "envoy.transport_sockets.quic", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport",
            "upstream_tls_context": without_type(&tls),
        } })
    } else {
        json!({ "name": "envoy.transport_sockets.tls", "typed_config": tls })
    };
    let at = |ip: &str, port: u16| json!({ "socket_address": { "address": ip, "port_value": port } });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "client",
        "server_header_transformation": "PASS_THROUGH",
        "http_filters": [{ "name": "router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
        } }],
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [
            { "match": { "prefix": "/" }, "route": { "cluster": "served" } },
        ] }] },
    });
    let bootstrap = json!({
        "admin": { "address": at("127.0.0.1", 0) },
        "static_resources": {
            "listeners": [{ "name": "client", "address": at("127.0.0.1", 0), "filter_chains": [
                { "filters": [{ "name": "http", "typed_config": manager }] },
            ] }],
            "clusters": [{
                "name": "served",
                "type": "STATIC",
                "transport_socket": transport,
                "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": { protocol: {} },
                } },
                "load_assignment": { "cluster_name": "served", "endpoints": [
                    { "lb_endpoints": [{ "endpoint": { "address": at("127.0.0.1", address.port()) } }] },
                ] },
            }],
        },
    });
    let path = served.folder.join(format!("client-{listener}.json"));
    fs::write(&path, bootstrap.to_string()).unwrap();
    Binary::find().unwrap().start_file(&path).unwrap_or_else(|error| panic!("{error}"))
}

fn without_type(value: &Value) -> Value {
    let mut value = value.clone();
    value.as_object_mut().unwrap().remove("@type");
    value
}
