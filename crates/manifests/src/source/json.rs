//! JSON with the place of each value: strict, with duplicate keys kept.

use super::{Key, MOST_DEPTH, MOST_VALUES, Mark, Node, Style, Value};

/// The one document of a JSON text. The error is a sentence.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { text, offset: 0, line: 1, line_start: 0, values: 0 };
    let node = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.error("something follows the document")),
    }
}

struct Parser<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
    /// The offset of the line's first byte.
    line_start: usize,
    values: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.offset += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.offset += 1;
            if self.text.as_bytes().get(self.offset - 1) == Some(&b'\n') {
                self.line += 1;
                self.line_start = self.offset;
            }
        }
    }

    fn mark(&self) -> Mark {
        let before = self.text.get(self.line_start..self.offset).unwrap_or_default();
        Mark { line: self.line, column: before.chars().count() + 1, offset: self.offset }
    }

    fn error(&self, problem: &str) -> String {
        let mark = self.mark();
        format!("This is not JSON: line {}, column {}: {problem}.", mark.line, mark.column)
    }

    fn value(&mut self, depth: usize) -> Result<Node, String> {
        self.skip_space();
        self.values += 1;
        if depth > MOST_DEPTH {
            return Err(self.error("the values are nested too deep"));
        }
        if self.values > MOST_VALUES {
            return Err(self.error("there are too many values"));
        }
        let start = self.mark();
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::Text(self.string()?, Style::Quoted),
            _ => self.word()?,
        };
        Ok(Node { value, start, end: Some(self.offset) })
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Vec::new();
        self.eat(b'{');
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Map(members));
        }
        loop {
            self.skip_space();
            let start = self.mark();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key is missing"));
            }
            let name = self.string()?;
            self.skip_space();
            if !self.eat(b':') {
                return Err(self.error("a \":\" is missing"));
            }
            let node = self.value(depth + 1)?;
            members.push((Key { name, start }, node));
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Value::Map(members));
            }
            if !self.eat(b',') {
                return Err(self.error("a \",\" or \"}\" is missing"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.eat(b'[');
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Value::List(items));
            }
            if !self.eat(b',') {
                return Err(self.error("a \",\" or \"]\" is missing"));
            }
        }
    }

    /// A string, decoded by `serde_json` once its end is known.
    fn string(&mut self) -> Result<String, String> {
        let start = self.offset;
        self.offset += 1;
        loop {
            match self.peek() {
                Some(b'\\') => self.offset += 2,
                Some(b'"') => break,
                Some(b'\n') | None => return Err(self.error("a string has no end")),
                Some(_) => self.offset += 1,
            }
        }
        self.offset += 1;
        let written = self.text.get(start..self.offset).unwrap_or_default();
        serde_json::from_str(written).map_err(|_| self.error("a string is not well-formed"))
    }

    fn word(&mut self) -> Result<Value, String> {
        let rest = self.text.get(self.offset..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => Value::Number(word.to_owned()),
            _ => return Err(self.error("a value is missing")),
        };
        self.offset += end;
        Ok(value)
    }
}
