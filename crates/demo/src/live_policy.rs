//! The policy in force, and its replacement: a new policy is compiled here, so that the page can
//! show its diagnostics, before Envoy gets it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use corsac_policy::{Code, Diagnostic, Suggestion, Tools, compile};
use corsac_testbed::envoy::{Envoy, Update};
use serde_json::{Value, json};

use crate::envoy_config::DiscoveredFilter;
use crate::json_span;

/// The policy in force. [`LivePolicy::apply`] replaces it.
pub struct LivePolicy {
    /// `None` after the demo has ended, since open connections may outlive it.
    envoy: Mutex<Option<Envoy>>,
    filter: DiscoveredFilter,
    shipped: String,
    in_force: Mutex<PolicyVersion>,
}

/// A policy that is or was in force.
#[derive(Clone)]
pub struct PolicyVersion {
    pub policy: String,
    /// Counts the policies of a run, from 1.
    pub number: u64,
}

impl LivePolicy {
    pub fn new(envoy: Envoy, filter: DiscoveredFilter, policy: String) -> Self {
        let in_force = PolicyVersion { policy: policy.clone(), number: 1 };
        Self { envoy: Mutex::new(Some(envoy)), filter, shipped: policy, in_force: Mutex::new(in_force) }
    }

    /// The first policy of the run.
    pub fn shipped(&self) -> &str {
        &self.shipped
    }

    /// Envoy's log, if Envoy has ended unexpectedly.
    pub fn log_if_envoy_has_ended(&self) -> Option<String> {
        let mut envoy = lock(&self.envoy);
        let envoy = envoy.as_mut()?;
        if envoy.is_running() { None } else { Some(envoy.log()) }
    }

    /// Stops Envoy.
    pub fn end(&self) {
        lock(&self.envoy).take();
    }

    /// The policy in force.
    pub fn in_force(&self) -> PolicyVersion {
        lock(&self.in_force).clone()
    }

    /// Puts a policy in force, or reports why the old one stays.
    pub fn apply(&self, policy: &str) -> Value {
        let (valid, diagnostics) = diagnose(policy);
        let mut in_force = lock(&self.in_force);
        let refused = |sentence: Option<String>| json!({ "applied": false, "version": in_force.number, "diagnostics": diagnostics, "sentence": sentence });
        if !valid {
            return refused(None);
        }
        let envoy = lock(&self.envoy);
        let Some(envoy) = envoy.as_ref() else { return refused(Some("The demo has ended.".to_owned())) };
        match envoy.update_filter_in(&self.filter.file, &self.filter.with_policy(policy)) {
            Ok(Update::Accepted) => {
                *in_force = PolicyVersion { policy: policy.to_owned(), number: in_force.number + 1 };
                json!({ "applied": true, "version": in_force.number, "diagnostics": diagnostics })
            }
            Ok(Update::Rejected) => refused(Some("Envoy has refused this policy; its log says why.".to_owned())),
            Err(error) => refused(Some(error.to_string())),
        }
    }
}

/// A thread that panicked cannot have left these incomplete.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a policy compiles, and its diagnostics for the page.
pub fn diagnose(policy: &str) -> (bool, Value) {
    let to_ascii = |host: &str| idna::domain_to_ascii_strict(host).ok();
    let (valid, diagnostics) = match compile(policy.as_bytes(), &Tools { seed: [0; 2], to_ascii: Some(&to_ascii) }) {
        Ok(compiled) => (true, compiled.warnings),
        Err(rejected) => (false, rejected.diagnostics),
    };
    (valid, diagnostics.iter().map(|diagnostic| shown(diagnostic, policy)).collect())
}

/// A diagnostic for the page. `start` and `end` delimit its text, `line` is where the text begins,
/// and `fits` says that the suggestion replaces exactly this text.
fn shown(diagnostic: &Diagnostic, policy: &str) -> Value {
    let (range, part) = text_range(diagnostic, policy);
    let (suggestion, advice) = match &diagnostic.suggestion {
        Some(Suggestion::Nothing) => (None, " Leave it out."),
        suggestion => (suggestion.as_ref(), ""),
    };
    json!({
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "pointer": diagnostic.pointer,
        "sentence": format!("{}{advice}", diagnostic.sentence),
        "suggestion": suggestion.map(ToString::to_string),
        "line": json_span::line(policy, range.start),
        "start": json_span::utf16(policy, range.start),
        "end": json_span::utf16(policy, range.end),
        "fits": suggestion.is_some_and(|suggestion| fits(suggestion, part)),
    })
}

/// The part of a document that a diagnostic is shown at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The name of the member.
    Name,
    /// The value.
    Value,
    /// Only a place nearby.
    Nearby,
}

/// Whether the text of a suggestion can replace that part.
fn fits(suggestion: &Suggestion, part: Part) -> bool {
    match suggestion {
        Suggestion::Value(_) => part == Part::Value,
        Suggestion::Entries(entries) => part == Part::Value && !entries.is_empty(),
        Suggestion::Member { value, .. } => part == Part::Name && value.is_none(),
        Suggestion::Nothing | Suggestion::Contents => false,
    }
}

fn text_range(diagnostic: &Diagnostic, policy: &str) -> (std::ops::Range<usize>, Part) {
    if diagnostic.code == Code::InvalidJson {
        let error = serde_json::from_str::<Value>(policy).err();
        let at = error.map_or(0, |error| json_span::offset(policy, error.line(), error.column()));
        return (at..at, Part::Nearby);
    }
    let Some(span) = json_span::find(policy, &diagnostic.pointer) else { return (0..0, Part::Nearby) };
    let renames = matches!(diagnostic.suggestion, Some(Suggestion::Member { .. }));
    match span.key {
        Some(key) if span.exact && (renames || is_about_a_name(diagnostic.code)) => (key, Part::Name),
        _ => (span.value, if span.exact { Part::Value } else { Part::Nearby }),
    }
}

/// Diagnostics about a member's name.
fn is_about_a_name(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownField | Code::InvalidPolicyName | Code::DuplicateKey | Code::PrivateNetwork | Code::UnusedPolicy
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy after every suggestion that fits was applied, from the end to the beginning.
    fn corrected(policy: &str) -> String {
        let (_, diagnostics) = diagnose(policy);
        let mut units: Vec<u16> = policy.encode_utf16().collect();
        for diagnostic in diagnostics.as_array().into_iter().flatten().rev().filter(|one| one["fits"] == true) {
            let place = |name: &str| usize::try_from(diagnostic[name].as_u64().expect("a number")).expect("small");
            let suggestion = diagnostic["suggestion"].as_str().expect("a suggestion");
            units.splice(place("start")..place("end"), suggestion.encode_utf16());
        }
        String::from_utf16(&units).expect("text")
    }

    #[test]
    fn suggestions_fit_the_text_that_they_replace() {
        let policy = r#"{ "allow_origins": ["https://A.example/"], "maxAge": "soon" }"#;
        assert!(corrected(policy).starts_with(r#"{ "allowOrigins": "#), "{}", corrected(policy));
        let policy = r#"{ "allowOrigins": ["https://ok.example", "https://A.example/"] }"#;
        assert_eq!(corrected(policy), r#"{ "allowOrigins": ["https://ok.example", "https://a.example"] }"#);
    }

    #[test]
    fn a_suggestion_that_text_cannot_replace_does_not_fit() {
        let renamed = Suggestion::Member { key: "a".to_owned(), value: None };
        let replaced = Suggestion::Member { key: "a".to_owned(), value: Some("1".to_owned()) };
        assert!(fits(&renamed, Part::Name) && !fits(&renamed, Part::Value));
        for suggestion in [replaced, Suggestion::Nothing, Suggestion::Entries(Vec::new())] {
            assert!(![Part::Name, Part::Value, Part::Nearby].iter().any(|part| fits(&suggestion, *part)));
        }
    }

    #[test]
    fn a_host_outside_ascii_gets_its_a_label() {
        let policy = r#"{ "allowOrigins": ["https://müller.example"] }"#;
        assert_eq!(corrected(policy), r#"{ "allowOrigins": ["https://xn--mller-kva.example"] }"#);
    }

    #[test]
    fn text_that_is_not_json_is_shown_where_it_breaks() {
        let (valid, diagnostics) = diagnose("{\n  \"allowOrigins\": [\n}");
        assert!(!valid);
        assert_eq!((&diagnostics[0]["line"], &diagnostics[0]["fits"]), (&json!(3), &json!(false)));
    }

    #[test]
    fn a_valid_policy_may_have_warnings_and_they_have_a_line() {
        let (valid, diagnostics) = diagnose("{ \"allowOrigins\": [\"https://a.example\"],\n  \"maxAge\": 86400 }");
        assert!(valid);
        assert_eq!((&diagnostics[0]["code"], &diagnostics[0]["line"]), (&json!("max-age-capped"), &json!(2)));
    }

    #[test]
    fn a_missing_field_points_at_the_object_that_lacks_it() {
        let (_, diagnostics) = diagnose("{}");
        assert_eq!((&diagnostics[0]["start"], &diagnostics[0]["end"]), (&json!(0), &json!(2)));
    }
}
