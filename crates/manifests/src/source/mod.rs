//! Text as a tree in which every value knows its place: YAML, JSON, TOML and Java properties.

pub(crate) mod cursor;
pub(crate) mod json;
mod properties;
mod toml;
pub(crate) mod yaml;

pub(crate) use self::cursor::At;

/// The longest text that is read. Bytes.
const MOST_TEXT: usize = 16 * 1024 * 1024;
/// The deepest nesting that is read.
pub(crate) const MOST_DEPTH: usize = 64;
/// The most values that a text may hold, with what its aliases repeat.
pub(crate) const MOST_VALUES: usize = 1_000_000;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// In bytes, from 0.
    pub(crate) offset: usize,
}

/// One value of a document.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) start: Mark,
    /// The offset after the value's last byte; `None` for YAML's block collections, which have no
    /// bytes for themselves.
    pub(crate) end: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As JSON writes it.
    Number(String),
    Text(String, Style),
    List(Vec<Node>),
    /// In the order of the text, duplicate keys included.
    Map(Vec<(Key, Node)>),
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// A block scalar in which every line stays a line.
    Literal,
    Folded,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) start: Mark,
}

impl Node {
    /// The member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(members) => members.iter().find(|(key, _)| key.name == name).map(|(_, node)| node),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text, _) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn members(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }
}

/// The documents of a text, whatever it is written in. The error is a sentence.
pub(crate) fn documents(text: &str) -> Result<Vec<Node>, String> {
    check_text(text)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_json(text) {
        return json::parse(text).map(|document| vec![document]).or_else(|sentence| {
            // YAML's flow style looks like JSON; what JSON's own parser says is said where that
            // fails too.
            yaml::parse(text).map_err(|_| sentence)
        });
    }
    if properties::is_properties(text) {
        return Ok(vec![properties::parse(text)?]);
    }
    if toml::is_toml(text) {
        return Ok(vec![toml::parse(text)?]);
    }
    yaml::parse(text)
}

/// Whether the text starts as a JSON object or list does.
pub(crate) fn is_json(text: &str) -> bool {
    let mut rest = text.trim_start().chars();
    match rest.next() {
        Some('{') => matches!(rest.find(|c| !c.is_whitespace()), Some('"' | '}')),
        Some('[') => matches!(rest.find(|c| !c.is_whitespace()), Some('{' | '"' | ']')),
        _ => false,
    }
}

pub(crate) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MOST_TEXT {
        return Err(format!("The file is longer than {} MiB.", MOST_TEXT.div_euclid(1024 * 1024)));
    }
    if text.trim().is_empty() {
        return Err("The file is empty.".to_owned());
    }
    if text.contains('\0') {
        return Err("The file is binary, not text.".to_owned());
    }
    match template_line(text) {
        Some(line) => Err(format!(
            "Line {line} holds a template (\"{{{{ … }}}}\"); render it first, for example with \"helm template\"."
        )),
        None => Ok(()),
    }
}

/// The line of the first Helm action. `{{` also starts a flow mapping in a mapping, which no one
/// writes.
fn template_line(text: &str) -> Option<usize> {
    text.lines().position(|line| line.contains("{{") && line.contains("}}") && !is_comment(line)).map(|index| index + 1)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}
