//! From places in an inner text to places in the file.

use super::Spot;
use crate::source::{Mark, Node, Style, Value};

/// How an inner text lies in its outer one.
pub(super) struct Lens<'p> {
    parent: Option<&'p Lens<'p>>,
    text: &'p str,
    shape: Shape,
}

enum Shape {
    /// The text is the outer one.
    Same,
    /// Each line of the text is the end of a line of the outer one.
    Lines {
        /// The outer places of the lines' first characters.
        starts: Vec<Mark>,
        /// The lines' offsets in the inner text.
        inner: Vec<usize>,
    },
    /// The outer text holds it in another form, from here on.
    Somewhere(Mark),
}

impl<'p> Lens<'p> {
    pub(super) fn whole(text: &'p str) -> Self {
        Self { parent: None, text, shape: Shape::Same }
    }

    /// The lens into a string of the text that this lens shows.
    pub(super) fn string<'s>(&'s self, node: &Node) -> Lens<'s> {
        let shape = match &node.value {
            Value::Text(text, style) => {
                lines(self.text, text, *style, node.start).unwrap_or(Shape::Somewhere(node.start))
            }
            _ => Shape::Somewhere(node.start),
        };
        Lens { parent: Some(self), text: "", shape }
    }

    /// The same lens, for an inner text whose own strings are to be looked into.
    pub(super) fn showing<'s>(&'s self, text: &'s str) -> Lens<'s> {
        Lens { parent: Some(self), text, shape: Shape::Same }
    }

    /// The place in the file of a value from `start` to the offset `end`.
    pub(super) fn spot(&self, start: Mark, end: Option<usize>) -> Spot {
        let (mark, exact) = self.mark(start);
        let end = end.filter(|_| exact).and_then(|end| self.offset(end));
        Spot {
            line: mark.line,
            column: mark.column,
            range: end.filter(|end| *end >= mark.offset).map(|end| mark.offset..end),
        }
    }

    /// The place in the file, and whether it is exact.
    fn mark(&self, mark: Mark) -> (Mark, bool) {
        let (outer, exact) = match &self.shape {
            Shape::Same => (mark, true),
            Shape::Somewhere(start) => (*start, false),
            Shape::Lines { starts, inner } => {
                let index = mark.line.saturating_sub(1);
                match (starts.get(index), inner.get(index)) {
                    (Some(start), Some(line)) => {
                        let offset = start.offset + mark.offset.saturating_sub(*line);
                        (Mark { line: start.line, column: start.column + mark.column - 1, offset }, true)
                    }
                    _ => (starts.first().copied().unwrap_or_default(), false),
                }
            }
        };
        match self.parent {
            Some(parent) => {
                let (outer, outer_exact) = parent.mark(outer);
                (outer, exact && outer_exact)
            }
            None => (outer, exact),
        }
    }

    /// The offset in the file; `None` where it is not exact.
    fn offset(&self, offset: usize) -> Option<usize> {
        let outer = match &self.shape {
            Shape::Same => offset,
            Shape::Somewhere(_) => return None,
            Shape::Lines { starts, inner } => {
                let index = inner.partition_point(|line| *line <= offset).checked_sub(1)?;
                starts.get(index)?.offset + offset - inner.get(index)?
            }
        };
        self.parent.map_or(Some(outer), |parent| parent.offset(outer))
    }
}

/// How a string's lines lie in the outer text; `None` where they do not.
fn lines(outer: &str, text: &str, style: Style, start: Mark) -> Option<Shape> {
    match style {
        Style::Folded => None,
        Style::Literal => block_lines(outer, text, start),
        Style::Plain | Style::Quoted => {
            let skipped = usize::from(style == Style::Quoted);
            let from = start.offset + skipped;
            let same = outer.get(from..from + text.len())? == text && !text.contains('\n');
            let mark = Mark { line: start.line, column: start.column + skipped, offset: from };
            same.then(|| Shape::Lines { starts: vec![mark], inner: vec![0] })
        }
    }
}

/// The lines of a block scalar: each is a line of the outer text without its indentation.
fn block_lines(outer: &str, text: &str, start: Mark) -> Option<Shape> {
    let mut starts = Vec::new();
    let mut inner = Vec::new();
    let mut offset = 0;
    let (mut line_number, mut at) = first_line(outer, text, start)?;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let rest = outer.get(at..)?;
        let written = rest.split_inclusive('\n').next().unwrap_or_default();
        let bare = written.trim_end_matches(['\n', '\r']);
        let indent = if content.is_empty() { bare.len() } else { bare.strip_suffix(content)?.len() };
        starts.push(Mark { line: line_number, column: indent + 1, offset: at + indent });
        inner.push(offset);
        offset += line.len();
        at += written.len();
        line_number += 1;
    }
    Some(Shape::Lines { starts, inner })
}

/// Number and offset of the block's first line: the header's next line, or the one that the
/// parser points at.
fn first_line(outer: &str, text: &str, start: Mark) -> Option<(usize, usize)> {
    let first = text.lines().next().unwrap_or_default();
    let line_start = outer.get(..start.offset)?.rfind('\n').map_or(0, |index| index + 1);
    let here = outer.get(line_start..)?.lines().next().unwrap_or_default();
    let header = here.get(start.offset - line_start..).is_some_and(|rest| rest.starts_with('|'));
    if !header && here.trim_end_matches('\r').ends_with(first) {
        return Some((start.line, line_start));
    }
    let next = outer.get(line_start..)?.find('\n')? + line_start + 1;
    Some((start.line + 1, next))
}
