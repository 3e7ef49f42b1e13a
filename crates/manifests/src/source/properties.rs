//! Java properties, as Spring reads them: dots nest, `[0]` is a list's index, `[/**]` is a key
//! with dots in it.

use super::{Key, MOST_DEPTH, Mark, Node, Style, Value};

/// The most lines that are read.
const MOST_LINES: usize = 10_000;

/// Whether every line that says something is `dotted.key=value`.
pub(crate) fn is_properties(text: &str) -> bool {
    let mut lines = meaningful(text).peekable();
    lines.peek().is_some()
        && lines.all(|(_, line)| {
            line.split_once('=').is_some_and(|(key, _)| {
                let key = key.trim();
                key.contains('.') && !key.contains([' ', '"', '{', ':']) && !key.starts_with(['-', '['])
            })
        })
}

fn meaningful(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '!']))
}

pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let mut root = Node { value: Value::Map(Vec::new()), start: Mark { line: 1, column: 1, offset: 0 }, end: None };
    if meaningful(text).nth(MOST_LINES).is_some() {
        return Err(format!("The file holds more than {MOST_LINES} properties."));
    }
    for (line, written) in meaningful(text) {
        let Some((key, value)) = written.split_once('=') else { continue };
        let path = segments(key.trim());
        if path.len() > MOST_DEPTH {
            return Err(format!("Line {line}: the key is nested more than {MOST_DEPTH} deep."));
        }
        let start = Mark { line, column: 1, offset: 0 };
        let value = value.trim().replace("\\:", ":").replace("\\\\", "\\");
        set(&mut root, &path, Node { value: Value::Text(value, Style::Plain), start, end: None });
    }
    Ok(root)
}

/// `a.b[0]` is `a`, `b`, `0`; brackets also hold keys with dots.
fn segments(key: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut current = String::new();
    let mut in_brackets = false;
    for c in key.chars() {
        match c {
            '.' if !in_brackets => segments.push(std::mem::take(&mut current)),
            '[' if !in_brackets => {
                segments.push(std::mem::take(&mut current));
                in_brackets = true;
            }
            ']' if in_brackets => {
                in_brackets = false;
                segments.push(std::mem::take(&mut current));
            }
            '\\' => {}
            _ => current.push(c),
        }
    }
    segments.push(current);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// Writes a value at its path. A list is a map from indices here: [`Node`]'s readers take the one
/// for the other.
fn set(node: &mut Node, path: &[String], leaf: Node) {
    let Some((name, rest)) = path.split_first() else {
        *node = leaf;
        return;
    };
    if !matches!(node.value, Value::Map(_) | Value::List(_)) {
        node.value = Value::Map(Vec::new());
    }
    let empty = |start| Node { value: Value::Null, start, end: None };
    let start = leaf.start;
    if let Value::Map(members) = &mut node.value {
        if members.is_empty() && name == "0" {
            node.value = Value::List(Vec::new());
        } else if let Some((_, member)) = members.iter_mut().find(|(key, _)| key.name == *name) {
            return set(member, rest, leaf);
        } else {
            let mut member = empty(start);
            set(&mut member, rest, leaf);
            members.push((Key { name: name.clone(), start }, member));
            return;
        }
    }
    if let (Value::List(items), Ok(index)) = (&mut node.value, name.parse::<usize>()) {
        if index == items.len() {
            items.push(empty(start));
        }
        if let Some(item) = items.get_mut(index) {
            set(item, rest, leaf);
        }
    }
}
