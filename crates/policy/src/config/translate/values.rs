//! Values that change their shape with their name.

use std::borrow::Cow;

use crate::config::fields::switch;
use crate::diagnostic::quoted;
use crate::json::Value;
use crate::suggest::{entries, plain};

/// How many of the requests something is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    None,
    Some,
    All,
}

impl From<bool> for Share {
    fn from(on: bool) -> Self {
        if on { Self::All } else { Self::None }
    }
}

impl Share {
    /// Envoy's `RuntimeFractionalPercent`, or a switch.
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        let Some(default) = member(value, "defaultvalue") else { return switch(value).map(Self::from) };
        let whole = match member(default, "denominator") {
            Some(Value::String(word)) if word == "TEN_THOUSAND" => 10_000,
            Some(Value::String(word)) if word == "MILLION" => 1_000_000,
            _ => 100,
        };
        match member(default, "numerator") {
            None | Some(Value::Integer(0)) => Some(Self::None),
            Some(Value::Integer(part)) => Some(if *part >= whole { Self::All } else { Self::Some }),
            _ => None,
        }
    }
}

/// The member of this plain name.
fn member<'m, 'v>(value: &'m Value<'v>, name: &str) -> Option<&'m Value<'v>> {
    let Value::Object(members) = value else { return None };
    members.iter().find(|(key, _)| plain(key) == name).map(|(_, value)| value)
}

/// The list that a value is meant to be.
pub(super) fn as_list(value: Value<'_>) -> Value<'_> {
    match value {
        Value::String(text) => {
            Value::Array(entries(&text).into_iter().map(|entry| Value::String(entry.to_owned().into())).collect())
        }
        Value::Object(_) => Value::Array(vec![value]),
        other => other,
    }
}

/// One regex or a list of them as entries `{"regex": …}`; `None` where it is neither.
pub(super) fn as_regexes<'v>(value: &Value<'v>) -> Option<Value<'v>> {
    let items = match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    };
    let mut regexes = Vec::new();
    for item in items {
        regexes.push(match item {
            Value::String(regex) => {
                let regex = Value::String(searched(regex).into());
                Value::Object(vec![(Cow::Borrowed("regex"), regex)])
            }
            Value::Object(_) => item.clone(),
            _ => return None,
        });
    }
    Some(Value::Array(regexes))
}

/// A value as JSON text; `None` for what no suggestion holds.
pub(crate) fn text(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Bool(on) => on.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let mut list = String::from("[");
            for item in items {
                list.push_str(if list.len() > 1 { ", " } else { "" });
                list.push_str(&text(item)?);
            }
            list.push(']');
            list
        }
        Value::Object(members) => match members.as_slice() {
            [(key, Value::String(value))] => ["{", &quoted(key), ": ", &quoted(value), "}"].concat(),
            _ => return None,
        },
        Value::Null | Value::Integer(_) | Value::OtherNumber => return None,
    })
}

/// A regex that is searched for, as one that matches the whole: where it does not say how the
/// origin begins, anything may come first. An end that it leaves open is closed, which is what was
/// meant.
fn searched(regex: &str) -> String {
    let says_beginning = regex.contains("//") || regex.contains("/\\/") || regex.starts_with(['^', '.', '(']);
    let (open, close) = match (says_beginning, regex.contains('|')) {
        (true, _) => ("", ""),
        (false, true) => (".*(?:", ")"),
        (false, false) => (".*", ""),
    };
    [open, regex, close].concat()
}
