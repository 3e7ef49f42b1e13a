//! A JSON document that keeps duplicate keys, for following pointers.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value. Pointers do not depend on the content of scalars.
pub enum Document {
    Scalar,
    Array(Vec<Document>),
    Object(Vec<(String, Document)>),
}

impl Document {
    /// The document, if the bytes are one.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Whether a JSON Pointer (RFC 6901) leads to a value, through any of the values of a duplicate
    /// key.
    pub fn has(&self, pointer: &str) -> bool {
        let Some(rest) = pointer.strip_prefix('/') else {
            return pointer.is_empty();
        };
        let (step, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        match self {
            Self::Scalar => false,
            Self::Array(values) => {
                step.parse::<usize>().is_ok_and(|at| values.get(at).is_some_and(|value| value.has(rest)))
            }
            Self::Object(fields) => {
                let step = step.replace("~1", "/").replace("~0", "~");
                fields.iter().any(|(key, value)| *key == step && value.has(rest))
            }
        }
    }
}

impl Document {
    /// The ordinals of a pointer's steps, up to the first missing value.
    pub fn place(&self, pointer: &str) -> Vec<usize> {
        let mut place = vec![];
        let mut here = self;
        for step in pointer.split('/').skip(1) {
            let key = step.replace("~1", "/").replace("~0", "~");
            let next = match here {
                Self::Scalar => None,
                Self::Array(values) => step.parse().ok().and_then(|at| Some((at, values.get(at)?))),
                Self::Object(fields) => {
                    let at = fields.iter().position(|(known, _)| *known == key);
                    at.map(|at| (at, &fields[at].1))
                }
            };
            let Some((at, value)) = next else { break };
            place.push(at);
            here = value;
        }
        place
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Document, E> {
        Ok(Document::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Document, A::Error> {
        let mut array = vec![];
        while let Some(value) = values.next_element()? {
            array.push(value);
        }
        Ok(Document::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Document, A::Error> {
        let mut object = vec![];
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Document::Object(object))
    }
}
