//! `corsac check`.

use serde_json::json;

use crate::bin::{Files, corsac, corsac_with, repository};

const BAD: &str = "{\n  \"allowOrigins\": [\"https://app.example.com\",\n    \"https://Shop.example.com/\"],\n  \"maxAge\": 86400\n}\n";

#[test]
fn json_is_a_list_of_findings_with_their_places() {
    let files = Files::new();
    let file = files.write("policy.json", BAD);
    let run = corsac(&["check", "--format", "json", &file]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    let findings = run.json();
    assert_eq!(findings.as_array().map(Vec::len), Some(2));
    assert_eq!(
        findings[0],
        json!({
            "file": file, "document": "document 1", "code": "invalid-origin", "severity": "error", "pointer": "/allowOrigins/1",
            "line": 3, "column": 5, "message": findings[0]["message"], "suggestion": "\"https://shop.example.com\"",
        })
    );
    assert_eq!(
        (&findings[1]["code"], &findings[1]["line"], &findings[1]["column"]),
        (&json!("max-age-capped"), &json!(4), &json!(13))
    );
}

#[test]
fn the_same_place_is_found_in_a_manifest_and_every_document_is_named() {
    let files = Files::new();
    let yaml = "kind: WasmPlugin\nmetadata: { name: one }\nspec:\n  pluginConfig:\n    allowOrigins: [\"https://A.example\"]\n---\nkind: WasmPlugin\nmetadata: { name: two }\nspec:\n  pluginConfig:\n    allowOrigins:\n    - https://b.example/x\n";
    let run = corsac(&["check", "--format", "json", &files.write("all.yaml", yaml)]);
    let findings = run.json();
    let places: Vec<(&str, u64, u64)> = findings
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().expect("a number");
            (finding["document"].as_str().expect("a name"), number("line"), number("column"))
        })
        .collect();
    assert_eq!(places, [("WasmPlugin one", 5, 20), ("WasmPlugin two", 12, 7)]);
}

#[test]
fn a_report_shows_code_place_source_line_and_corrected_text() {
    let files = Files::new();
    let file = files.write("policy.json", BAD);
    let run = corsac(&["check", &file]);
    for part in [
        "error[invalid-origin]",
        &format!("{file}:3:5"),
        "3 |     \"https://Shop.example.com/\"],",
        "3 +     \"https://shop.example.com\"],",
        "warning[max-age-capped]",
        "1 error, 1 warning",
        "corsac check --explain invalid-origin",
    ] {
        assert!(run.stdout.contains(part), "{part} in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains('\u{1b}'), "no colours without a terminal");
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let files = Files::new();
    let file = files.write("policy.json", r#"{ "allowOrigins": ["https://a.example"], "maxAge": 86400 }"#);
    assert_eq!(corsac(&["check", &file]).status, 0);
    assert_eq!(corsac(&["check", "--deny-warnings", &file]).status, 1);
    let quiet = files.write("fine.json", r#"{ "allowOrigins": ["https://a.example"] }"#);
    assert_eq!(corsac(&["check", "--deny-warnings", &quiet]).status, 0);
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_findings_of_the_others() {
    let files = Files::new();
    let file = files.write("policy.json", BAD);
    let run = corsac(&["check", "--format", "json", "/does/not/exist.json", &file]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("/does/not/exist.json"), "{}", run.stderr);
    assert_eq!(run.json().as_array().map(Vec::len), Some(2));
}

#[test]
fn sarif_names_rules_places_and_messages() {
    let files = Files::new();
    let run = corsac(&["check", "--format", "sarif", &files.write("a b.json", BAD)]);
    let log = run.json();
    assert_eq!(log["version"], "2.1.0");
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("invalid-origin"), &json!("error")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"], json!({ "startLine": 3, "startColumn": 5 }));
    assert!(place["artifactLocation"]["uri"].as_str().expect("a URI").ends_with("a%20b.json"));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "invalid-origin");
}

#[test]
fn github_commands_stay_on_their_lines() {
    let run = corsac_with(
        &["check", "--format", "github", "-"],
        b"{ \"allowOrigins\": [\"https://a.example\\n::error::%\"] }",
    );
    assert_eq!(run.status, 1);
    for line in run.stdout.lines() {
        assert!(line.starts_with("::error file=<stdin>,line=1,col="), "{line}");
    }
}

#[test]
fn text_that_is_not_json_is_shown_where_it_stops_being_json() {
    let run = corsac_with(&["check", "--format", "json", "-"], b"{\n  \"allowOrigins\": [\"https://a.example\",]\n}");
    let finding = &run.json()[0];
    assert_eq!((&finding["code"], &finding["line"]), (&json!("invalid-json"), &json!(2)));
}

#[test]
fn a_key_that_would_move_the_cursor_is_escaped() {
    let run = corsac_with(&["check", "-"], b"{ \"allowOrigins\": [\"https://a.example\"], \"\\u001b[31mx\": 1 }");
    assert_eq!(run.status, 1);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
}

#[test]
fn every_code_is_explained_and_an_unknown_one_is_not() {
    for code in corsac_policy::Code::ALL {
        let run = corsac(&["check", "--explain", code.as_str()]);
        assert_eq!(run.status, 0, "{}", code.as_str());
        assert!(run.stdout.starts_with(code.as_str()), "{}", run.stdout);
    }
    let run = corsac(&["check", "--explain", "loose-mach"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("loose-match"), "{}", run.stderr);
}

#[test]
fn the_shipped_policies_are_fine() {
    for file in ["envoy/envoy.yaml", "envoy/istio/gateway/wasmplugin.yaml", "envoy/ecds/corsac.yaml", "envoy/mcp.yaml"]
    {
        let path = repository(file);
        let run = corsac(&["check", path.to_str().expect("UTF-8")]);
        assert_eq!(run.status, 0, "{file}: {}{}", run.stdout, run.stderr);
    }
}
