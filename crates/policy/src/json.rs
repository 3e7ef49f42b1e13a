//! A JSON document as a borrowing tree.
//!
//! `serde_json::Value` keeps the last of two equal keys, and copies every string. A parser must not
//! choose between two `allowOrigins`, and a list of 100,000 origins need not be copied. So this
//! tree keeps all keys, in order, and borrows from the configuration's bytes. The tokenizer, with
//! its limit of 128 levels, is `serde_json`'s.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use crate::diagnostic::quoted;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// One JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, in any notation (`600`, `6e2`): converters that only know floating point
    /// write each of them.
    Integer(i64),
    /// Any other number; no field accepts one.
    OtherNumber,
    /// Text, its escapes undone.
    String(Cow<'a, str>),
    /// The items in order.
    Array(Vec<Value<'a>>),
    /// All members in document order, duplicate keys included.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl Value<'_> {
    /// The value's type with its article, for sentences.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::OtherNumber => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// The positions in one document that JSON Pointers mean.
pub(crate) struct Positions<'v> {
    document: &'v Value<'v>,
    /// The members of each large object that was asked about, as [`entry`] spells them. A scan of
    /// such an object for every pointer into it would take quadratic time.
    index: BTreeSet<Vec<u8>>,
}

/// An object with at most this many members is scanned.
const SMALL: usize = 32;

impl<'v> Positions<'v> {
    pub(crate) fn new(document: &'v Value<'v>) -> Self {
        Self { document, index: BTreeSet::new() }
    }

    /// The place as bytes that sort in document order, a value before its members. A missing place
    /// sorts after existing ones.
    pub(crate) fn of(&mut self, pointer: &str) -> Vec<u8> {
        let mut position = Vec::new();
        let mut value = Some(self.document);
        for step in pointer.split('/').skip(1) {
            let (number, next) = value
                .and_then(|value| self.member(value, step))
                .map_or((u32::MAX, None), |(number, next)| (number, Some(next)));
            position.extend_from_slice(&number.to_be_bytes());
            value = next;
        }
        position.extend_from_slice(&0_u32.to_be_bytes());
        position
    }

    /// A member by one step of a pointer, with its number, from 1.
    fn member(&mut self, value: &'v Value<'v>, step: &str) -> Option<(u32, &'v Value<'v>)> {
        let place: usize = match value {
            Value::Array(_) => step.parse().ok()?,
            Value::Object(members) => self.place(members, &step.replace("~1", "/").replace("~0", "~"))?,
            _ => return None,
        };
        let member = match value {
            Value::Array(items) => items.get(place),
            Value::Object(members) => members.get(place).map(|(_, value)| value),
            _ => None,
        };
        Some((u32::try_from(place).ok()?.checked_add(1)?, member?))
    }

    /// The index of a key among the members; the first one of equal keys.
    fn place(&mut self, members: &'v [(Cow<'v, str>, Value<'v>)], key: &str) -> Option<usize> {
        if members.len() <= SMALL {
            return members.iter().position(|(name, _)| name == key);
        }
        let object = members.as_ptr().addr();
        if self.index.insert(object.to_be_bytes().to_vec()) {
            let names = (0_usize..).zip(members);
            self.index
                .extend(names.map(|(place, (name, _))| [entry(object, name), place.to_be_bytes().to_vec()].concat()));
        }
        let start = entry(object, key);
        let first = self.index.range(start.clone()..).next().filter(|found| found.starts_with(&start))?;
        first.last_chunk().map(|place| usize::from_be_bytes(*place))
    }
}

/// A key of an object, for [`Positions`]. No entry is a prefix of another.
fn entry(object: usize, key: &str) -> Vec<u8> {
    [&object.to_be_bytes(), &key.len().to_be_bytes(), key.as_bytes()].concat()
}

/// Parses one whole document. Bytes after it are an error.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

/// Writes a value as JSON text. A number that no field accepts is written as `null`.
pub(crate) fn write(text: &mut String, value: &Value<'_>) {
    match value {
        Value::Null | Value::OtherNumber => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => text.push_str(&value.to_string()),
        Value::String(value) => text.push_str(&quoted(value)),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write(text, item);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.as_ref(), value));
            write_object(text, members, |text, _, value| write(text, value));
        }
    }
}

/// Writes an object, and each value by `write`.
pub(crate) fn write_object<'m, 'v: 'm>(
    text: &mut String,
    members: impl Iterator<Item = (&'m str, &'m Value<'v>)>,
    write: impl Fn(&mut String, &'m str, &'m Value<'v>),
) {
    text.push('{');
    for (index, (key, value)) in members.enumerate() {
        text.push_str(if index == 0 { "" } else { ", " });
        text.push_str(&quoted(key));
        text.push_str(": ");
        write(text, key, value);
    }
    text.push('}');
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Value::OtherNumber, Value::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
        if value.fract() == 0.0 && value.abs() <= EXACT {
            #[allow(clippy::cast_possible_truncation)] // whole, and in range
            return Ok(Value::Integer(value as i64));
        }
        Ok(Value::OtherNumber)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = access.next_entry()? {
            members.push((key, value));
        }
        Ok(Value::Object(members))
    }
}

/// A member's name, borrowed unless it holds an escape.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_str`: keys are always strings, and its "invalid type" would add float
        // formatting to the module.
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object's key")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(value.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_kept_in_order() {
        let Ok(Value::Object(members)) = parse(br#"{"a":1,"b":2,"a":3}"#) else { panic!("an object") };
        let keys: Vec<_> = members.iter().map(|(key, _)| key.as_ref()).collect();
        assert_eq!(keys, ["a", "b", "a"]);
    }

    #[test]
    fn strings_without_escapes_borrow_from_the_document() {
        let Ok(Value::Array(items)) = parse(br#"["plain","esc\u0061ped"]"#) else { panic!("a list") };
        assert!(matches!(items.as_slice(), [Value::String(Cow::Borrowed("plain")), Value::String(Cow::Owned(_))]));
    }

    #[test]
    fn positions_sort_in_document_order_with_values_before_their_members() {
        let document = parse(br#"{"b":[0,1],"a/~":{},"c":2}"#).expect("a document");
        let order = ["", "/b", "/b/0", "/b/1", "/a~1~0", "/a~1~0/missing", "/c", "/missing"];
        let mut places = Positions::new(&document);
        let positions: Vec<_> = order.iter().map(|pointer| places.of(pointer)).collect();
        assert!(positions.is_sorted(), "{positions:?}");
    }

    #[test]
    fn in_a_large_object_the_first_of_equal_keys_counts() {
        let members: Vec<String> = (0..50).map(|number| format!("\"k{}\":{number}", number % 40)).collect();
        let text = format!("{{{}}}", members.join(","));
        let document = parse(text.as_bytes()).expect("a document");
        let mut places = Positions::new(&document);
        let place = |number: u32| [number.to_be_bytes(), [0; 4]].concat();
        assert_eq!(places.of("/k3"), place(4));
        assert_eq!(places.of("/k39"), place(40));
        assert_eq!(places.of("/k4x"), place(u32::MAX));
        assert_eq!(places.of("/k"), place(u32::MAX));
    }

    #[test]
    fn bytes_after_the_document_and_deep_nesting_are_errors() {
        assert!(parse(b"{} x").is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse(b"\"\xff\"").is_err());
    }
}
