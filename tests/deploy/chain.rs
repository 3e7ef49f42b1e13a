//! The other filters of a chain: a CUSTOM authorizer (`ext_authz`), JWT and RBAC, as a mesh
//! configures them.

use corsac_testbed::upstream::{Answer, Received};
use serde_json::{Value, json};

use crate::files::{self, DocumentKind};

/// The beginning of a filter's name is its type.
pub const JWT: &str = "envoy.filters.http.jwt_authn";
const AUTHORIZER: &str = "envoy.filters.http.ext_authz";
const RBAC: &str = "envoy.filters.http.rbac";

/// The path prefix of the authorizer, which is on the upstream too.
const AUTHORIZE: &str = "/authorize";

/// The other filters, in order.
pub fn filters(custom: bool) -> Vec<Value> {
    let authorizer = custom.then(authorizer);
    authorizer.into_iter().chain([jwt(), rbac()]).collect()
}

/// Whether a filter is of that type.
pub fn starts_with(filter: &Value, kind: &str) -> bool {
    filter["name"].as_str().is_some_and(|name| name.starts_with(kind))
}

/// The answer of the upstream. The authorizer requires credentials with every method; the API
/// allows every origin.
pub fn answer(received: &Received) -> Answer {
    if !is_the_apis(received) {
        return Answer::new(if received.headers.has("authorization") { 200 } else { 403 }).body("No credentials.\n");
    }
    Answer::new(200).header("access-control-allow-origin", "*").body("The API.\n")
}

/// Whether the API got this request, and not the authorizer.
pub fn is_the_apis(received: &Received) -> bool {
    !received.target.starts_with(AUTHORIZE.as_bytes())
}

/// A token that [`filters`] accept: the example in `envoy/authentication.yaml`.
pub fn token() -> String {
    let text = std::fs::read_to_string(files::root().join("envoy/authentication.yaml")).unwrap();
    let token = text.lines().find_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("TOKEN="));
    token.expect("a token in envoy/authentication.yaml").to_owned()
}

fn authorizer() -> Value {
    let header = |name: &str| json!({ "exact": name });
    json!({ "name": AUTHORIZER, "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "http_service": {
            "server_uri": { "uri": "http://authorizer", "cluster": "upstream", "timeout": "5s" },
            "path_prefix": AUTHORIZE,
        },
        "allowed_headers": { "patterns": [header("authorization"), header(corsac_testbed::upstream::ID)] },
    } })
}

/// The filter in `envoy/authentication.yaml`, with its keys.
fn jwt() -> Value {
    let file = files::all(DocumentKind::Bootstrap)
        .into_iter()
        .find(|file| file.source == "envoy/authentication.yaml")
        .unwrap();
    let filters = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    let filters = file.content.pointer(filters).and_then(Value::as_array).unwrap();
    filters.iter().find(|filter| starts_with(filter, JWT)).unwrap().clone()
}

/// Allows everything except paths under `/admin`.
fn rbac() -> Value {
    let admin = json!({ "url_path": { "path": { "prefix": "/admin" } } });
    let policy = json!({ "permissions": [{ "not_rule": admin }], "principals": [{ "any": true }] });
    json!({ "name": RBAC, "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        "rules": { "action": "ALLOW", "policies": { "all-but-admin": policy } },
    } })
}
