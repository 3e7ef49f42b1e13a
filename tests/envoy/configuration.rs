//! Bad configurations: Envoy refuses them, and its log gives the reasons.

use corsac_testbed::{
    config::{Bootstrap, Configuration, Listener, filter},
    is_native,
    upstream::Upstream,
};
use corsac_vectors::DiagnosisVector;
use serde_json::json;

use crate::world::{World, binary, front, module};

const GOOD: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// Four mistakes in one policy, and the beginnings of the lines in its report.
const BAD: &str =
    r#"{ "allowOrigins": ["https://A.example", "https://b.example/"], "allowMethods": ["GE T"], "maxAge": -1 }"#;
const REPORT: [&str; 4] = [
    "error[invalid-origin] at /allowOrigins/0: ",
    "error[invalid-origin] at /allowOrigins/1: ",
    "error[invalid-method] at /allowMethods/0: ",
    "error[invalid-max-age] at /maxAge: ",
];

fn assert_that_all_are_in(log: &str, lines: &[&str]) {
    let missing: Vec<_> = lines.iter().filter(|line| !log.contains(**line)).collect();
    assert!(missing.is_empty(), "not in the log: {missing:#?}\nthe log:\n{log}");
}

fn serving(listener: Listener) -> (Bootstrap, Upstream) {
    let upstream = Upstream::start().unwrap();
    (Bootstrap::new(upstream.address()).listener(listener), upstream)
}

#[test]
fn validation_fails_and_prints_every_diagnostic_of_a_bad_configuration() {
    let verdict = binary().validate(&serving(front(BAD)).0).unwrap();
    assert!(!verdict.accepted, "{}", verdict.output);
    assert_that_all_are_in(&verdict.output, &REPORT);
}

#[test]
fn validation_accepts_a_good_configuration() {
    let verdict = binary().validate(&serving(front(GOOD)).0).unwrap();
    assert!(verdict.accepted, "{}", verdict.output);
}

#[test]
fn envoy_does_not_start_with_a_bad_configuration_and_logs_every_diagnostic() {
    let verdict = binary().refuse(&serving(front(BAD)).0).unwrap();
    assert_that_all_are_in(&verdict.output, &REPORT);
}

/// As many virtual machines are alive at once in one Envoy: it ends those of refused listeners later.
/// About five hundred are more than V8 takes.
const MOST_AT_ONCE: usize = 250;

#[test]
fn every_diagnosis_of_the_vectors_is_in_the_log_line_by_line() {
    let vectors = corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}"));
    let failures: Vec<String> = vectors.diagnoses.chunks(MOST_AT_ONCE).flat_map(differences).collect();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}

/// Serves these policies, and tells what Envoy does or logs otherwise.
fn differences(diagnoses: &[DiagnosisVector]) -> Vec<String> {
    let number = |number: usize| format!("diagnosis-{number}");
    let bad = diagnoses.iter().enumerate().map(|(at, diagnosis)| {
        Listener::new(number(at)).filter(filter::corsac(&module(), &Configuration::Text(diagnosis.policy.clone())))
    });
    // The good configuration comes first. Envoy copies its virtual machine for the others, and
    // compiles the module once.
    let listeners = [front(GOOD)].into_iter().chain(bad);
    // Served live, so that Envoy refuses each bad listener and keeps the rest.
    let world = World::with(listeners, Bootstrap::live);
    let log = world.envoy.log();
    let mut failures = Vec::new();
    for (at, diagnosis) in diagnoses.iter().enumerate() {
        let accepted = world.envoy.address(&number(at)).is_ok();
        if accepted != diagnosis.accepted {
            failures.push(format!("{}: accepted: expected {}, got {accepted}", diagnosis.name, diagnosis.accepted));
        }
        let missing = diagnosis.report.iter().filter(|line| !log.contains(*line));
        failures.extend(missing.map(|line| format!("{}: not in the log: {line}", diagnosis.name)));
    }
    world.assert_that_the_module_never_broke();
    failures
}

#[test]
fn an_empty_or_absent_configuration_is_refused_with_an_error_line() {
    for configuration in [Configuration::Absent, Configuration::Text(String::new()), Configuration::Bytes(Vec::new())] {
        let listener = Listener::new("front").filter(filter::corsac(&module(), &configuration));
        let verdict = binary().validate(&serving(listener).0).unwrap();
        assert!(!verdict.accepted, "{configuration:?}: {}", verdict.output);
        assert_that_all_are_in(&verdict.output, &["error[invalid-json] at "]);
    }
}

/// Envoy hands a `Struct` to a Wasm module as protobuf, and to a native module as JSON.
#[test]
fn a_struct_configuration_is_refused_with_the_type_to_write_instead_or_read_as_json() {
    let policy = Configuration::Struct(json!({ "allowOrigins": ["https://app.example"], "allowCredentials": true }));
    let listener = Listener::new("front").filter(filter::corsac(&module(), &policy));
    let verdict = binary().validate(&serving(listener).0).unwrap();
    assert_eq!(verdict.accepted, is_native(&module()), "{}", verdict.output);
    if verdict.accepted {
        return;
    }
    let named =
        verdict.output.lines().any(|line| line.contains("error[") && line.contains("google.protobuf.StringValue"));
    assert!(named, "{}", verdict.output);
}

#[test]
fn bytes_that_are_not_utf8_are_refused_without_breaking_the_module() {
    let policy = Configuration::Bytes(b"{ \"allowOrigins\": [\"https://\xff.example\"] }".to_vec());
    let listener = Listener::new("front").filter(filter::corsac(&module(), &policy));
    let verdict = binary().validate(&serving(listener).0).unwrap();
    assert!(!verdict.accepted, "{}", verdict.output);
    assert!(verdict.output.contains("error[invalid-json]"), "{}", verdict.output);
    assert!(!verdict.output.contains("panicked"), "{}", verdict.output);
}
