//! Where a JSON Pointer points in the text of a document.

use std::ops::Range;

/// What a pointer leads to.
pub(super) enum Spot {
    There(Member),
    /// An object without that key.
    Absent {
        object: Range<usize>,
        key: String,
    },
}

/// A member of an object, an entry of a list, or the whole document; each as a range of bytes.
pub(super) struct Member {
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    /// Itself and the comma that separates it from a neighbour.
    pub(super) with_comma: Range<usize>,
    /// The object or list that it is in.
    pub(super) container: Range<usize>,
}

/// Follows a pointer; `None` where the document is not JSON or nothing is there. Of a key that is
/// there twice, the first.
pub(super) fn find(document: &str, pointer: &str) -> Option<Spot> {
    let value = Scanner { text: document.as_bytes(), at: 0 }.value()?;
    let mut member = Member { key: None, value: value.clone(), with_comma: value.clone(), container: value };
    let mut steps = pointer.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        let container = member.value;
        let step = step.replace("~1", "/").replace("~0", "~");
        match members(document, &container)?
            .into_iter()
            .enumerate()
            .find(|(index, one)| one.is(document, *index, &step))
        {
            Some((_, found)) => member = found,
            None if steps.peek().is_none() && document.as_bytes().get(container.start) == Some(&b'{') => {
                return Some(Spot::Absent { object: container, key: step });
            }
            None => return None,
        }
    }
    Some(Spot::There(member))
}

/// The member with this key that is in the same object.
pub(super) fn sibling(document: &str, member: &Member, key: &str) -> Option<Member> {
    members(document, &member.container)?.into_iter().find(|one| one.is(document, usize::MAX, key))
}

/// The text between the brackets of a list.
pub(super) fn elements(list: &str) -> &str {
    list.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map_or("", str::trim)
}

impl Member {
    fn is(&self, document: &str, index: usize, step: &str) -> bool {
        match &self.key {
            Some(key) => {
                let key = document.get(key.clone()).and_then(|key| serde_json::from_str::<String>(key).ok());
                key.is_some_and(|key| key == step)
            }
            None => step.parse() == Ok(index),
        }
    }
}

/// Everything in the object or list at these bytes.
fn members(document: &str, container: &Range<usize>) -> Option<Vec<Member>> {
    let mut scanner = Scanner { text: document.as_bytes(), at: container.start };
    let is_object = match scanner.next()? {
        b'{' => true,
        b'[' => false,
        _ => return Some(Vec::new()),
    };
    scanner.at += 1;
    let mut members: Vec<Member> = Vec::new();
    let mut comma: Option<usize> = None;
    loop {
        match scanner.next()? {
            b'}' | b']' => return Some(members),
            b',' => {
                comma = Some(scanner.at);
                scanner.at += 1;
                continue;
            }
            _ => {}
        }
        let start = scanner.at;
        let key = if is_object { Some(scanner.value()?) } else { None };
        if is_object {
            scanner.next().filter(|byte| *byte == b':')?;
            scanner.at += 1;
        }
        let value = scanner.value()?;
        // The first one takes the comma that follows it, each other one the comma before it.
        if let ([first], Some(_)) = (members.as_mut_slice(), comma) {
            first.with_comma.end = start;
        }
        let with_comma = comma.unwrap_or(start)..value.end;
        members.push(Member { key, value, with_comma, container: container.clone() });
    }
}

/// Goes through well-formed JSON without reading its values.
struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The next byte that is no white space, which is not taken.
    fn next(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Takes a value.
    fn value(&mut self) -> Option<Range<usize>> {
        let first = self.next()?;
        let start = self.at;
        match first {
            b'"' => self.string()?,
            b'{' | b'[' => self.nest()?,
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let rest = self.text.get(start..)?;
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
            }
        }
        Some(start..self.at)
    }

    /// Takes an object or a list to its end.
    fn nest(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => self.string()?,
                byte => {
                    self.at += 1;
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth = depth.checked_sub(1)?,
                        _ => {}
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Takes a string.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return Some(());
            }
        }
    }
}
