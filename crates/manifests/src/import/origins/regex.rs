//! Regular expressions of other systems, rewritten as syntax: anchored, with the dots that were
//! meant, in lower case.

use regex_syntax::ast::{self, AssertionKind, Ast, ClassSet, ClassSetItem, GroupKind, RepetitionKind, RepetitionRange};

use super::glob::{PortStar, glob, is_glob};
use super::pieces::{Piece, Sequence};
use super::{Context, Entry, any, is_placeholder, shape};
use crate::import::notes::Notes;
use crate::source::cursor::Word;

/// The most alternatives that are written out as entries.
const MOST_SEQUENCES: usize = 64;
/// The longest expression that is read. Bytes.
const MOST_TEXT: usize = 4096;

/// How a source uses a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// On the whole origin.
    Whole,
    /// Anywhere in it.
    Search,
}

/// The entries of a regular expression.
pub(crate) fn regex(word: &Word, how: Match, context: Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.trim();
    if matches!(text, "*" | r"\*") {
        return vec![any(word)];
    }
    if text.is_empty() {
        notes.add(word, "The regular expression is empty; it is left out.");
        return Vec::new();
    }
    if is_glob(text) {
        notes.add(word, format!("\"{text}\" is a regular expression there, which does not match what its \"*\" seems to say; the \"*\" is a wildcard here."));
        return glob(word, PortStar::AndNone, context, notes);
    }
    if is_placeholder(text) && text.contains("${") {
        notes.add(word, format!("\"{text}\" is a placeholder that nobody has filled in; it is left out."));
        return Vec::new();
    }
    let Some(mut sequences) = sequences(text) else {
        notes.add(
            word,
            format!(
                "The regular expression \"{text}\" cannot be read or uses what Corsac does not have; it is left out."
            ),
        );
        return Vec::new();
    };
    if sequences.iter().any(Sequence::is_any) {
        return vec![any(word)];
    }
    note_tightening(text, &sequences, how, word, notes);
    let from_start = |sequence: &Sequence| how == Match::Whole || sequence.starts_anchored();
    if sequences.iter().any(Sequence::names_scheme) {
        // `^(https://)?example\.com`: the alternative without a scheme matches no page's origin.
        sequences.retain(|sequence| sequence.names_scheme() || !from_start(sequence));
    }
    let mut shapes = Vec::new();
    for sequence in &sequences {
        let open_end = how == Match::Search && !sequence.ends_anchored();
        let found = sequence.shapes(from_start(sequence), open_end, word, notes);
        if found.is_empty() {
            notes.add(word, format!("An alternative of \"{text}\" names no host that can be told; it is left out."));
        }
        shapes.extend(found);
    }
    shape::entries(&shapes, word, context)
}

fn note_tightening(text: &str, sequences: &[Sequence], how: Match, word: &Word, notes: &mut Notes) {
    let open_start = sequences.iter().any(|sequence| !sequence.starts_anchored());
    let open_end = sequences.iter().any(|sequence| !sequence.ends_anchored());
    if how == Match::Search && (open_start || open_end) {
        let end = if open_end { "end" } else { "start" };
        notes.add(word, format!("\"{text}\" is searched for there and its {end} is open, so it lets in origins that only contain it; here it matches the whole origin."));
    }
    if has_bare_dot(text) {
        notes.add(word, format!("A \".\" in \"{text}\" matches any character there; here it is a dot."));
    }
}

/// Whether a dot stands unescaped between two letters.
fn has_bare_dot(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|window| matches!(window, [before, b'.', after] if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()))
}

/// The alternatives of an expression; `None` where it is none that is supported.
fn sequences(text: &str) -> Option<Vec<Sequence>> {
    if text.len() > MOST_TEXT {
        return None;
    }
    let mut sequences = Expander { text, lower: true }.expand(&parse(text)?)?;
    for sequence in &sequences {
        let inner = sequence.0.iter().enumerate().any(|(index, piece)| match piece {
            Piece::Start => index > 0,
            Piece::End => index + 1 < sequence.0.len(),
            _ => false,
        });
        if inner {
            return None;
        }
    }
    sequences.dedup();
    Some(sequences)
}

/// The alternatives of an expression over paths, whose letters keep their case.
pub(crate) fn path_sequences(text: &str) -> Option<Vec<Vec<Piece>>> {
    if text.len() > MOST_TEXT {
        return None;
    }
    let sequences = Expander { text, lower: false }.expand(&parse(text)?)?;
    Some(sequences.into_iter().map(|sequence| sequence.0).collect())
}

fn parse(text: &str) -> Option<Ast> {
    ast::parse::ParserBuilder::new().nest_limit(32).build().parse(text).ok()
}

struct Expander<'t> {
    text: &'t str,
    /// Whether letters are made small: browsers send origins so.
    lower: bool,
}

impl Expander<'_> {
    fn letter(&self, c: char) -> String {
        if self.lower { c.to_lowercase().collect() } else { c.to_string() }
    }

    fn expand(&self, ast: &Ast) -> Option<Vec<Sequence>> {
        match ast {
            Ast::Empty(_) => Some(vec![Sequence::default()]),
            Ast::Flags(flags) => self.flags(&flags.flags).then(|| vec![Sequence::default()]),
            Ast::Literal(literal) => one(Piece::Text(self.letter(literal.c))),
            Ast::Dot(_) => one(Piece::Text(".".to_owned())),
            Ast::Assertion(assertion) => one(match assertion.kind {
                AssertionKind::StartLine | AssertionKind::StartText => Piece::Start,
                AssertionKind::EndLine | AssertionKind::EndText => Piece::End,
                _ => return None,
            }),
            Ast::ClassUnicode(_) => None,
            Ast::ClassPerl(_) => one(self.class(ast)?),
            Ast::ClassBracketed(class) => match single(&class.kind).filter(|_| !class.negated) {
                Some(c) => one(Piece::Text(self.letter(c))),
                None => one(self.class(ast)?),
            },
            Ast::Repetition(repetition) => self.repetition(repetition),
            Ast::Group(group) => {
                let plain = match &group.kind {
                    GroupKind::NonCapturing(flags) => self.flags(flags),
                    _ => true,
                };
                plain.then(|| self.expand(&group.ast))?
            }
            Ast::Alternation(alternation) => {
                let mut all = Vec::new();
                for ast in &alternation.asts {
                    all.extend(self.expand(ast)?);
                }
                (all.len() <= MOST_SEQUENCES).then_some(all)
            }
            Ast::Concat(concat) => self.concat(&concat.asts),
        }
    }

    /// Flags that change nothing here: origins are in lower case, and hold no line ends.
    fn flags(&self, flags: &ast::Flags) -> bool {
        let written = self.text.get(flags.span.start.offset..flags.span.end.offset).unwrap_or("x");
        written.chars().all(|flag| matches!(flag, 'i' | 's' | 'm'))
    }

    fn concat(&self, asts: &[Ast]) -> Option<Vec<Sequence>> {
        let mut all = vec![Sequence::default()];
        for ast in asts {
            let mut next = self.expand(ast)?;
            if all.len() * next.len() > MOST_SEQUENCES {
                next = vec![Sequence(vec![Piece::Other(self.written(ast)?)])];
            }
            let mut product = Vec::with_capacity(all.len() * next.len());
            for before in &all {
                for after in &next {
                    let mut sequence = before.clone();
                    after.0.iter().for_each(|piece| sequence.push(piece.clone()));
                    product.push(sequence);
                }
            }
            all = product;
        }
        Some(all)
    }

    fn repetition(&self, repetition: &ast::Repetition) -> Option<Vec<Sequence>> {
        let (least, once) = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne => (0, true),
            RepetitionKind::ZeroOrMore => (0, false),
            RepetitionKind::OneOrMore => (1, false),
            RepetitionKind::Range(RepetitionRange::Exactly(count) | RepetitionRange::AtLeast(count)) => (*count, false),
            RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, *most == 1),
        };
        let inner = ungrouped(&repetition.ast);
        if is_anything(inner) && !once {
            return one(Piece::Any);
        }
        let absent = (least == 0).then(Sequence::default);
        if once || (least <= 1 && self.is_labels(inner)) {
            let expanded = self.expand(inner)?;
            return Some(expanded.into_iter().chain(absent).collect());
        }
        let written = self.written(&Ast::repetition(repetition.clone()))?;
        let digits = matches!(self.class(inner), Some(Piece::Digits(_)));
        one(if digits { Piece::Digits(written) } else { Piece::Other(written) })
    }

    /// `.*\.` and `.+\.`, which say the same once and many times over.
    fn is_labels(&self, ast: &Ast) -> bool {
        let expected = Sequence(vec![Piece::Any, Piece::Text(".".to_owned())]);
        self.expand(ast).is_some_and(|sequences| sequences == [expected])
    }

    /// A class as it is written.
    fn class(&self, ast: &Ast) -> Option<Piece> {
        let written = match ast {
            Ast::ClassPerl(_) | Ast::ClassBracketed(_) => self.source(ast)?,
            _ => return None,
        };
        if matches!(written, r"\d" | "[0-9]" | r"[\d]") {
            return Some(Piece::Digits("[0-9]".to_owned()));
        }
        Some(Piece::Other(written.to_owned()))
    }

    fn source(&self, ast: &Ast) -> Option<&str> {
        let span = ast.span();
        self.text.get(span.start.offset..span.end.offset)
    }

    /// An expression as it is to be written: its dots are dots, and its letters are small. `None`
    /// for what holds an anchor.
    fn written(&self, ast: &Ast) -> Option<String> {
        Some(match ast {
            Ast::Empty(_) => String::new(),
            Ast::Dot(_) => r"\.".to_owned(),
            Ast::Literal(literal) => super::escape(&self.letter(literal.c)),
            Ast::ClassPerl(_) | Ast::ClassBracketed(_) => match self.class(ast)? {
                Piece::Digits(written) | Piece::Other(written) => written,
                _ => return None,
            },
            Ast::Repetition(repetition) => {
                let inner = match ungrouped(&repetition.ast) {
                    inner if is_anything(inner) => "[a-z0-9._-]".to_owned(),
                    inner @ (Ast::Alternation(_) | Ast::Concat(_)) => format!("({})", self.written(inner)?),
                    inner => self.written(inner)?,
                };
                let operator = &repetition.op.span;
                format!("{inner}{}", self.text.get(operator.start.offset..operator.end.offset)?)
            }
            Ast::Group(group) => {
                let plain = !matches!(&group.kind, GroupKind::NonCapturing(flags) if !self.flags(flags));
                plain.then(|| self.written(&group.ast))?.map(|inner| format!("({inner})"))?
            }
            Ast::Alternation(alternation) => self.all_written(&alternation.asts)?.join("|"),
            Ast::Concat(concat) => self.all_written(&concat.asts)?.concat(),
            Ast::Flags(_) | Ast::Assertion(_) | Ast::ClassUnicode(_) => return None,
        })
    }

    fn all_written(&self, asts: &[Ast]) -> Option<Vec<String>> {
        asts.iter().map(|ast| self.written(ast)).collect()
    }
}

#[allow(clippy::unnecessary_wraps)] // the callers' own type
fn one(piece: Piece) -> Option<Vec<Sequence>> {
    Some(vec![Sequence(vec![piece])])
}

fn ungrouped(ast: &Ast) -> &Ast {
    match ast {
        Ast::Group(group) if !matches!(&group.kind, GroupKind::NonCapturing(flags) if !flags.items.is_empty()) => {
            ungrouped(&group.ast)
        }
        other => other,
    }
}

/// `.` and `\S`: no origin holds white space.
fn is_anything(ast: &Ast) -> bool {
    match ast {
        Ast::Dot(_) => true,
        Ast::ClassPerl(class) => class.negated && class.kind == ast::ClassPerlKind::Space,
        _ => false,
    }
}

/// The character of a class that holds just one: `[.]`.
fn single(set: &ClassSet) -> Option<char> {
    match set {
        ClassSet::Item(ClassSetItem::Literal(literal)) => Some(literal.c),
        ClassSet::Item(ClassSetItem::Union(union)) => match union.items.as_slice() {
            [ClassSetItem::Literal(literal)] => Some(literal.c),
            _ => None,
        },
        _ => None,
    }
}
