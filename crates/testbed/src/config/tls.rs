//! TLS for the `https` origins of browsers. The key is public, so the certificate proves nothing:
//! a test's browser trusts it by [`KEY_HASH`], and everybody else refuses it.

use serde_json::{Value, json};

/// For Chromium's `--ignore-certificate-errors-spki-list`, which trusts this key and no other.
pub const KEY_HASH: &str = "0BPSYOYd0nfq5eYHz9enfx/1iVS/gPJH2tVHDm0Z0dU=";

const CERTIFICATE: &str = include_str!("../../tls/cert.pem");
const KEY: &str = include_str!("../../tls/key.pem");

/// Adds TLS (HTTP/2 and HTTP/1.1) to a listener of one filter chain; the client's first bytes
/// select it.
pub(super) fn offer(listener: &mut Value) {
    let certificate =
        json!({ "certificate_chain": { "inline_string": CERTIFICATE }, "private_key": { "inline_string": KEY } });
    let plain = listener["filter_chains"][0].clone();
    let mut secure = plain.clone();
    secure["filter_chain_match"] = json!({ "transport_protocol": "tls" });
    secure["transport_socket"] = json!({ "name": "tls", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": { "tls_certificates": [certificate], "alpn_protocols": ["h2", "http/1.1"] },
    } });
    listener["filter_chains"] = json!([secure, plain]);
    listener["listener_filters"] = json!([{ "name": "tls_inspector", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
    } }]);
}
