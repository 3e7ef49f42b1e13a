//! Envoys that cannot load the module say so, and do not start.

use corsac_testbed::{config::Bootstrap, envoy::Version, upstream::Upstream};

use crate::world::front;

/// They know no `module` in `dynamic_module_config`. With `name` instead, Envoy 1.36 says
/// "undefined symbol: `envoy_dynamic_module_callback_http_set_header`", and Envoy 1.37 that it has
/// found no libcorsac.so.
#[test]
fn envoy_1_37_and_older_refuse_the_configuration() {
    for line in ["1.36", "1.37"] {
        let upstream = Upstream::start().unwrap();
        let listener = front(r#"{ "allowOrigins": ["https://app.example"] }"#);
        let envoy = Version::pinned(line).and_then(Version::install).unwrap();
        let verdict = envoy.validate(&Bootstrap::new(upstream.address()).listener(listener)).unwrap();
        assert!(!verdict.accepted, "{line}: {}", verdict.output);
        // Protobuf puts further spaces between the words, so that nobody compares them.
        for part in ["envoy.extensions.dynamic_modules.v3.DynamicModuleConfig", "'module'"] {
            assert!(verdict.output.contains(part), "{line}: {}", verdict.output);
        }
    }
}
