//! Policies found in manifests, and manifests rendered around policies.

use std::fs;
use std::path::Path;

use corsac_manifests::{Found, Target, find, render};
use serde_json::{Value as Json, json};

fn one(text: &str) -> Found {
    let mut found = find(text).expect("a policy");
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn parsed(found: &Found) -> Json {
    serde_json::from_str(&found.policy).expect("JSON")
}

/// What the file holds at a spot.
fn at<'t>(text: &'t str, found: &Found, pointer: &str) -> &'t str {
    let spot = found.spot(pointer);
    let range = spot.range.clone().expect("a range");
    let line_start = text[..range.start].rfind('\n').map_or(0, |index| index + 1);
    assert_eq!(text[..range.start].matches('\n').count() + 1, spot.line, "{pointer}");
    assert_eq!(text[line_start..range.start].chars().count() + 1, spot.column, "{pointer}");
    &text[range]
}

fn policies() -> [Json; 3] {
    [
        json!({ "allowOrigins": ["https://app.example.com", { "regex": "https://[a-z]+\\.example\\.com" }], "maxAge": "10m", "allowCredentials": true }),
        json!({ "policies": { "no": { "allowOrigins": ["*"] }, "partners": { "allowOrigins": ["https://p.example"], "allowHeaders": ["x-a", "x-b"] } },
                "rules": [{ "hosts": ["api.example.com"], "paths": ["/v1/*"], "policy": "partners" }, { "paths": ["/healthz"], "policy": null }, { "policy": "no" }] }),
        json!({ "allowOrigins": ["https://ünïcode.example", "{{x}}: '\"\\#", "null", "yes"], "acceptRisks": [] }),
    ]
}

#[test]
fn what_is_rendered_is_found_again_as_the_same_policy() {
    for policy in policies() {
        for target in Target::ALL {
            let manifest = render(&policy, *target);
            if manifest.contains("{{") {
                assert!(find(&manifest).is_err(), "a template is refused");
                continue;
            }
            assert_eq!(parsed(&one(&manifest)), policy, "{target}:\n{manifest}");
        }
    }
    let quoted = json!({ "allowOrigins": ["https://ünïcode.example", "a: '\"\\#", "null", "yes", "1e3", "~"] });
    for target in Target::ALL {
        assert_eq!(parsed(&one(&render(&quoted, *target))), quoted, "{target}");
    }
}

#[test]
fn every_value_of_a_rendered_policy_has_its_place() {
    let policy = &policies()[0];
    for target in Target::ALL {
        let manifest = render(policy, *target);
        let found = one(&manifest);
        assert_eq!(at(&manifest, &found, "/allowOrigins/0"), "\"https://app.example.com\"", "{target}");
        assert_eq!(at(&manifest, &found, "/maxAge"), "\"10m\"", "{target}");
        assert_eq!(at(&manifest, &found, "/allowOrigins/1/regex"), r#""https://[a-z]+\\.example\\.com""#, "{target}");
        assert_eq!(at(&manifest, &found, "/allowCredentials"), "true", "{target}");
    }
}

#[test]
fn a_target_is_named_by_its_word() {
    for target in Target::ALL {
        assert_eq!(target.as_str().parse(), Ok(*target));
    }
    assert!("helm".parse::<Target>().is_err());
}

#[test]
fn the_policies_of_the_shipped_files_are_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../envoy");
    let files = [
        ("envoy.yaml", 1),
        ("authentication.yaml", 1),
        ("http3.yaml", 2),
        ("ecds/corsac.yaml", 1),
        ("istio/gateway/wasmplugin.yaml", 1),
        ("istio/sidecar/wasmplugin.yaml", 1),
        ("istio/traffic-extension/trafficextension.yaml", 1),
        ("istio/ext-authz/envoyfilter.yaml", 1),
        ("envoy-gateway/envoyextensionpolicy.yaml", 1),
    ];
    for (file, count) in files {
        let text = fs::read_to_string(root.join(file)).expect(file);
        let found = find(&text).expect(file);
        assert_eq!(found.len(), count, "{file}");
        for found in found {
            assert!(
                corsac_policy::compile(found.policy.as_bytes(), &corsac_policy::Tools::default()).is_ok(),
                "{file}"
            );
            assert_eq!(found.name.as_deref(), Some("corsac"), "{file}");
        }
    }
}

#[test]
fn what_is_rendered_is_the_shipped_file_but_for_the_policy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../envoy");
    let tree = |text: &str| -> Json {
        let mut tree: Json = serde_norway::from_str(text).expect("YAML");
        let found = one(text);
        *tree.pointer_mut(&found.pointer).expect("the policy") = parsed(&found);
        tree
    };
    for (target, file) in [
        (Target::Ecds, "ecds/corsac.yaml"),
        (Target::Istio, "istio/gateway/wasmplugin.yaml"),
        (Target::TrafficExtension, "istio/traffic-extension/trafficextension.yaml"),
        (Target::EnvoyFilter, "istio/ext-authz/envoyfilter.yaml"),
        (Target::EnvoyGateway, "envoy-gateway/envoyextensionpolicy.yaml"),
    ] {
        let shipped = fs::read_to_string(root.join(file)).expect(file);
        let rendered = render(&parsed(&one(&shipped)), target);
        assert_eq!(tree(&rendered), tree(&shipped), "{target}");
    }
}

#[test]
fn json_alone_is_kept_as_it_is_written_with_its_duplicate_keys() {
    let text = "{\n  \"allowOrigins\": [\"https://a.example\"],\n  \"maxAge\": 1,\n  \"maxAge\": 2\n}\n";
    let found = one(text);
    assert_eq!(found.policy, text);
    assert_eq!((found.spot("/maxAge").line, found.spot("/maxAge").column), (4, 3));
    assert_eq!(at(text, &found, "/allowOrigins/0"), "\"https://a.example\"");
    assert_eq!(found.spot("/allowOrigins/7/x").line, 2);
    assert_eq!(found.label(), None);
}

#[test]
fn yaml_alone_is_a_policy_with_its_duplicate_keys() {
    let text = "# ours\nallowOrigins:\n- https://ä.example   # mine\n- 'https://b.example'\nmaxAge: 10m\nmaxAge: 5\n";
    let found = one(text);
    assert_eq!(found.policy, r#"{"allowOrigins":["https://ä.example","https://b.example"],"maxAge":"10m","maxAge":5}"#);
    assert_eq!(at(text, &found, "/allowOrigins/0"), "https://ä.example");
    assert_eq!(at(text, &found, "/allowOrigins/1"), "'https://b.example'");
    assert_eq!((found.spot("/allowOrigins").line, &found.spot("/allowOrigins").range), (3, &None));
    assert_eq!(found.spot("/maxAge").line, 6);
}

#[test]
fn broken_json_is_a_policy_which_the_engine_reads() {
    let text = "{ \"allowOrigins\": [\"https://a.example\",] }";
    assert_eq!(one(text).policy, text);
    let manifest = render(&json!({}), Target::Ecds).replace("{}", text);
    assert_eq!(one(&manifest).policy.trim_end(), text);
}

#[test]
fn several_documents_and_lists_are_all_found_and_named() {
    let text = "
apiVersion: v1
kind: List
items:
- { kind: WasmPlugin, apiVersion: extensions.istio.io/v1alpha1, metadata: { name: one }, spec: { pluginConfig: { allowOrigins: ['*'] } } }
- { kind: Service, apiVersion: v1, metadata: { name: other } }
---
kind: TrafficExtension
metadata: { name: two }
spec: { wasm: { pluginConfig: { policies: {}, rules: [] } } }
---
allowOrigins: [https://three.example]
";
    let found = find(text).expect("policies");
    let told: Vec<_> =
        found.iter().map(|found| (found.document, found.label(), found.pointer.as_str(), found.start.line)).collect();
    assert_eq!(
        told,
        [
            (0, Some("WasmPlugin one".to_owned()), "/spec/pluginConfig", 5),
            (2, Some("TrafficExtension two".to_owned()), "/spec/wasm/pluginConfig", 10),
            (3, None, "", 12),
        ]
    );
}

#[test]
fn a_policy_in_an_escaped_string_has_the_place_of_the_string() {
    let text = "typed_config:\n  config:\n    name: corsac\n    configuration:\n      \"@type\": type.googleapis.com/google.protobuf.StringValue\n      value: \"{ \\\"allowOrigins\\\": [\\\"https://a.example\\\"] }\"\n";
    let found = one(text);
    assert_eq!(parsed(&found), json!({ "allowOrigins": ["https://a.example"] }));
    assert_eq!(found.spot("/allowOrigins/0").line, 6);
    assert_eq!(found.spot("/allowOrigins/0").range, None);
    let single = text.replace("\"{ ", "'{ ").replace(" }\"", " }'").replace("\\\"", "\"");
    let found = one(&single);
    assert_eq!(at(&single, &found, "/allowOrigins/0"), "\"https://a.example\"");
}

#[test]
fn a_struct_and_a_bootstrap_in_a_config_map_are_found() {
    let text = "filters:\n- name: corsac\n  typed_config:\n    config:\n      configuration:\n        '@type': type.googleapis.com/google.protobuf.Struct\n        value: { allowOrigins: ['*'] }\n";
    let found = one(text);
    assert_eq!(
        (found.pointer.as_str(), found.name.as_deref()),
        ("/filters/0/typed_config/config/configuration/value", Some("corsac"))
    );
    let bootstrap = render(&policies()[0], Target::Envoy);
    let indented = format!("    {}\n", bootstrap.trim_end().replace('\n', "\n    "));
    let map =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: envoy }}\ndata:\n  envoy.yaml: |\n{indented}");
    let found = one(&map);
    assert_eq!(found.label().as_deref(), Some("ConfigMap envoy"));
    assert_eq!(at(&map, &found, "/allowOrigins/0"), "\"https://app.example.com\"");
}

#[test]
fn what_is_no_policy_is_refused_with_a_sentence() {
    let service =
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a }\nspec: { http: [] }\n";
    for (text, part) in [
        ("", "empty"),
        ("   \n", "empty"),
        ("\0\0\0", "binary"),
        (service, "corsac import"),
        ("a: b: c", "not YAML"),
        ("a: {{ .Values.x }}", "template"),
        ("a: &x [*x]", "alias"),
        ("just words", "no policy"),
    ] {
        let sentence = find(text).expect_err(text);
        assert!(sentence.contains(part), "{text:?}: {sentence}");
    }
}
