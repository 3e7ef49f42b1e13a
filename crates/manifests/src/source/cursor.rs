//! A value with the way to it, so that a note can say where.

use super::{Node, Value};

/// A value and its place in words: `VirtualService shop, spec.http[0].corsPolicy`.
#[derive(Clone, Debug)]
pub(crate) struct At<'n> {
    pub(crate) node: &'n Node,
    pub(crate) place: String,
}

impl<'n> At<'n> {
    pub(crate) fn new(node: &'n Node, place: &str) -> Self {
        Self { node, place: place.to_owned() }
    }

    /// The member of that name; a written null is none.
    pub(crate) fn get(&self, name: &str) -> Option<At<'n>> {
        let node = self.node.get(name)?;
        (!matches!(node.value, Value::Null)).then(|| self.below(node, name))
    }

    /// The first member that has one of these names.
    pub(crate) fn any(&self, names: &[&str]) -> Option<At<'n>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The value at the end of a path of members.
    pub(crate) fn path(&self, names: &[&str]) -> Option<At<'n>> {
        names.iter().try_fold(self.clone(), |at, name| at.get(name))
    }

    fn below(&self, node: &'n Node, name: &str) -> At<'n> {
        let simple = !name.contains(['.', ' ', '/', '[']);
        let place = match (self.place.is_empty() || self.place.ends_with(", "), simple) {
            (true, _) => format!("{}{name}", self.place),
            (false, true) => format!("{}.{name}", self.place),
            (false, false) if name.starts_with('[') => format!("{}{name}", self.place),
            (false, false) => format!("{}[{name}]", self.place),
        };
        At { node, place }
    }

    /// The items of a list; a value that is no list is its only item.
    pub(crate) fn items(&self) -> Vec<At<'n>> {
        match &self.node.value {
            Value::List(items) => {
                let item = |(index, node)| At { node, place: format!("{}[{index}]", self.place) };
                items.iter().enumerate().map(item).collect()
            }
            Value::Null => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// The items of the list of that name.
    pub(crate) fn list(&self, name: &str) -> Vec<At<'n>> {
        self.get(name).map(|at| at.items()).unwrap_or_default()
    }

    pub(crate) fn members(&self) -> Vec<(&'n str, At<'n>)> {
        self.node.members().iter().map(|(key, node)| (key.name.as_str(), self.below(node, &key.name))).collect()
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    pub(crate) fn text(&self) -> Option<&'n str> {
        self.node.text()
    }

    /// A scalar as it is written.
    pub(crate) fn scalar(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text, _) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// A boolean, also as a string or as a message that holds one in `value`.
    pub(crate) fn bool(&self) -> Option<bool> {
        if let Some(value) = self.get("value") {
            return value.bool();
        }
        match self.scalar()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }

    /// The boolean of that name; `None` where it is absent or is none.
    pub(crate) fn flag(&self, names: &[&str]) -> Option<bool> {
        self.any(names)?.bool()
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<&'n str> {
        self.get(name)?.text()
    }

    /// A list of strings; a string is split at its commas.
    pub(crate) fn words(&self) -> Vec<Word> {
        let word =
            |at: &At<'_>, text: &str| Word { text: text.trim().to_owned(), place: at.place.clone(), line: at.line() };
        let mut words = Vec::new();
        for item in self.items() {
            if let Some(text) = item.scalar() {
                words.extend(text.split(',').map(|text| word(&item, text)));
            }
        }
        words.retain(|word| !word.text.is_empty());
        words
    }

    /// A list of strings in which a comma is part of a string, as in regular expressions.
    pub(crate) fn whole_words(&self) -> Vec<Word> {
        let word = |at: At<'_>| at.scalar().map(|text| Word { text, line: at.line(), place: at.place });
        self.items().into_iter().filter_map(word).collect()
    }

    /// A list of strings as they are; a lone string is split at its commas, as labels are.
    pub(crate) fn listed_words(&self) -> Vec<Word> {
        if matches!(self.node.value, Value::List(_)) { self.whole_words() } else { self.words() }
    }

    pub(crate) fn line(&self) -> Option<usize> {
        (self.node.start.line > 0).then_some(self.node.start.line)
    }
}

/// A string of the source, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) place: String,
    pub(crate) line: Option<usize>,
}

/// A list that the source leaves out: its default.
pub(crate) fn defaults(words: &[&str], place: &str) -> Vec<Word> {
    words.iter().map(|text| Word { text: (*text).to_owned(), place: place.to_owned(), line: None }).collect()
}
