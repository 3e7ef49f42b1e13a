//! Any bytes as a configuration. Nothing panics, and every diagnostic is well-formed. An accepted
//! configuration has the same meaning when another tool has rewritten its JSON.
#![no_main]

use std::collections::BTreeSet;

use corsac_fuzz::exchange;
use corsac_oracle::engine::answer;
use corsac_policy::{Compiled, Policies, Severity, Tools, compile};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let tools = Tools { seed: [3, 4], to_ascii: None };
    match compile(data, &tools) {
        Err(rejected) => {
            assert!(rejected.diagnostics.iter().any(|found| found.severity == Severity::Error));
            rejected.diagnostics.iter().for_each(check_diagnostic);
        }
        Ok(compiled) => {
            compiled.warnings.iter().for_each(check_diagnostic);
            check_rewritten(data, &compiled, &tools);
        }
    }
});

fn check_diagnostic(found: &corsac_policy::Diagnostic) {
    let line = found.to_string();
    assert!(!line.contains(['\n', '\r']), "more than one line: {line:?}");
    assert!(line.ends_with(['.', '!', ')']), "not a sentence: {line:?}");
}

/// The configuration with sorted keys, and with escapes and spaces as `serde_json` writes them.
fn check_rewritten(data: &[u8], compiled: &Compiled, tools: &Tools<'_>) {
    let document: Value = serde_json::from_slice(data).expect("a compiled configuration is JSON");
    let again = serde_json::to_vec_pretty(&document).expect("JSON");
    let again = compile(&again, tools).unwrap_or_else(|rejected| panic!("accepted once: {rejected}"));
    let lines = |compiled: &Compiled| compiled.warnings.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(lines(compiled), lines(&again));
    check_same(&compiled.policies, &again.policies, &document);
}

fn check_same(one: &Policies, other: &Policies, document: &Value) {
    let mut texts = vec!["https://a.example".to_owned(), "null".to_owned()];
    collect(document, &mut texts);
    // Any text of the configuration may be an interesting origin, path or host.
    for text in texts.iter().take(24) {
        for (method, authority, path) in [("GET", "api.test", text.as_str()), ("OPTIONS", text.as_str(), "/")] {
            let headers = [("origin", text.as_str()), ("access-control-request-method", "PUT")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.replace('*', "x").into_bytes()));
            let exchange = exchange(method, authority.as_bytes(), path.as_bytes(), headers.into());
            assert_eq!(answer(one, &exchange), answer(other, &exchange), "{exchange}");
        }
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect(member, texts)),
        _ => {}
    }
}
