//! A document in other systems' words, put into ours before it is read.
//!
//! What is written under another name is an error: nobody should have to know two names for one thing. But its value is read
//! under its true name at once, so that all problems of the document come at once.

mod matcher;
mod source;
mod synonyms;
mod values;
mod wrapper;

use std::borrow::Cow;

use super::fields::{Members, report_duplicate, switch};
use super::{SEVERAL, TOP, policy, rules};
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::json::{self, Value};
use crate::suggest::{meant, plain};
use values::{Share, as_list, as_regexes};

pub(crate) use source::Source;
pub use synonyms::{Synonym, synonym};

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
    let Some(inner) = wrapper::unwrap(document, source, report) else { return Translation::Foreign };
    let Value::Object(members) = inner else { return Translation::Itself };
    let mut translator = Translator { source, report };
    let translated = if members.iter().any(|(key, _)| SEVERAL.contains(&key.as_ref())) {
        translator.several(members)
    } else {
        let known: Vec<&str> = policy::FIELDS.iter().chain(TOP).copied().collect();
        translator.object(members, &Place::TOP, &known, synonym)
    };
    match translated {
        Some(members) => Translation::Document(Value::Object(members)),
        None if std::ptr::eq(inner, document) => Translation::Itself,
        None => Translation::Document(inner.clone()),
    }
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

/// How a member reads in our words.
struct Read<'v> {
    field: &'static str,
    value: Value<'v>,
    /// The value as text, where it changes with the name.
    text: Option<String>,
    /// What was no list became one.
    is_lone: bool,
}

impl<'v> Translator<'_> {
    /// Policies and rules. `None`: nothing was to be translated.
    fn several(&mut self, members: &Members<'v>) -> Option<Vec<Member<'v>>> {
        let mut translated: Option<Vec<Member<'v>>> = None;
        for (index, (key, value)) in members.iter().enumerate() {
            let place = Place::TOP.key(key);
            let new = match (key.as_ref(), value) {
                ("policies", Value::Object(policies)) => self.policies(policies, &place).map(Value::Object),
                ("rules", Value::Array(rules)) => self.rules(rules, &place).map(Value::Array),
                _ => None,
            };
            if let Some(new) = new {
                let all = translated.get_or_insert_with(|| members.to_vec());
                if let Some((_, value)) = all.get_mut(index) {
                    *value = new;
                }
            }
        }
        translated
    }

    fn policies(&mut self, policies: &Members<'v>, place: &Place<'_>) -> Option<Vec<Member<'v>>> {
        let mut translated = None;
        for (index, (name, policy)) in policies.iter().enumerate() {
            let Value::Object(members) = policy else { continue };
            if let Some(new) = self.object(members, &place.key(name), policy::FIELDS, synonym) {
                let all: &mut Vec<Member<'v>> = translated.get_or_insert_with(|| policies.to_vec());
                if let Some((_, policy)) = all.get_mut(index) {
                    *policy = Value::Object(new);
                }
            }
        }
        translated
    }

    fn rules(&mut self, rules: &[Value<'v>], place: &Place<'_>) -> Option<Vec<Value<'v>>> {
        let mut translated = None;
        for (index, rule) in rules.iter().enumerate() {
            let Value::Object(members) = rule else { continue };
            if let Some(new) = self.object(members, &place.index(index), rules::FIELDS, synonyms::of_rule) {
                let all: &mut Vec<Value<'v>> = translated.get_or_insert_with(|| rules.to_vec());
                if let Some(rule) = all.get_mut(index) {
                    *rule = Value::Object(new);
                }
            }
        }
        translated
    }

    /// An object with `known` fields.
    fn object(
        &mut self,
        members: &Members<'v>,
        object: &Place<'_>,
        known: &[&'static str],
        synonym: fn(&str) -> Option<Synonym>,
    ) -> Option<Vec<Member<'v>>> {
        if members.iter().all(|(key, value)| known.contains(&key.as_ref()) && !matcher::is_foreign_list(key, value)) {
            return None;
        }
        // What has its true name comes first: values under other names join it.
        let mut translated: Vec<Member<'v>> = Vec::with_capacity(members.len());
        let meanings: Vec<Option<Synonym>> = members.iter().map(|(key, _)| meaning(key, known, synonym)).collect();
        for (member, _) in members.iter().zip(&meanings).filter(|(_, meaning)| meaning.is_none()) {
            translated.push(member.clone());
        }
        for (index, ((key, value), meaning)) in members.iter().zip(&meanings).enumerate() {
            let Some(meaning) = meaning else { continue };
            if members.iter().take(index).any(|(earlier, _)| earlier == key) {
                report_duplicate(key, object, self.report);
            } else {
                self.member(&Written { key, value, members, object }, *meaning, &mut translated);
            }
        }
        self.matchers(&mut translated, object);
        Some(translated)
    }

    fn member(&mut self, member: &Written<'_, 'v>, synonym: Synonym, translated: &mut Vec<Member<'v>>) {
        let on = switch(member.value);
        match synonym {
            Synonym::Field(field) => self.rename(member, member.same(field), translated),
            Synonym::Regexes => self.rename(member, member.regexes(), translated),
            Synonym::Everything(field) => match on {
                Some(true) => self.rename(member, member.everything(field), translated),
                Some(false) => self.needless(member),
                None => self.rename(member, member.same(field), translated),
            },
            Synonym::ForwardsPreflights => match on {
                Some(true) => self.rename(member, member.text("preflights", "forward"), translated),
                Some(false) => self.needless(member),
                None => self.unknown(member),
            },
            Synonym::ForwardsUnmatched => match on {
                Some(true) => self.rename(member, member.text("unmatchedPreflights", "FORWARD"), translated),
                Some(false) => self.needless(member),
                None => self.unknown(member),
            },
            Synonym::On => self.switch(member, on.map(Share::from)),
            Synonym::Off => self.switch(member, on.map(|off| Share::from(!off))),
            Synonym::Enabled => match (Share::of(member.value), member.shadow()) {
                (Some(Share::None), Some(Share::All)) => self.needless(member),
                (share, _) => self.switch(member, share),
            },
            Synonym::Shadow => match (Share::of(member.value), member.enabled()) {
                (Some(Share::All), Some(Share::None)) => self.rename(member, member.report_only(), translated),
                (Some(Share::All | Share::None), _) => self.needless(member),
                (share, _) => self.switch(member, share),
            },
            Synonym::Needless => self.needless(member),
        }
    }

    /// Reports the member's true name and adds it under that.
    fn rename(&mut self, member: &Written<'_, 'v>, read: Read<'v>, translated: &mut Vec<Member<'v>>) {
        let Read { field, value, text, is_lone } = read;
        let place = member.object.key(member.key);
        let field_place = member.object.key(field);
        if let Some((_, present)) = translated.iter_mut().find(|(key, value)| key == field && *value != Value::Null) {
            if field == "allowOrigins" && member.key != "allowOrigin" {
                self.merge(member, present, value, text);
            } else {
                self.report_twice(member, field, *present == value);
            }
            return;
        }
        let sentence = format!("{} is not a field that Corsac knows here.", quoted(member.key));
        let name = Suggestion::Member { key: field.to_owned(), value: text };
        self.report.error_with_fix(Code::UnknownField, &place, sentence, Some(name));
        self.source.add(&field_place.pointer(), &place.pointer(), entries(&value), is_lone);
        translated.push((Cow::Borrowed(field), value));
    }

    /// Adds origins under another name to the list that is there.
    fn merge(&mut self, member: &Written<'_, 'v>, present: &mut Value<'v>, value: Value<'v>, text: Option<String>) {
        let place = member.object.key(member.key);
        let field = member.object.key("allowOrigins").pointer();
        let is_list = matches!(value, Value::Array(_));
        let is_lone = text.is_some() && !matches!(member.value, Value::Array(_));
        let Some(added) = as_list(value) else { return self.unknown(member) };
        let mut list = text.unwrap_or_default();
        if list.is_empty() {
            json::write(&mut list, &Value::Array(added.clone()));
        }
        let sentence = "Corsac has one list of origins. These entries belong in it.";
        let name = Suggestion::Member { key: "allowOrigins".to_owned(), value: Some(list) };
        self.report.error_with_fix(Code::UnknownField, &place, sentence, Some(name));
        // A text in place of the list is reported where it is read, and the two become one after that.
        let Value::Array(present) = present else { return };
        if !self.source.knows(&field) {
            self.source.add(&field, &field, present.len(), false);
        }
        self.source.add(&field, &place.pointer(), added.len(), is_lone || !is_list);
        present.extend(added);
    }

    fn report_twice(&mut self, member: &Written<'_, 'v>, field: &str, is_same: bool) {
        let place = member.object.key(member.key);
        if member.key == "allowOrigin" {
            let sentence = "Istio reads no \"allowOrigin\" where \"allowOrigins\" is written, and nor does Corsac.";
            self.report.error_with_fix(Code::DuplicateKey, &place, sentence, Some(Suggestion::Nothing));
            return;
        }
        let keep = if is_same { "" } else { " Keep one." };
        let sentence = format!("{} means the same as {}, which is here too.{keep}", quoted(member.key), quoted(field));
        self.report.error_with_fix(Code::DuplicateKey, &place, sentence, is_same.then_some(Suggestion::Nothing));
    }

    /// Reports a switch for the whole policy.
    fn switch(&mut self, member: &Written<'_, 'v>, share: Option<Share>) {
        let sentence = match share {
            Some(Share::All) => return self.needless(member),
            Some(Share::None) => {
                "This switches the policy off, and a policy here is always on. To leave requests alone, write a rule with \"policy\": null."
            }
            Some(Share::Some) => "A policy here is for all requests, and for no share of them.",
            None => return self.unknown(member),
        };
        self.report.error(Code::UnknownField, &member.object.key(member.key), sentence);
    }

    fn needless(&mut self, member: &Written<'_, 'v>) {
        let sentence = format!("Corsac needs no {}.", quoted(member.key));
        let place = member.object.key(member.key);
        self.report.error_with_fix(Code::UnknownField, &place, sentence, Some(Suggestion::Nothing));
    }

    fn unknown(&mut self, member: &Written<'_, 'v>) {
        let sentence = format!("{} is not a field that Corsac knows here.", quoted(member.key));
        self.report.error(Code::UnknownField, &member.object.key(member.key), sentence);
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
                if let Some(new) = self.matcher(entry, &place.index(index)) {
                    *entry = new;
                }
            }
        }
    }
}

impl<'v> Written<'_, 'v> {
    fn same(&self, field: &'static str) -> Read<'v> {
        Read { field, value: self.value.clone(), text: None, is_lone: false }
    }

    fn regexes(&self) -> Read<'v> {
        let Some(entries) = as_regexes(self.value) else { return self.same("allowOrigins") };
        let is_lone = !matches!(self.value, Value::Array(_));
        let value = Value::Array(entries);
        let mut text = String::new();
        json::write(&mut text, &value);
        Read { field: "allowOrigins", value, text: Some(text), is_lone }
    }

    fn everything(&self, field: &'static str) -> Read<'v> {
        let value = Value::Array(vec![Value::String("*".into())]);
        Read { field, value, text: Some("[\"*\"]".to_owned()), is_lone: true }
    }

    fn text(&self, field: &'static str, word: &'static str) -> Read<'v> {
        Read { field, value: Value::String(word.into()), text: Some(quoted(word)), is_lone: false }
    }

    fn report_only(&self) -> Read<'v> {
        Read { field: "reportOnly", value: Value::Bool(true), text: Some("true".to_owned()), is_lone: false }
    }

    fn enabled(&self) -> Option<Share> {
        self.share(Synonym::Enabled)
    }

    fn shadow(&self) -> Option<Share> {
        self.share(Synonym::Shadow)
    }

    /// The share of the requests that a member of this meaning beside this one names.
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

/// How many entries a value that becomes a field has.
fn entries(value: &Value<'_>) -> usize {
    match value {
        Value::Array(items) => items.len(),
        _ => usize::MAX,
    }
}
