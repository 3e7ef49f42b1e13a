//! The span of text that a JSON Pointer points at, so that a page can jump there and write there.

use std::ops::Range;

/// The span of a pointer, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonSpan {
    /// The member's name with its quotes, if the last step is a name.
    pub key: Option<Range<usize>>,
    pub value: Range<usize>,
    /// Whether the whole pointer was followed. If not, this is the nearest parent.
    pub exact: bool,
}

/// Follows a pointer (RFC 6901) through a JSON document. `None` if the text is not JSON up to
/// there.
pub fn find(text: &str, pointer: &str) -> Option<JsonSpan> {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
    scanner.space();
    let mut span = JsonSpan { key: None, value: scanner.peek_value()?, exact: true };
    for step in &steps {
        let Some((key, value)) = scanner.member(step) else { return Some(JsonSpan { exact: false, ..span }) };
        scanner.at = value.start;
        span = JsonSpan { key, value, exact: true };
    }
    Some(span)
}

/// A byte offset in the units of a page: UTF-16 code units.
pub fn utf16(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).encode_utf16().count()
}

/// The line of a byte offset, from 1.
pub fn line(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

/// The byte offset of a line and a column (in bytes), both counted from 1, as `serde_json` does.
pub fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut offset = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Reads a text that a JSON parser has accepted.
#[derive(Clone)]
struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',' || byte == b':') {
            self.at += 1;
        }
    }

    /// The value that begins here, without moving.
    fn peek_value(&self) -> Option<Range<usize>> {
        let mut ahead = self.clone();
        ahead.value()
    }

    /// Moves past the value that begins here.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        match self.byte()? {
            b'"' => self.string()?,
            b'{' | b'[' => self.nest()?,
            _ => {
                while self.byte().is_some_and(|byte| !byte.is_ascii_whitespace() && !b",]}".contains(&byte)) {
                    self.at += 1;
                }
            }
        }
        (self.at > start).then_some(start..self.at)
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    fn nest(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.byte()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A member of the object or list that begins here: its name, if it has one, and its value.
    fn member(&mut self, step: &str) -> Option<(Option<Range<usize>>, Range<usize>)> {
        let named = match self.byte()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        for index in 0_usize.. {
            self.space();
            let key = if named { Some(self.value()?) } else { None };
            self.space();
            let value = self.value()?;
            let is_it = match &key {
                Some(key) => serde_json::from_slice::<String>(&self.text[key.clone()]).is_ok_and(|name| name == step),
                None => step == index.to_string(),
            };
            if is_it {
                return Some((key, value));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"é\": [1, \"]}\\\"\", {\"a/b\": {\"c~d\": true}}],\n  \"x\": null\n}";

    fn found(pointer: &str) -> (Option<&str>, &str, bool) {
        let span = find(TEXT, pointer).expect("a span");
        (span.key.map(|key| &TEXT[key]), &TEXT[span.value], span.exact)
    }

    #[test]
    fn members_and_items_are_found_by_pointer() {
        assert_eq!(found(""), (None, TEXT, true));
        assert_eq!(found("/é/0"), (None, "1", true));
        assert_eq!(found("/é/1"), (None, "\"]}\\\"\"", true));
        assert_eq!(found("/x"), (Some("\"x\""), "null", true));
    }

    #[test]
    fn escaped_steps_are_read_as_rfc_6901_says() {
        assert_eq!(found("/é/2/a~1b/c~0d"), (Some("\"c~d\""), "true", true));
    }

    #[test]
    fn a_missing_member_becomes_its_nearest_parent() {
        assert_eq!(found("/x/y/z"), (Some("\"x\""), "null", false));
        assert!(!found("/é/7").2);
        assert_eq!(found("/nothing"), (None, TEXT, false));
    }

    #[test]
    fn text_that_is_not_json_has_no_spans_and_ends_the_search() {
        assert_eq!(find("", ""), None);
        assert_eq!(find("{\"a", "/a"), None);
        assert!(find("[1, 2", "/1").is_none());
    }

    #[test]
    fn offsets_are_counted_as_a_page_counts_them() {
        let span = find("{\"😀\": 1}", "/😀").expect("a span");
        assert_eq!(utf16("{\"😀\": 1}", span.value.start), 7);
        assert_eq!(line(TEXT, find(TEXT, "/x").expect("a span").value.start), 3);
        assert_eq!(offset("ab\ncd", 2, 2), 4);
        assert_eq!(offset("é", 1, 2), 0);
        assert_eq!(offset("", 9, 9), 0);
    }
}
