//! `corsac explain`: the command line; the explanations themselves are tested in their crate.

use serde_json::json;

use crate::bin::{Files, corsac};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"], "allowHeaders": ["authorization"], "allowCredentials": true }"#;

#[test]
fn an_allowed_request_has_its_preflight_and_its_response() {
    let files = Files::new();
    let policy = files.write("p.json", POLICY);
    let run = corsac(&[
        "explain",
        &policy,
        "--origin",
        "https://app.example.com",
        "--url",
        "https://api.example.com/orders",
        "--method",
        "PUT",
        "--header",
        "authorization",
        "--credentials",
        "--format",
        "json",
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    let json = run.json();
    assert_eq!((&json["verdict"], &json["policy"]), (&json!("allowed"), &json!("default")));
    assert_eq!(json["preflight"]["answer"]["status"], 204);
    assert_eq!(json["response"]["status"], 200);
    assert!(json["steps"].as_array().is_some_and(|steps| !steps.is_empty()));
}

#[test]
fn a_blocked_request_names_its_reason_and_the_nearest_entry() {
    let files = Files::new();
    let policy = files.write("p.json", POLICY);
    let run = corsac(&["explain", &policy, "--origin", "http://app.example.com", "--format", "json"]);
    assert_eq!(run.status, 1, "{run:?}");
    let json = run.json();
    assert_eq!((&json["verdict"], &json["reason"]), (&json!("blocked"), &json!("origin-not-listed")));
    assert_eq!(json["nearest"]["differs"], json!(["scheme"]));
    let human = corsac(&["explain", &policy, "--origin", "http://app.example.com"]);
    assert_eq!(human.status, 1);
    assert!(human.stdout.to_lowercase().starts_with("blocked"), "{}", human.stdout);
}

#[test]
fn what_no_policy_governs_is_judged_by_the_upstreams_headers() {
    let files = Files::new();
    let policy = files.write(
        "p.json",
        r#"{ "policies": { "p": { "allowOrigins": ["*"] } }, "rules": [{ "hosts": ["other.example"], "policy": "p" }] }"#,
    );
    let ask =
        ["explain", &policy, "--origin", "https://a.example", "--url", "https://api.example/", "--format", "json"];
    let blocked = corsac(&ask);
    assert_eq!((blocked.status, &blocked.json()["reason"]), (1, &json!("ungoverned")));
    let allowed = corsac(&[&ask[..], &["--upstream-header", "Access-Control-Allow-Origin: *"]].concat());
    assert_eq!((allowed.status, &allowed.json()["verdict"]), (0, &json!("allowed")));
    let blocked =
        corsac(&[&ask[..], &["--upstream-header", "Access-Control-Allow-Origin: https://b.example"]].concat());
    assert_eq!(blocked.status, 1);
}

#[test]
fn a_request_is_read_from_a_curl_command() {
    let files = Files::new();
    let policy = files.write("p.json", POLICY);
    let command = "curl 'https://api.example.com/orders' -X PUT -H 'Origin: https://app.example.com' -H 'authorization: Bearer x'";
    let run = corsac(&["explain", &policy, "--curl", command, "--format", "json"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(run.json()["method"], "PUT");
}

#[test]
fn a_wrong_command_line_is_a_sentence() {
    let files = Files::new();
    let policy = files.write("p.json", POLICY);
    for arguments in [
        &["--origin", "https://a.example", "--header", ": x"][..],
        &["--origin", "https://a.example", "--url", "nonsense"],
        &["--origin", "https://a.example", "--upstream-header", "nonsense"],
        &["--curl", "wget x"],
        &["--har", "/does/not/exist"],
        &[],
    ] {
        let run = corsac(&[&["explain", &policy], arguments].concat());
        assert_eq!(run.status, 2, "{arguments:?} {run:?}");
        assert!(!run.stderr.is_empty() && !run.stderr.contains("panicked"), "{run:?}");
    }
}

#[test]
fn a_message_of_the_browsers_console_is_a_request() {
    let files = Files::new();
    let policy = files.write("p.json", POLICY);
    let chrome = "Access to fetch at 'https://api.example.com/orders' from origin 'https://app.example.com' has been blocked by \
        CORS policy: Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.";
    let run = corsac(&["explain", &policy, "--console", chrome, "--format", "json"]);
    assert_eq!(run.status, 1, "{run:?}");
    let json = run.json();
    assert_eq!(json["reason"], "method-not-listed");
    assert!(json["preflight"].to_string().contains("DELETE"), "{json}");
    assert_eq!(json["chrome"], "kMethodDisallowedByPreflightResponse");

    let firefox = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
        https://api.example.com/orders. (Reason: CORS header \u{2018}Access-Control-Allow-Origin\u{2019} missing). Status code: 200.";
    let without_page = corsac(&["explain", &policy, "--console", firefox]);
    assert_eq!(without_page.status, 2);
    assert!(without_page.stderr.contains("does not name the page's origin"), "{without_page:?}");
    let run =
        corsac(&["explain", &policy, "--console", firefox, "--origin", "https://evil.example", "--format", "json"]);
    assert_eq!((run.status, &run.json()["firefox"]), (1, &json!("CORSMissingAllowOrigin2")), "{run:?}");
    assert_eq!(corsac(&["explain", &policy, "--console", "TypeError: Failed to fetch"]).status, 2);
}
