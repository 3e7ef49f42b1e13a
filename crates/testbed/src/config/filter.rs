//! HTTP filters, in the form of Envoy's configuration.

use std::{fmt::Write, path::Path};

use corsac_manifests::capabilities_for;
use serde_json::{Value, json};

use crate::{is_native, server::Answer};

/// How Envoy passes Corsac its configuration.
#[derive(Clone, Debug)]
pub enum Configuration {
    /// As a `google.protobuf.StringValue`: the usual way.
    Text(String),
    /// As a `google.protobuf.BytesValue`: for bytes that are not UTF-8.
    Bytes(Vec<u8>),
    /// As a `google.protobuf.Struct`, which arrives as protobuf.
    Struct(Value),
    /// None at all.
    Absent,
}

impl From<&str> for Configuration {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Configuration {
    fn json(&self) -> Option<Value> {
        let of = |kind: &str, value: Value| {
            Some(json!({ "@type": format!("type.googleapis.com/google.protobuf.{kind}"), "value": value }))
        };
        match self {
            Self::Text(text) => of("StringValue", text.as_str().into()),
            Self::Bytes(bytes) => of("BytesValue", base64(bytes).into()),
            Self::Struct(value) => of("Struct", value.clone()),
            Self::Absent => None,
        }
    }
}

/// Corsac, from the module at that path: the Wasm module or the native one. All filters of one
/// module share one virtual machine, or one loaded library. As in the shipped files, Envoy allows
/// the Wasm module what the policy needs, and no more.
pub fn corsac(module: &Path, configuration: &Configuration) -> Value {
    if is_native(module) { native(module, configuration) } else { wasm(module, configuration) }
}

fn wasm(module: &Path, configuration: &Configuration) -> Value {
    let policy = if let Configuration::Text(text) = configuration { text } else { "" };
    let mut config = json!({
        "name": "corsac",
        "capability_restriction_config": { "allowed_capabilities": allowed(capabilities_for(policy)) },
        "vm_config": { "vm_id": "corsac", "runtime": "envoy.wasm.runtime.v8", "code": { "local": { "filename": module } } },
    });
    if let Some(configuration) = configuration.json() {
        config["configuration"] = configuration;
    }
    of("corsac", "wasm.v3.Wasm", json!({ "config": config }))
}

fn native(module: &Path, configuration: &Configuration) -> Value {
    let mut config = json!({
        "dynamic_module_config": { "module": { "local": { "filename": module } } },
        "filter_name": "corsac",
    });
    if let Some(configuration) = configuration.json() {
        config["filter_config"] = configuration;
    }
    of("corsac", "dynamic_modules.v3.DynamicModuleFilter", config)
}

/// The policy of a route, a virtual host or a route table: a value in its
/// `typed_per_filter_config`, under the filter's name. Only the native module has it.
pub fn corsac_of_route(module: &Path, configuration: &Configuration) -> Value {
    json!({ "corsac": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute",
        "dynamic_module_config": { "module": { "local": { "filename": module } } },
        "per_route_config_name": "corsac",
        "filter_config": configuration.json(),
    } })
}

/// Capabilities in the form of Envoy's map, whose values have no fields.
pub fn allowed<'c>(capabilities: impl IntoIterator<Item = &'c str>) -> Value {
    capabilities.into_iter().map(|name| (name.to_owned(), json!({}))).collect()
}

/// A filter that Envoy discovers: [`crate::config::Bootstrap::discovering`] serves it.
pub fn discovered() -> Value {
    let kinds = ["wasm.v3.Wasm", "dynamic_modules.v3.DynamicModuleFilter"];
    json!({ "name": super::ECDS_NAME, "config_discovery": {
        "config_source": null,
        "type_urls": kinds.map(|kind| format!("type.googleapis.com/envoy.extensions.filters.http.{kind}")),
    } })
}

/// The same for your own configuration ([`crate::envoy::Binary::start_file`]): `file` holds the
/// filter, in the form of [`super::discovery`].
pub fn discovered_from(file: &Path) -> Value {
    let mut discovered = discovered();
    discovered["config_discovery"]["config_source"] = super::watched(file);
    discovered
}

/// Envoy's native CORS filter. Its policy is on the route: see [`super::Listener::native_cors`].
pub fn native_cors() -> Value {
    of("envoy.filters.http.cors", "cors.v3.Cors", json!({}))
}

/// A Lua filter that answers every request itself.
pub fn lua_answer(answer: &Answer) -> Value {
    let mut headers = format!("[\":status\"]=\"{}\"", answer.status);
    let mut names: Vec<&Vec<u8>> = answer.headers.0.iter().map(|line| &line.0).collect();
    names.dedup();
    for name in names {
        let values: Vec<String> =
            answer.headers.0.iter().filter(|line| line.0 == *name).map(|line| lua_string(&line.1)).collect();
        let _ = write!(headers, ", [{}]={{{}}}", lua_string(name), values.join(","));
    }
    let body = lua_string(&answer.body);
    lua(&format!("function envoy_on_request(handle) handle:respond({{{headers}}}, {body}) end"))
}

/// A Lua filter with that code.
pub fn lua(code: &str) -> Value {
    of("envoy.filters.http.lua", "lua.v3.Lua", json!({ "default_source_code": { "inline_string": code } }))
}

/// An RBAC filter that answers every request with 403.
pub fn rbac_deny() -> Value {
    let everyone = json!({ "permissions": [{ "any": true }], "principals": [{ "any": true }] });
    of(
        "envoy.filters.http.rbac",
        "rbac.v3.RBAC",
        json!({ "rules": { "action": "DENY", "policies": { "everyone": everyone } } }),
    )
}

/// A local rate limit that answers every request with 429: each request costs two tokens, and there
/// is one.
pub fn rate_limit_always() -> Value {
    let bucket = json!({ "max_tokens": 1, "fill_interval": "3600s" });
    let always = json!({ "default_value": { "numerator": 100, "denominator": "HUNDRED" } });
    let config = json!({
        "stat_prefix": "limit",
        "token_bucket": { "max_tokens": 1_000_000, "fill_interval": "3600s" },
        "filter_enabled": always,
        "filter_enforced": always,
        "rate_limits": [{ "actions": [{ "generic_key": { "descriptor_value": "all" } }], "hits_addend": { "number": 2 } }],
        "descriptors": [{ "entries": [{ "key": "generic_key", "value": "all" }], "token_bucket": bucket }],
    });
    of("envoy.filters.http.local_ratelimit", "local_ratelimit.v3.LocalRateLimit", config)
}

/// The last filter of every chain.
pub(super) fn router() -> Value {
    of("envoy.filters.http.router", "router.v3.Router", json!({}))
}

/// Any filter: its name, its type under `envoy.extensions.filters.http` and its configuration.
pub fn of(name: &str, kind: &str, mut config: Value) -> Value {
    config["@type"] = format!("type.googleapis.com/envoy.extensions.filters.http.{kind}").into();
    json!({ "name": name, "typed_config": config })
}

fn lua_string(bytes: &[u8]) -> String {
    bytes.iter().fold(String::from("\""), |text, byte| text + &format!("\\{byte:03}")) + "\""
}

/// RFC 4648 §4.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let letter = char::from(ALPHABET[bits >> (18 - 6 * digit) & 63]);
            text.push(if digit <= group.len() { letter } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_examples_of_the_standard() {
        // RFC 4648 §10.
        let examples =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in examples {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
