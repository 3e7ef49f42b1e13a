//! Objects and their fields: types, duplicates, and unknown names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::inherit::Member;
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::json::Value;
use crate::suggest::{listed, meant, plain, renamed};

pub(crate) type Members<'v> = [(Cow<'v, str>, Value<'v>)];

/// The fields of one object, each of a known name.
pub(crate) struct Fields<'v> {
    members: &'v Members<'v>,
    inherited: Vec<Member<'v>>,
}

impl<'v> Fields<'v> {
    /// Takes `value` as an object with `known` fields; reports another type, unknown names and duplicates.
    pub(crate) fn read(
        value: &'v Value<'v>,
        place: &Place<'_>,
        known: &[&str],
        what: &str,
        report: &mut Report,
    ) -> Option<Self> {
        let members = members(value, place, what, report)?;
        report_duplicates(members, place, report);
        for (key, _) in members {
            if !known.contains(&key.as_ref()) {
                report_unknown(key, known, &place.key(key), report);
            }
        }
        Some(Self { members, inherited: Vec::new() })
    }

    /// The same with fields that another object has written.
    pub(crate) fn inheriting(self, inherited: Vec<Member<'v>>) -> Self {
        Self { inherited, ..self }
    }

    /// The field's value, `null` included.
    pub(crate) fn get(&self, name: &str) -> Option<&'v Value<'v>> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The field's value, where `null` says the same as leaving it out; else the inherited one.
    pub(crate) fn get_non_null(&self, name: &str) -> Option<&'v Value<'v>> {
        let own = self.get(name).filter(|value| **value != Value::Null);
        own.or_else(|| self.inherited.iter().find(|(key, _)| key == name).map(|(_, value)| value))
    }

    /// The first of these fields that the document holds, in its own order.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<&'v str> {
        self.members.iter().map(|(key, _)| key.as_ref()).find(|key| names.contains(key))
    }
}

/// Takes `value` as an object.
pub(crate) fn members<'v>(
    value: &'v Value<'v>,
    place: &Place<'_>,
    what: &str,
    report: &mut Report,
) -> Option<&'v Members<'v>> {
    if let Value::Object(members) = value {
        return Some(members);
    }
    report.error(Code::InvalidType, place, format!("This is {}; {what} is an object.", value.kind()));
    None
}

pub(crate) fn report_duplicates(members: &Members<'_>, place: &Place<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (key, _) in members {
        if !seen.insert(key.as_ref()) {
            report.error(
                Code::DuplicateKey,
                &place.key(key),
                format!("{} stands here twice, and parsers differ on which of the two counts; keep one.", quoted(key)),
            );
        }
    }
}

fn report_unknown(key: &str, known: &[&str], place: &Place<'_>, report: &mut Report) {
    if plain(key).contains("privatenetwork") {
        report.error(
            Code::PrivateNetwork,
            place,
            "Private Network Access was replaced by Local Network Access, a permission prompt of the browser that no response header answers; remove this field.",
        );
        return;
    }
    report.error_with_fix(
        Code::UnknownField,
        place,
        format!("{} is not a field that Corsac knows here.", quoted(key)),
        meant(key, known).map(renamed),
    );
}

/// A boolean field; absent and `null` are `false`.
pub(crate) fn boolean(fields: &Fields<'_>, name: &str, place: &Place<'_>, report: &mut Report) -> bool {
    match fields.get_non_null(name) {
        None => false,
        Some(Value::Bool(value)) => *value,
        Some(value) => {
            let fix = match value {
                Value::String(text) if matches!(text.as_ref(), "true" | "false") => Some(text.to_string()),
                _ => None,
            };
            report.error_with_fix(
                Code::InvalidType,
                &place.key(name),
                format!("This is {}; {} is true or false.", value.kind(), quoted(name)),
                fix,
            );
            false
        }
    }
}

/// A field that takes one of a few words or numbers; absent and `null` are `None`.
pub(crate) fn choice<'n, T: Copy>(
    fields: &Fields<'_>,
    name: &str,
    choices: &[(&'n str, T)],
    place: &Place<'_>,
    report: &mut Report,
) -> Option<T> {
    let place = place.key(name);
    match fields.get_non_null(name)? {
        Value::String(text) => {
            let found = choices.iter().find(|(word, _)| word == text);
            if found.is_none() {
                let words: Vec<&'n str> = choices.iter().map(|(word, _)| *word).collect();
                let all: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                report.error_with_fix(
                    Code::InvalidValue,
                    &place,
                    format!("{} is {}, not {}.", quoted(name), all.join(" or "), quoted(text)),
                    meant(text, &words).map(quoted),
                );
            }
            found.map(|(_, choice)| *choice)
        }
        value => {
            report.error(Code::InvalidType, &place, format!("This is {}; {} is a string.", value.kind(), quoted(name)));
            None
        }
    }
}

/// The strings of a list, each with its index; `None` where the value is no list.
pub(crate) fn strings<'v>(
    value: &'v Value<'v>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Vec<(usize, &'v str)>> {
    let items = list(value, place, report)?;
    let mut strings = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match item {
            Value::String(text) => strings.push((index, text.as_ref())),
            other => {
                let sentence = format!("This is {}; the list holds strings.", other.kind());
                report.error(Code::InvalidType, &place.index(index), sentence);
            }
        }
    }
    Some(strings)
}

/// The items of a list; a lone string is reported with the list that it should be.
pub(crate) fn list<'v>(value: &'v Value<'v>, place: &Place<'_>, report: &mut Report) -> Option<&'v [Value<'v>]> {
    match value {
        Value::Array(items) => Some(items),
        other => {
            let fix = match other {
                Value::String(text) => Some(listed(text)),
                _ => None,
            };
            let sentence = format!("This is {}; a list of strings belongs here.", other.kind());
            report.error_with_fix(Code::InvalidType, place, sentence, fix);
            None
        }
    }
}
