//! Matchers among the origins: `{"type": "Exact", "value": "…"}`, `{"safe_regex": {"regex": "…"}}`,
//! `{"startsWith": "…"}`.

use std::borrow::Cow;

use super::values::text as text_of;
use super::{Member, Translator, synonyms};
use crate::config::fields::Members;
use crate::config::names::MATCHER;
use crate::diagnostic::{Code, Place, Suggestion, quoted};
use crate::json::Value;
use crate::suggest::{meant, plain};

/// Whether this is the list of origins with a matcher that is not in our words.
pub(super) fn is_foreign_list(key: &str, value: &Value<'_>) -> bool {
    let is_foreign = |entry: &Value<'_>| matches!(entry, Value::Object(members) if is_foreign(members));
    key == "allowOrigins" && matches!(value, Value::Array(entries) if entries.iter().any(is_foreign))
}

fn is_foreign(members: &Members<'_>) -> bool {
    members.iter().any(|(key, value)| !MATCHER.contains(&key.as_ref()) || matches!(value, Value::Object(_)))
}

impl<'v> Translator<'_> {
    /// Puts a matcher into our words.
    #[inline(never)]
    pub(super) fn matcher(&mut self, entry: &mut Value<'v>, place: &Place<'_>) {
        let Value::Object(members) = entry else { return };
        if !is_foreign(members) {
            return;
        }
        if let Some(matcher) = self.typed_matcher(members, place) {
            *entry = matcher;
            return;
        }
        for member in std::mem::take(members) {
            members.extend(self.matcher_member(member, place));
        }
    }

    /// A matcher whose kind is a value: `{"type": "Exact", "value": "…"}`. Envoy Gateway's kind is
    /// exact where none is given.
    fn typed_matcher(&mut self, members: &Members<'v>, place: &Place<'_>) -> Option<Value<'v>> {
        let mut kind = "exact";
        let mut pattern = None;
        for (key, value) in members {
            match (plain(key).as_str(), value) {
                ("type" | "matchtype" | "kind", Value::String(name)) => kind = synonyms::matcher(name)?,
                ("value", Value::String(text)) => pattern = Some((key, text)),
                _ => return None,
            }
        }
        let (key, text) = pattern?;
        let matcher = Value::Object(vec![(Cow::Borrowed(kind), Value::String(text.clone()))]);
        let sentence = "The key of a matcher is its kind.";
        self.report.error_with_fix(Code::UnknownField, place, sentence, text_of(&matcher));
        self.source.add(&place.key(kind).pointer(), &place.key(key).pointer(), 0, false);
        Some(matcher)
    }

    fn matcher_member(&mut self, member: Member<'v>, place: &Place<'_>) -> Option<Member<'v>> {
        let (key, value) = &member;
        let written = place.key(key);
        if plain(key) == "ignorecase" {
            let sentence = "Browsers send origins in lower case, so Corsac needs no such switch.";
            self.report.error_with_fix(Code::UnknownField, &written, sentence, Some(Suggestion::Nothing));
            return None;
        }
        let inner = match value {
            Value::Object(members) => members.iter().find(|(key, _)| key == "regex"),
            _ => None,
        };
        let kind = MATCHER.iter().copied().find(|known| known == key);
        let Some(kind) = kind.or_else(|| synonyms::matcher(key)).or_else(|| meant(key, MATCHER)) else {
            return Some(member); // an unknown field, and reported where it is read
        };
        let (text, source) = match inner {
            Some((key, Value::String(regex))) => (Some(regex), written.key(key).pointer()),
            _ if kind == key => return Some(member),
            _ => (None, written.pointer()),
        };
        self.source.add(&place.key(kind).pointer(), &source, 0, false);
        let sentence = format!("{} is not a kind of matcher that Corsac knows.", quoted(key));
        let fix = match text {
            Some(regex) if kind == key => Suggestion::Value(quoted(regex)),
            text => Suggestion::Member { key: kind.to_owned(), value: text.map(|regex| quoted(regex)) },
        };
        self.report.error_with_fix(Code::UnknownField, &written, sentence, Some(fix));
        let value = text.map_or_else(|| value.clone(), |regex| Value::String(regex.clone()));
        Some((Cow::Borrowed(kind), value))
    }
}
