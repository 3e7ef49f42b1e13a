//! `corsac check --fix`.

use std::fs;

use serde_json::Value as Json;

use crate::bin::{Files, corsac, corsac_with, repository};

fn fixed(name: &str, text: &str) -> (String, String) {
    let files = Files::new();
    let file = files.write(name, text);
    let run = corsac(&["check", "--fix", &file]);
    (fs::read_to_string(&file).expect("a file"), run.stdout)
}

#[test]
fn json_keeps_its_white_space() {
    let (text, report) = fixed("p.json", "{\n  \"allow_origins\":   [\"https://A.example/\"]\n}\n");
    assert_eq!(text, "{\n  \"allowOrigins\":   [\"https://a.example\"]\n}\n");
    assert!(report.contains("fixed[unknown-field]") && report.contains("nothing to report"), "{report}");
}

#[test]
fn yaml_keeps_its_comments_and_its_order() {
    let text = "# ours\nkind: WasmPlugin\nmetadata: { name: corsac }\nspec:\n  pluginConfig:\n    allow_origins:\n    # shop\n    - https://Shop.example/\n    - https://b.example   # second\n    maxAge: 86400\n    allowMethods: \"GET, PUT\"\n";
    let (text, report) = fixed("p.yaml", text);
    let expected = "# ours\nkind: WasmPlugin\nmetadata: { name: corsac }\nspec:\n  pluginConfig:\n    allowOrigins:\n    # shop\n    - \"https://shop.example\"\n    - https://b.example   # second\n    maxAge: 7200\n    allowMethods: [\"GET\",\"PUT\"]\n";
    assert_eq!(text, expected, "{report}");
    assert!(report.contains("nothing to report"), "{report}");
}

#[test]
fn json_text_inside_of_yaml_keeps_its_indentation() {
    let text = "kind: ConfigMap\nmetadata: { name: corsac }\ndata:\n  policy.json: |\n    {\n      \"allowOrigins\": [\n        \"https://A.example\"\n      ],\n      \"max_age\": 5\n    }\n";
    let (text, report) = fixed("p.yaml", text);
    assert_eq!(
        text,
        "kind: ConfigMap\nmetadata: { name: corsac }\ndata:\n  policy.json: |\n    {\n      \"allowOrigins\": [\n        \"https://a.example\"\n      ],\n      \"maxAge\": 5\n    }\n",
        "{report}"
    );
}

#[test]
fn entries_and_members_come_and_go_in_a_block_of_yaml() {
    let text = "allowOrigins:\n- https://a.example\nallowHeaders:\n- content-type, x-a   # two\n- x-grpc-web\nallowMethods: [GET]\n";
    let (text, report) = fixed("p.yaml", text);
    assert!(text.contains("- \"content-type\"\n- \"x-a\"\n- x-grpc-web\n"), "{text}{report}");
    assert!(text.contains("exposeHeaders: [\"grpc-status\",\"grpc-message\"]\n"), "{text}{report}");
}

#[test]
fn every_document_of_a_file_is_corrected() {
    let text = "allowOrigins: [https://A.example]\n---\nallowOrigins: [https://b.example]\n---\nallowOrigins: [https://C.example]\n";
    let (text, _) = fixed("p.yaml", text);
    assert_eq!(
        text,
        "allowOrigins: [\"https://a.example\"]\n---\nallowOrigins: [https://b.example]\n---\nallowOrigins: [\"https://c.example\"]\n"
    );
}

#[test]
fn a_file_with_nothing_to_correct_is_not_touched() {
    let text = "allowOrigins: [  https://a.example ]";
    assert_eq!(fixed("p.yaml", text).0, text);
}

#[test]
fn standard_input_is_corrected_to_standard_output() {
    let run = corsac_with(&["check", "--fix", "-"], br#"{ "allow_origins": ["https://a.example"] }"#);
    assert_eq!((run.status, run.stdout.as_str()), (0, r#"{ "allowOrigins": ["https://a.example"] }"#));
    assert!(run.stderr.contains("fixed[unknown-field]"), "{}", run.stderr);
}

/// Policies as people publish them, written as YAML in blocks.
#[test]
fn in_blocks_of_yaml_the_corrections_are_the_engines() {
    let corpus = fs::read_to_string(repository("tests/corpus/policies.jsonl")).expect("the corpus");
    let (mut written, mut left) = (0, Vec::new());
    for line in corpus.lines() {
        let record: Json = serde_json::from_str(line).expect("JSON");
        let policy = &record["policy"];
        let Ok(yaml) = serde_norway::to_string(policy) else { continue };
        let written_as = policy.to_string();
        let wanted = corsac_policy::fix(&written_as, &corsac_policy::Tools::default());
        if !policy.is_object() || wanted == written_as {
            continue;
        }
        let (text, report) = fixed("p.yaml", &yaml);
        if report.contains("not fixed") {
            assert_eq!(text, yaml);
            left.push(yaml);
        } else if text != yaml {
            let now: Json = serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(now, serde_json::from_str::<Json>(&wanted).expect("JSON"), "{yaml}");
            written += 1;
        }
    }
    assert!(left.is_empty(), "{written} written, left:\n{}", left.join("\n---\n"));
}
