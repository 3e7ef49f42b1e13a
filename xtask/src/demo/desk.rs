//! Where policies are handed in: compiled here first, so that a bad one is told its mistakes, then given to Envoy.

use std::sync::{Mutex, MutexGuard, PoisonError};

use corsac_policy::{Code, Diagnostic, Tools, compile};
use corsac_testbed::envoy::{Envoy, Update};
use serde_json::{Value, json};

use super::configuration::Slot;
use super::place;

/// The policy in force, and the way to another one.
pub struct Desk {
    /// `None` once the demo has ended; connections that are still open may outlive it.
    envoy: Mutex<Option<Envoy>>,
    slot: Slot,
    shipped: String,
    in_force: Mutex<InForce>,
}

#[derive(Clone)]
pub struct InForce {
    pub policy: String,
    /// Counts the policies of a run, from 1.
    pub version: u64,
}

impl Desk {
    pub fn new(envoy: Envoy, slot: Slot, policy: String) -> Self {
        let in_force = InForce { policy: policy.clone(), version: 1 };
        Self { envoy: Mutex::new(Some(envoy)), slot, shipped: policy, in_force: Mutex::new(in_force) }
    }

    /// The policy that was in force at first.
    pub fn shipped(&self) -> &str {
        &self.shipped
    }

    /// Envoy's log, if it has ended by itself.
    pub fn sudden_end(&self) -> Option<String> {
        let mut envoy = lock(&self.envoy);
        let envoy = envoy.as_mut()?;
        if envoy.is_running() { None } else { Some(envoy.log()) }
    }

    /// Ends Envoy.
    pub fn end(&self) {
        lock(&self.envoy).take();
    }

    pub fn in_force(&self) -> InForce {
        lock(&self.in_force).clone()
    }

    /// Puts a policy in force, or says why the old one stays.
    pub fn apply(&self, policy: &str) -> Value {
        let (sound, diagnostics) = judged(policy);
        let mut in_force = lock(&self.in_force);
        let refused = |sentence: Option<String>| json!({ "applied": false, "version": in_force.version, "diagnostics": diagnostics, "sentence": sentence });
        if !sound {
            return refused(None);
        }
        let envoy = lock(&self.envoy);
        let Some(envoy) = envoy.as_ref() else { return refused(Some("The demo has ended.".to_owned())) };
        match envoy.update_filter_in(&self.slot.file, &self.slot.filled(policy)) {
            Ok(Update::Accepted) => {
                *in_force = InForce { policy: policy.to_owned(), version: in_force.version + 1 };
                json!({ "applied": true, "version": in_force.version, "diagnostics": diagnostics })
            }
            Ok(Update::Rejected) => refused(Some("Envoy has refused this policy; its log says why.".to_owned())),
            Err(error) => refused(Some(error.to_string())),
        }
    }
}

/// A thread that panicked has left nothing half-done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a policy compiles, and what is to be said of it.
pub fn judged(policy: &str) -> (bool, Value) {
    let to_ascii = |host: &str| idna::domain_to_ascii_strict(host).ok();
    let (sound, diagnostics) = match compile(policy.as_bytes(), &Tools { seed: [0; 2], to_ascii: Some(&to_ascii) }) {
        Ok(compiled) => (true, compiled.warnings),
        Err(rejected) => (false, rejected.diagnostics),
    };
    (sound, diagnostics.iter().map(|diagnostic| shown(diagnostic, policy)).collect())
}

/// A diagnostic as the page shows it. `start` and `end` are what it is about, `line` where that begins, and `fits` says
/// that the suggestion goes exactly there.
fn shown(diagnostic: &Diagnostic, policy: &str) -> Value {
    let (range, exact) = spot(diagnostic, policy);
    json!({
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "pointer": diagnostic.pointer,
        "sentence": diagnostic.sentence,
        "suggestion": diagnostic.suggestion.as_ref().map(ToString::to_string),
        "line": place::line(policy, range.start),
        "start": place::utf16(policy, range.start),
        "end": place::utf16(policy, range.end),
        "fits": exact && diagnostic.suggestion.is_some(),
    })
}

fn spot(diagnostic: &Diagnostic, policy: &str) -> (std::ops::Range<usize>, bool) {
    if diagnostic.code == Code::InvalidJson {
        let error = serde_json::from_str::<Value>(policy).err();
        let at = error.map_or(0, |error| place::offset(policy, error.line(), error.column()));
        return (at..at, false);
    }
    let Some(place) = place::find(policy, &diagnostic.pointer) else { return (0..0, false) };
    match place.key {
        // These are about a member's name, and so is their suggestion.
        Some(key) if place.exact && is_about_a_name(diagnostic.code) => (key, true),
        _ => (place.value, place.exact),
    }
}

fn is_about_a_name(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownField | Code::InvalidPolicyName | Code::DuplicateKey | Code::PrivateNetwork | Code::UnusedPolicy
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left after every suggestion that fits was taken, from the end to the beginning.
    fn corrected(policy: &str) -> String {
        let (_, diagnostics) = judged(policy);
        let mut units: Vec<u16> = policy.encode_utf16().collect();
        for diagnostic in diagnostics.as_array().into_iter().flatten().rev().filter(|one| one["fits"] == true) {
            let place = |name: &str| usize::try_from(diagnostic[name].as_u64().expect("a number")).expect("small");
            let suggestion = diagnostic["suggestion"].as_str().expect("a suggestion");
            units.splice(place("start")..place("end"), suggestion.encode_utf16());
        }
        String::from_utf16(&units).expect("text")
    }

    #[test]
    fn suggestions_fit_where_they_are_to_be_written() {
        let policy = r#"{ "allow_origins": ["https://A.example/"], "maxAge": "soon" }"#;
        assert!(corrected(policy).starts_with(r#"{ "allowOrigins": "#), "{}", corrected(policy));
        let policy = r#"{ "allowOrigins": ["https://ok.example", "https://A.example/"] }"#;
        assert_eq!(corrected(policy), r#"{ "allowOrigins": ["https://ok.example", "https://a.example"] }"#);
    }

    #[test]
    fn a_host_outside_ascii_gets_its_a_label() {
        let policy = r#"{ "allowOrigins": ["https://müller.example"] }"#;
        assert_eq!(corrected(policy), r#"{ "allowOrigins": ["https://xn--mller-kva.example"] }"#);
    }

    #[test]
    fn text_that_is_no_json_is_shown_where_it_breaks() {
        let (sound, diagnostics) = judged("{\n  \"allowOrigins\": [\n}");
        assert!(!sound);
        assert_eq!((&diagnostics[0]["line"], &diagnostics[0]["fits"]), (&json!(3), &json!(false)));
    }

    #[test]
    fn a_sound_policy_may_have_warnings_and_they_have_a_line() {
        let (sound, diagnostics) = judged("{ \"allowOrigins\": [\"https://a.example\"],\n  \"maxAge\": 86400 }");
        assert!(sound);
        assert_eq!((&diagnostics[0]["code"], &diagnostics[0]["line"]), (&json!("max-age-capped"), &json!(2)));
    }

    #[test]
    fn a_field_that_is_missing_points_at_what_lacks_it() {
        let (_, diagnostics) = judged("{}");
        assert_eq!((&diagnostics[0]["start"], &diagnostics[0]["end"]), (&json!(0), &json!(2)));
    }
}
