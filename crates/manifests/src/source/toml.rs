//! TOML, as Traefik's files are written. Its values know no place.

use super::{Key, Mark, Node, Style, Value};

/// Whether the text's first line that says something is a table's header, or `key = value` in a
/// file with such headers.
pub(crate) fn is_toml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let header = |line: &str| line.starts_with('[') && line.ends_with(']') && !line.contains([',', '{', '"', '\'']);
    lines.clone().any(header)
        && lines.next().is_some_and(|line| header(line) || line.split_once('=').is_some_and(|(key, _)| is_key(key)))
}

fn is_key(key: &str) -> bool {
    let key = key.trim();
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let table: toml::Table = toml::from_str(text)
        .map_err(|error| format!("This is not TOML: {}.", error.message().trim_end_matches('.')))?;
    Ok(node(toml::Value::Table(table)))
}

fn node(value: toml::Value) -> Node {
    let value = match value {
        toml::Value::String(text) => Value::Text(text, Style::Quoted),
        toml::Value::Integer(number) => Value::Number(number.to_string()),
        toml::Value::Float(number) => Value::Number(number.to_string()),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(time) => Value::Text(time.to_string(), Style::Plain),
        toml::Value::Array(items) => Value::List(items.into_iter().map(node).collect()),
        toml::Value::Table(table) => {
            let member = |(name, value)| (Key { name, start: Mark::default() }, node(value));
            Value::Map(table.into_iter().map(member).collect())
        }
    };
    Node { value, start: Mark::default(), end: None }
}
