//! `corsac import` and `corsac render`.

use serde_json::{Value as Json, json};

use crate::bin::{Files, corsac, corsac_with};

const VIRTUAL_SERVICE: &str = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api }
spec:
  hosts: ['*']
  http:
  - corsPolicy:
      allowOrigins: [{ exact: https://app.example.com }]
      allowMethods: [GET]
";

#[test]
fn the_policy_goes_to_one_stream_and_the_notes_to_the_other() {
    let run = corsac_with(&["import", "-"], VIRTUAL_SERVICE.as_bytes());
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(run.json()["allowOrigins"], json!(["https://app.example.com"]));
    let all = corsac_with(&["import", "--from", "istio", "--format", "json", "-"], VIRTUAL_SERVICE.as_bytes()).json();
    assert_eq!((&all["from"], &all["policy"]), (&json!("istio"), &run.json()));
    assert_eq!(all["notes"].as_array().map(Vec::len), Some(run.stderr.lines().count()));
}

#[test]
fn what_cannot_be_imported_is_refused_with_the_reason() {
    let run = corsac_with(&["import", "-"], b"kind: Service\n");
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.is_empty() && run.stderr.contains("no policy"), "{run:?}");
    assert_eq!(corsac_with(&["import", "--from", "caddy", "-"], b"x").status, 2);
}

#[test]
fn what_is_rendered_is_read_back_to_the_same_policy() {
    let files = Files::new();
    let policy = json!({ "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"], "maxAge": "10m" });
    let file = files.write("policy.json", policy.to_string());
    for target in
        ["envoy", "ecds", "istio", "traffic-extension", "envoyfilter", "envoy-gateway", "higress", "configmap"]
    {
        let run = corsac(&["render", &file, "--to", target]);
        assert_eq!(run.status, 0, "{target}: {run:?}");
        let manifest = files.write("manifest.yaml", &run.stdout);
        let check = corsac(&["check", "--format", "json", &manifest]);
        assert_eq!((check.status, check.json()), (0, json!([])), "{target}");
        let diff = corsac(&["diff", "--format", "json", &file, &manifest]).json();
        assert_eq!(diff["changes"], Json::Array(Vec::new()), "{target}");
    }
}

#[test]
fn a_policy_with_errors_is_not_rendered() {
    let run = corsac_with(&["render", "-", "--to", "istio"], br#"{ "allowOrigins": ["nonsense"] }"#);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("invalid-origin"), "{run:?}");
}
