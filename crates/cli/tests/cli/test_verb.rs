//! `corsac test`.

use crate::bin::{Files, corsac};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example.com"] }"#;
const EXPECT: &str = r#"
policy = "policy.json"

[[expect]]
origin = "https://app.example.com"
url = "https://api.example.com/"
verdict = "allowed"

[[expect]]
origin = "https://evil.example"
url = "https://api.example.com/"
method = "PUT"
verdict = "blocked"
reason = "origin-not-listed"
"#;

#[test]
fn expectations_are_met_or_not() {
    let files = Files::new();
    files.write("policy.json", POLICY);
    let run = corsac(&["test", &files.write("expect.toml", EXPECT)]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("2 expectations, all met"), "{}", run.stdout);

    let wrong = EXPECT.replace("evil.example", "app.example.com");
    let run = corsac(&["test", "--format", "json", &files.write("wrong.toml", wrong)]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!((run.json()["failed"].as_u64(), run.json()["passed"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn a_bad_file_is_a_sentence() {
    let files = Files::new();
    let policy = files.write("policy.json", POLICY);
    for text in [
        "",
        "nonsense",
        "policy = \"policy.json\"",
        "[[expect]]\norigin = \"x\"\n",
        "policy = 1",
        &EXPECT.replace("policy.json", "no.json"),
    ] {
        let run = corsac(&["test", &files.write("bad.toml", text)]);
        assert_eq!(run.status, 2, "{text}: {run:?}");
    }
    let without = EXPECT.replace("policy = \"policy.json\"", "");
    let file = files.write("without.toml", without);
    assert_eq!(corsac(&["test", &file]).status, 2);
    assert_eq!(corsac(&["test", &file, "--policy", &policy]).status, 0);
}
