//! YAML by events: aliases are expanded within a budget, and duplicate keys are kept.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::{Key, MOST_DEPTH, MOST_VALUES, Mark, Node, Style, Value};

/// The documents of a YAML stream; empty ones are left out. The error is a sentence.
pub(crate) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut builder = Builder { text, offsets: Offsets::of(text), ..Builder::default() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            format!("This is not YAML: line {}, column {}: {}.", marker.line(), marker.col() + 1, error.info())
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

/// Byte offsets of characters; the parser counts characters.
#[derive(Default)]
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn of(text: &str) -> Self {
        Self((!text.is_ascii()).then(|| text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()))
    }

    fn mark(&self, marker: Marker) -> Mark {
        let offset = self.byte(marker.index());
        Mark { line: marker.line(), column: marker.col() + 1, offset }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.0 {
            None => index,
            Some(offsets) => offsets.get(index).or(offsets.last()).copied().unwrap_or(index),
        }
    }
}

/// A collection whose end has not come yet.
struct Open {
    node: Node,
    /// A mapping's key that waits for its value.
    key: Option<Key>,
    anchor: usize,
    values: usize,
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    offsets: Offsets,
    documents: Vec<Node>,
    open: Vec<Open>,
    /// Finished nodes by anchor, each with its number of values.
    anchors: HashMap<usize, (Node, usize)>,
    values: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let start = self.offsets.mark(span.start);
        let end = Some(self.end(start, span));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = Node { value: scalar(text, style, tag.as_deref()), start, end };
                self.count(1)?;
                self.finish(node, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.start(Value::List(Vec::new()), start, anchor),
            Event::MappingStart(anchor, _) => self.start(Value::Map(Vec::new()), start, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { mut node, anchor, values, .. }) => {
                    self.count(1)?;
                    let flow = matches!(self.text.as_bytes().get(node.start.offset), Some(b'{' | b'['));
                    node.end = end.filter(|_| flow);
                    self.finish(node, anchor, values)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let Some((node, values)) = self.anchors.get(&anchor).cloned() else {
                    return Err(format!("Line {}: the alias refers to what it is in.", start.line));
                };
                self.count(values)?;
                if depth(&node) + self.open.len() > MOST_DEPTH {
                    return Err(format!("The values are nested more than {MOST_DEPTH} deep."));
                }
                self.finish(Node { start, end, ..node }, 0, values)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// The end of what an event shows, without the space that the parser counts in.
    fn end(&self, start: Mark, span: Span) -> usize {
        let end = self.offsets.byte(span.end.index());
        let written = self.text.get(start.offset..end).unwrap_or_default();
        start.offset + written.trim_end().len()
    }

    fn start(&mut self, value: Value, start: Mark, anchor: usize) -> Result<(), String> {
        if self.open.len() >= MOST_DEPTH {
            return Err(format!("Line {}: the values are nested more than {MOST_DEPTH} deep.", start.line));
        }
        let node = Node { value, start, end: None };
        self.open.push(Open { node, key: None, anchor, values: 1 });
        Ok(())
    }

    fn count(&mut self, values: usize) -> Result<(), String> {
        self.values += values;
        if self.values > MOST_VALUES {
            return Err(format!("The file holds more than {MOST_VALUES} values, counting what aliases repeat."));
        }
        Ok(())
    }

    fn finish(&mut self, node: Node, anchor: usize, values: usize) -> Result<(), String> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), values));
        }
        let Some(parent) = self.open.last_mut() else {
            if !matches!(node.value, Value::Null) {
                self.documents.push(node);
            }
            return Ok(());
        };
        parent.values += values;
        parent.add(node)
    }
}

impl Open {
    fn add(&mut self, node: Node) -> Result<(), String> {
        match &mut self.node.value {
            Value::List(items) => items.push(node),
            Value::Map(members) => match self.key.take() {
                None => self.key = Some(key(&node)?),
                Some(key) if key.name == "<<" => merge(members, node),
                Some(key) => members.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }
}

/// YAML 1.1's merge key: what the mapping writes itself counts.
fn merge(members: &mut Vec<(Key, Node)>, node: Node) {
    let maps = match node.value {
        Value::List(items) => items,
        value => vec![Node { value, ..node }],
    };
    let mut present: HashSet<String> = members.iter().map(|(key, _)| key.name.clone()).collect();
    for map in maps {
        if let Value::Map(merged) = map.value {
            for (key, value) in merged {
                if present.insert(key.name.clone()) {
                    members.push((key, value));
                }
            }
        }
    }
}

/// Levels of collections; the tree was bounded when its parts were made.
fn depth(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(members) => 1 + members.iter().map(|(_, node)| depth(node)).max().unwrap_or(0),
        _ => 0,
    }
}

fn key(node: &Node) -> Result<Key, String> {
    let name = match &node.value {
        Value::Text(text, _) | Value::Number(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        // `[/**]: …`, which Spring's documentation writes without quotes.
        Value::List(items) => match items.as_slice() {
            [Node { value: Value::Text(text, _), .. }] => format!("[{text}]"),
            _ => return Err(format!("Line {}: a key is a string, not a list.", node.start.line)),
        },
        Value::Map(_) => return Err(format!("Line {}: a key is a string, not a mapping.", node.start.line)),
    };
    Ok(Key { name, start: node.start })
}

/// A scalar by YAML 1.2's core schema.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    };
    let tagged = tag.is_some_and(|tag| tag.suffix == "str" || !tag.is_yaml_core_schema());
    if style != Style::Plain || tagged {
        return Value::Text(text.into_owned(), style);
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(&text) {
            Some(number) => Value::Number(number),
            None => Value::Text(text.into_owned(), style),
        },
    }
}

/// A number as JSON writes it.
fn number(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| number.to_string());
    }
    let first = text.trim_start_matches(['+', '-']).bytes().next()?;
    let plain = text.strip_prefix('+').unwrap_or(text);
    (first.is_ascii_digit() && serde_json::from_str::<serde_json::Number>(plain).is_ok()).then(|| plain.to_owned())
}
