//! A document in other systems' words, put into ours before it is read.
//!
//! What is written under another name is an error: nobody should have to know two names for one
//! thing. But its value is read under its true name at once, so that all problems of the document
//! come at once.

mod matcher;
mod source;
mod synonyms;
mod values;
mod wrapper;

use std::borrow::Cow;

use super::fields::{Members, report_duplicate, switch};
use super::names::{POLICY, RULE, SEVERAL, TRIAL, top_fields};
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::json::Value;
use crate::suggest::{meant, plain};
use values::{Share, as_list, as_regexes};

pub(crate) use source::Source;
pub use synonyms::{Synonym, synonym};
pub(super) use values::text;

type Member<'v> = (Cow<'v, str>, Value<'v>);

/// What a document is in our words.
pub(crate) enum Translation<'v> {
    /// What it is: nothing was to be translated.
    Itself,
    Document(Value<'v>),
    /// A document of another system; reported.
    Foreign,
}

/// Translates a document; `source` tells then where its values were written.
#[inline(never)]
pub(crate) fn translate<'v>(document: &Value<'v>, source: &mut Source, report: &mut Report) -> Translation<'v> {
    let top = top_fields();
    if is_ours(document, &top) {
        return Translation::Itself;
    }
    let Some(inner) = wrapper::unwrap(document, source, report) else { return Translation::Foreign };
    let mut translated = inner.clone();
    Translator { source, report }.document(&mut translated, &top);
    Translation::Document(translated)
}

/// Whether every name in a document is ours.
fn is_ours(document: &Value<'_>, top: &[&'static str]) -> bool {
    let Value::Object(members) = document else { return true };
    is_our_policy(document, top)
        && members.iter().all(|(key, value)| match (key.as_ref(), value) {
            ("policies", Value::Object(policies)) => policies.iter().all(|(_, policy)| is_our_policy(policy, POLICY)),
            ("rules", Value::Array(rules)) => rules.iter().all(|rule| is_ours_in(rule, RULE)),
            _ => true,
        })
}

/// A policy with its trial.
fn is_our_policy(policy: &Value<'_>, known: &[&'static str]) -> bool {
    let Value::Object(members) = policy else { return true };
    is_ours_in(policy, known) && members.iter().all(|(key, value)| key != TRIAL || is_ours_in(value, POLICY))
}

#[inline(never)]
fn is_ours_in(object: &Value<'_>, known: &[&'static str]) -> bool {
    let Value::Object(members) = object else { return true };
    members.iter().all(|(key, value)| known.contains(&key.as_ref()) && !matcher::is_foreign_list(key, value))
}

struct Translator<'r> {
    source: &'r mut Source,
    report: &'r mut Report,
}

/// A member of an object that is being translated.
struct Written<'m, 'v> {
    key: &'m str,
    value: &'m Value<'v>,
    /// Itself and the members beside it.
    members: &'m Members<'v>,
    object: &'m Place<'m>,
}

impl<'v> Translator<'_> {
    fn document(&mut self, document: &mut Value<'v>, top: &[&'static str]) {
        let Value::Object(members) = document else { return };
        if !members.iter().any(|(key, _)| SEVERAL.contains(&key.as_ref())) {
            return self.policy(document, &Place::TOP, top);
        }
        for (key, value) in members {
            let place = Place::TOP.key(key);
            match (key.as_ref(), value) {
                ("policies", Value::Object(policies)) => {
                    for (name, policy) in policies {
                        self.policy(policy, &place.key(name), POLICY);
                    }
                }
                ("rules", Value::Array(rules)) => {
                    for (index, rule) in rules.iter_mut().enumerate() {
                        self.object(rule, &place.index(index), RULE, synonyms::of_rule);
                    }
                }
                _ => {}
            }
        }
    }

    /// A policy with its trial.
    fn policy(&mut self, value: &mut Value<'v>, place: &Place<'_>, known: &[&'static str]) {
        self.object(value, place, known, synonym);
        let Value::Object(members) = value else { return };
        for (_, trial) in members.iter_mut().filter(|(key, _)| key == TRIAL) {
            self.object(trial, &place.trial(), POLICY, synonym);
        }
    }

    /// An object with `known` fields.
    #[inline(never)]
    fn object(
        &mut self,
        value: &mut Value<'v>,
        object: &Place<'_>,
        known: &[&'static str],
        synonym: fn(&str) -> Option<Synonym>,
    ) {
        let Value::Object(translated) = value else { return };
        let members = std::mem::take(translated);
        // What has its true name comes first: values under other names join it.
        for member in &members {
            if meaning(&member.0, known, synonym).is_none() {
                translated.push(member.clone());
            }
        }
        for (index, (key, value)) in members.iter().enumerate() {
            let Some(meaning) = meaning(key, known, synonym) else { continue };
            if members.iter().take(index).any(|(earlier, _)| earlier == key) {
                report_duplicate(key, object, self.report);
            } else {
                self.member(&Written { key, value, members: &members, object }, meaning, translated);
            }
        }
        self.matchers(translated, object);
    }

    fn member(&mut self, member: &Written<'_, 'v>, synonym: Synonym, translated: &mut Vec<Member<'v>>) {
        let on = switch(member.value);
        let (field, value) = match (synonym, on) {
            // Express's `origin: true`.
            (Synonym::Field(field @ "allowOrigins"), _) if *member.value == Value::Bool(true) => (field, Some(any())),
            (Synonym::Field(field), _) | (Synonym::Everything(field), None) => (field, None),
            (Synonym::Regexes, _) => ("allowOrigins", as_regexes(member.value)),
            (Synonym::Everything(field), Some(true)) => (field, Some(any())),
            (Synonym::ForwardsPreflights, Some(true)) => ("preflights", Some(Value::String("forward".into()))),
            (Synonym::ForwardsUnmatched, Some(true)) => ("unmatchedPreflights", Some(Value::String("FORWARD".into()))),
            (Synonym::Shadow, _) if member.is_shadow_alone() => ("reportOnly", Some(Value::Bool(true))),
            _ => return self.report_fieldless(member, synonym),
        };
        self.rename(member, field, value, translated);
    }

    /// Reports a member that is no field under any name.
    fn report_fieldless(&mut self, member: &Written<'_, 'v>, synonym: Synonym) {
        let share = match synonym {
            Synonym::Needless | Synonym::Everything(_) => Some(Share::All),
            Synonym::ForwardsPreflights | Synonym::ForwardsUnmatched => switch(member.value).map(|_| Share::All),
            Synonym::Off => switch(member.value).map(|off| Share::from(!off)),
            // Where the policy is enforced, nothing is left for a shadow; where the shadow is
            // alone, it says so.
            Synonym::Shadow => {
                Share::of(member.value).map(|share| if share == Share::Some { share } else { Share::All })
            }
            Synonym::Enabled if member.is_shadow_alone() => Some(Share::All),
            _ => Share::of(member.value),
        };
        let sentence = match share {
            Some(Share::All) => {
                let sentence = format!("Corsac needs no {}.", quoted(member.key));
                return self.say(Code::UnknownField, member, &sentence, Some(Suggestion::Nothing));
            }
            Some(Share::None) => {
                "This switches the policy off, and a policy here is always on. To leave requests alone, write a rule with \"policy\": null."
            }
            Some(Share::Some) => "A policy here is for all requests, and for no share of them.",
            None => &unknown(member.key),
        };
        self.say(Code::UnknownField, member, sentence, None);
    }

    /// Reports the member's true name and adds it under that. `value`: where it changes with the
    /// name.
    #[inline(never)]
    fn rename(
        &mut self,
        member: &Written<'_, 'v>,
        field: &'static str,
        value: Option<Value<'v>>,
        translated: &mut Vec<Member<'v>>,
    ) {
        let (place, source) = (member.object.key(field).pointer(), member.object.key(member.key).pointer());
        let is_lone = !matches!(member.value, Value::Array(_));
        let present = translated.iter_mut().find(|(key, value)| key == field && !matches!(value, Value::Null));
        let Some((_, present)) = present else {
            self.report_name(member, &unknown(member.key), field, value.as_ref().and_then(text));
            let value = value.unwrap_or_else(|| member.value.clone());
            self.source.add(&place, &source, entries(&value), is_lone);
            return translated.push((Cow::Borrowed(field), value));
        };
        if field != "allowOrigins" || member.key == "allowOrigin" {
            return self.report_twice(member, field);
        }
        let value = as_list(value.unwrap_or_else(|| member.value.clone()));
        let sentence = "Corsac has one list of origins. These entries belong in it.";
        self.report_name(member, sentence, field, text(&value));
        // A text in place of the list is reported where it is read, and the two become one after
        // that.
        if let (Value::Array(present), Value::Array(added)) = (present, value) {
            if !self.source.knows(&place) {
                self.source.add(&place, &place, present.len(), false);
            }
            self.source.add(&place, &source, added.len(), is_lone);
            present.extend(added);
        }
    }

    fn report_name(&mut self, member: &Written<'_, 'v>, sentence: &str, field: &str, value: Option<String>) {
        self.say(Code::UnknownField, member, sentence, Some(Suggestion::Member { key: field.to_owned(), value }));
    }

    fn report_twice(&mut self, member: &Written<'_, 'v>, field: &str) {
        if member.key == "allowOrigin" {
            let sentence = "Istio reads no \"allowOrigin\" where \"allowOrigins\" is written, and nor does Corsac.";
            return self.say(Code::DuplicateKey, member, sentence, Some(Suggestion::Nothing));
        }
        let (key, field) = (quoted(member.key), quoted(field));
        let sentence = format!("{key} means the same as {field}, which is here too. Keep one.");
        self.say(Code::DuplicateKey, member, &sentence, None);
    }

    #[cold]
    #[inline(never)]
    fn say(&mut self, code: Code, member: &Written<'_, 'v>, sentence: &str, fix: Option<Suggestion>) {
        self.report.error_with_fix(code, &member.object.key(member.key), sentence, fix);
    }

    /// Translates the matchers among the origins.
    fn matchers(&mut self, translated: &mut [Member<'v>], object: &Place<'_>) {
        let place = object.key("allowOrigins");
        for (key, value) in translated {
            let Value::Array(entries) = value else { continue };
            if key != "allowOrigins" {
                continue;
            }
            for (index, entry) in entries.iter_mut().enumerate() {
                self.matcher(entry, &place.index(index));
            }
        }
    }
}

impl Written<'_, '_> {
    /// Whether Envoy only counts what the policy would refuse, for all requests.
    fn is_shadow_alone(&self) -> bool {
        self.share(Synonym::Shadow) == Some(Share::All) && self.share(Synonym::Enabled) == Some(Share::None)
    }

    /// The share of the requests that the member of this meaning names, here or beside this one.
    fn share(&self, meaning: Synonym) -> Option<Share> {
        let (_, value) = self.members.iter().find(|(key, _)| synonym(key) == Some(meaning))?;
        Share::of(value)
    }
}

/// What a member with this key means, where that is not its name.
fn meaning(key: &str, known: &[&'static str], synonym: fn(&str) -> Option<Synonym>) -> Option<Synonym> {
    if known.contains(&key) || plain(key).contains("privatenetwork") {
        return None;
    }
    synonym(key).filter(|synonym| synonym.fits(known)).or_else(|| meant(key, known).map(Synonym::Field))
}

/// `["*"]`
fn any() -> Value<'static> {
    Value::Array(vec![Value::String("*".into())])
}

fn unknown(key: &str) -> String {
    format!("{} is not a field that Corsac knows here.", quoted(key))
}

/// How many entries a value that becomes a field has.
fn entries(value: &Value<'_>) -> usize {
    match value {
        Value::Array(items) => items.len(),
        _ => usize::MAX,
    }
}
