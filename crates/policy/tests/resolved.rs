//! `extends`: the resolved configuration has the same meaning as the written one.
#![cfg(not(target_family = "wasm"))]

use corsac_policy::{Tools, compile, resolved};

const WRITTEN: &str = r#"{
  "policies": {
    "base": { "allowOrigins": ["https://app.example"], "allowMethods": ["PUT"], "maxAge": 60 },
    "api": { "extends": "base", "allowMethods": ["DELETE"], "maxAge": null },
    "files": { "extends": "api", "exposeHeaders": ["etag"] }
  },
  "rules": [{ "paths": ["/files/*"], "policy": "files" }, { "policy": "api" }]
}"#;

#[test]
fn every_inherited_field_is_written_out_and_extends_is_gone() {
    let shown = resolved(WRITTEN.as_bytes()).expect("an object");
    assert!(compile(shown.as_bytes(), &Tools::default()).is_ok(), "{shown}");
    assert_eq!(
        shown,
        concat!(
            r#"{"policies": {"#,
            r#""base": {"allowOrigins": ["https://app.example"], "allowMethods": ["PUT"], "maxAge": 60}, "#,
            r#""api": {"allowMethods": ["DELETE"], "allowOrigins": ["https://app.example"], "maxAge": 60}, "#,
            r#""files": {"exposeHeaders": ["etag"], "allowMethods": ["DELETE"], "allowOrigins": ["https://app.example"], "maxAge": 60}}, "#,
            r#""rules": [{"paths": ["/files/*"], "policy": "files"}, {"policy": "api"}]}"#
        )
    );
    assert_eq!(resolved(shown.as_bytes()), Some(shown.clone()), "a resolved configuration is its own resolution");
}

#[test]
fn a_configuration_that_is_not_an_object_has_no_resolution() {
    for text in ["", "[]", "null", "{", "\"x\""] {
        assert_eq!(resolved(text.as_bytes()), None, "{text}");
    }
}
