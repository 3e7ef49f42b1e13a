//! Objects and their fields: types, duplicates, and unknown names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::json::Value;
use crate::placeholder;
use crate::suggest::{listed, meant, plain};

pub(crate) type Members<'v> = [(Cow<'v, str>, Value<'v>)];
/// One of them.
pub(crate) type Member<'v> = &'v (Cow<'v, str>, Value<'v>);

/// The fields of one object, each of a known name.
pub(crate) struct Fields<'v> {
    members: &'v Members<'v>,
    inherited: Vec<Member<'v>>,
}

impl<'v> Fields<'v> {
    /// Takes `value` as an object with `known` fields; reports another type, unknown names and
    /// duplicates.
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
                report_unknown(key, &place.key(key), report);
            }
        }
        Some(Self { members, inherited: Vec::new() })
    }

    /// The same with fields that another object has written.
    pub(crate) fn inheriting(self, inherited: Vec<Member<'v>>) -> Self {
        Self { inherited, ..self }
    }

    /// The fields of an object that was read already.
    pub(crate) fn of(members: &'v Members<'v>) -> Self {
        Self { members, inherited: Vec::new() }
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
            report_duplicate(key, place, report);
        }
    }
}

#[cold]
pub(crate) fn report_duplicate(key: &str, object: &Place<'_>, report: &mut Report) {
    let sentence = format!("{} is here twice, and parsers differ on which of the two counts. Keep one.", quoted(key));
    report.error(Code::DuplicateKey, &object.key(key), sentence);
}

/// A name that means nothing here: [`super::translate`] knows the others.
fn report_unknown(key: &str, place: &Place<'_>, report: &mut Report) {
    if plain(key).contains("privatenetwork") {
        let sentence = "Private Network Access was replaced by Local Network Access, a permission prompt of the browser that no response header answers.";
        report.error_with_fix(Code::PrivateNetwork, place, sentence, Some(Suggestion::Nothing));
        return;
    }
    report.error(Code::UnknownField, place, format!("{} is not a field that Corsac knows here.", quoted(key)));
}

/// A boolean field; absent and `null` are `false`.
pub(crate) fn boolean(fields: &Fields<'_>, name: &str, place: &Place<'_>, report: &mut Report) -> bool {
    match fields.get_non_null(name) {
        None => false,
        Some(Value::Bool(value)) => *value,
        Some(value) => {
            let sentence = format!("This is {}; {} is true or false.", value.kind(), quoted(name));
            report_value(
                Code::InvalidType,
                value,
                &place.key(name),
                sentence,
                switch(value).map(|on| on.to_string()),
                report,
            );
            false
        }
    }
}

/// What a switch says in the words of any format: `"True"`, `"yes"`, `1`.
pub(crate) fn switch(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(*on),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "y" | "enabled" => Some(true),
            "false" | "no" | "off" | "0" | "n" | "disabled" | "" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Reports a value that is not what the field takes, or a placeholder that was not filled in.
#[cold]
#[inline(never)]
pub(crate) fn report_value(
    code: Code,
    value: &Value<'_>,
    place: &Place<'_>,
    sentence: impl Into<String>,
    fix: Option<impl Into<Suggestion>>,
    report: &mut Report,
) {
    let unfilled = match value {
        Value::String(text) => placeholder::sentence(text),
        _ => None,
    };
    match unfilled {
        Some(sentence) => report.error(Code::UnfilledPlaceholder, place, sentence),
        None => report.error_with_fix(code, place, sentence, fix),
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
        value @ Value::String(text) => {
            let found = choices.iter().find(|(word, _)| word == text);
            if found.is_none() {
                let words: Vec<&'n str> = choices.iter().map(|(word, _)| *word).collect();
                let all: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                let sentence = format!("{} is {}, not {}.", quoted(name), all.join(" or "), quoted(text));
                report_value(Code::InvalidValue, value, &place, sentence, meant(text, &words).map(quoted), report);
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
            report_value(Code::InvalidType, other, place, sentence, fix, report);
            None
        }
    }
}
