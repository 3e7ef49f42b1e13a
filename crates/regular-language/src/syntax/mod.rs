//! The syntax of regexes: the part that RE2 (Envoy's engine) and Rust's `regex` read with the same
//! meaning.
//!
//! It has literals and escapes, `.`, classes, groups, alternatives, repetition and `(?i)`. It also
//! has anchors that are redundant, because a pattern is matched against the whole string. Where the
//! two engines differ, or only one of them knows a construct, the result is an error and never a
//! third meaning: `\<` is a character to one engine and a word boundary to the other, `[a--z]` a
//! range or a difference, `a**` an error or a star. RE2's `re2/parse.cc` and `doc/syntax.txt` are
//! the source for RE2, `regex-syntax` for Rust.
//!
//! A pattern is parsed without change, and anchored in the tree. Wrapped in `^(?:…)$`, the text
//! `a)|(b` would escape from the wrapper.

mod bracket;
mod escape;
mod repetition;

use super::literals::{Collector, Runs};
use super::{ByteClass, Language};

/// A parsed pattern.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The strings that the whole pattern matches.
    pub language: Language,
    /// The strings that literal parts of the pattern spell in sequence, each as long as possible;
    /// in lower case with `(?i)`. There are at most 10,000 strings of at most 326 bytes: beyond,
    /// runs are broken into shorter ones.
    pub literals: Vec<Vec<u8>>,
    /// The work of finding them, in bytes copied.
    pub work: usize,
}

/// Why a pattern is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The number of bytes before the unsupported part.
    pub offset: usize,
    /// The mistake, as a sentence.
    pub sentence: &'static str,
    /// The whole pattern in a supported form, if one is known.
    pub rewrite: Option<String>,
}

/// The limit on nested groups.
const NESTING: u32 = 100;

/// Reads a pattern that matches whole strings.
pub fn parse(pattern: &str) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser { pattern, at: 0, depth: 0, names: Vec::new(), collector: Collector::new() };
    let piece = parser.alternatives(&mut Context { fold_case: false, at_start: true })?;
    if parser.at < pattern.len() {
        return Err(parser.error(parser.at, "This `)` closes no group; write `\\)` for the character."));
    }
    let (literals, work) = parser.collector.finish(piece.runs);
    Ok(Parsed { language: piece.language, literals, work })
}

struct Parser<'a> {
    pattern: &'a str,
    at: usize,
    depth: u32,
    names: Vec<&'a str>,
    collector: Collector,
}

/// The context of a group. Flags change it within the group.
#[derive(Clone, Copy)]
struct Context {
    fold_case: bool,
    /// Nothing can come before the group in the string.
    at_start: bool,
}

/// A part of the pattern.
struct Piece {
    language: Language,
    runs: Runs,
    /// Whether the part is empty, or has only anchors.
    only_anchors: bool,
    /// The place of a `^` or `$` within, if there is one.
    anchor: Option<usize>,
    /// The place of a `$` within, if there is one. Nothing may follow it.
    end_anchor: Option<usize>,
    /// The product of the nested counts.
    copies: u32,
}

impl Piece {
    fn new(language: Language, runs: Runs) -> Self {
        Self { language, runs, only_anchors: false, anchor: None, end_anchor: None, copies: 1 }
    }

    fn nothing() -> Self {
        Self { only_anchors: true, ..Self::literal(Vec::new(), false) }
    }

    fn class(class: ByteClass) -> Self {
        let runs = class.spelled().map_or_else(Runs::broken, |byte| Runs::literal(vec![byte]));
        Self::new(Language::class(class), runs)
    }

    fn literal(mut bytes: Vec<u8>, fold_case: bool) -> Self {
        if !fold_case {
            return Self::new(Language::literal(&bytes), Runs::literal(bytes));
        }
        bytes.make_ascii_lowercase();
        let folded = bytes.iter().map(|byte| Language::class(ByteClass::byte(*byte).fold_case())).collect();
        Self::new(Language::concat(folded), Runs::literal(bytes))
    }

    fn anchor(offset: usize, is_end: bool) -> Self {
        Self { anchor: Some(offset), end_anchor: is_end.then_some(offset), ..Self::nothing() }
    }
}

/// The result of one step of reading.
enum Atom {
    Byte(u8),
    Piece(Piece),
    /// `(?i)`: matches nothing itself; it changed the context.
    Flags,
}

impl Parser<'_> {
    fn alternatives(&mut self, context: &mut Context) -> Result<Piece, SyntaxError> {
        let mut whole = self.sequence(context)?;
        let mut members = vec![whole.language.clone()];
        while self.take(b'|') {
            let next = self.sequence(context)?;
            members.push(next.language);
            whole.runs = self.collector.either(whole.runs, next.runs);
            whole.only_anchors &= next.only_anchors;
            whole.anchor = whole.anchor.or(next.anchor);
            whole.end_anchor = whole.end_anchor.or(next.end_anchor);
            whole.copies = whole.copies.max(next.copies);
        }
        if members.len() > 1 {
            whole.language = Language::union(members);
        }
        Ok(whole)
    }

    fn sequence(&mut self, context: &mut Context) -> Result<Piece, SyntaxError> {
        let mut sequence = Sequence { at_start: context.at_start, parts: Vec::new(), whole: Piece::nothing() };
        // Collects literal bytes, so that a long text is one part.
        let mut literal = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| !matches!(byte, b'|' | b')')) {
            let start = self.at;
            let fold_case = context.fold_case;
            let at_start = sequence.is_at_start() && literal.is_empty();
            match self.atom(byte, &mut Context { at_start, ..*context }, context)? {
                Atom::Byte(byte) if !self.is_repeated() => {
                    sequence.check_not_ended(self)?;
                    literal.push(byte);
                }
                atom => {
                    let text = std::mem::take(&mut literal);
                    if !text.is_empty() {
                        self.append(&mut sequence, Piece::literal(text, fold_case))?;
                    }
                    let piece = match atom {
                        Atom::Byte(byte) => Piece::literal(vec![byte], fold_case),
                        Atom::Piece(piece) => piece,
                        Atom::Flags => {
                            self.refuse_repetition()?;
                            continue;
                        }
                    };
                    let piece = self.repetition(piece, start)?;
                    self.append(&mut sequence, piece)?;
                }
            }
        }
        if !literal.is_empty() {
            self.append(&mut sequence, Piece::literal(literal, context.fold_case))?;
        }
        Ok(sequence.finish())
    }

    fn append(&mut self, sequence: &mut Sequence, next: Piece) -> Result<(), SyntaxError> {
        if !next.only_anchors {
            sequence.check_not_ended(self)?;
        }
        let whole = &mut sequence.whole;
        let runs = std::mem::take(&mut whole.runs);
        whole.runs = self.collector.concat(runs, next.runs);
        whole.only_anchors &= next.only_anchors;
        whole.anchor = whole.anchor.or(next.anchor);
        whole.end_anchor = whole.end_anchor.or(next.end_anchor);
        whole.copies = whole.copies.max(next.copies);
        sequence.parts.push(next.language);
        Ok(())
    }

    /// Reads one atom. `here` is the context of a group that begins at this place.
    #[inline(never)]
    fn atom(&mut self, byte: u8, here: &mut Context, outer: &mut Context) -> Result<Atom, SyntaxError> {
        let start = self.at;
        self.at += 1;
        Ok(match byte {
            b'(' => return self.group(start, here, outer),
            b'[' => Atom::Piece(Piece::class(self.bracket(start, outer.fold_case)?)),
            b'\\' => return self.escape(start, here.at_start),
            b'.' => Atom::Piece(Piece::class(ByteClass::byte(b'\n').complement())),
            b'^' => self.start_anchor(start, here.at_start)?,
            b'$' => Atom::Piece(Piece::anchor(start, true)),
            b'*' | b'+' | b'?' => {
                return Err(self.error(
                    start,
                    "There is nothing before this to repeat; put a backslash before it for the character.",
                ));
            }
            b'{' => {
                let sentence = "RE2 reads this `{` as a character, other engines as a repetition; write `\\{`.";
                return Err(self.rewritten(start, start + 1, r"\{", sentence));
            }
            0x80.. => {
                return Err(self
                    .error(start, "An origin is ASCII; an international domain name is written as its `xn--` form."));
            }
            _ => Atom::Byte(byte),
        })
    }

    fn start_anchor(&mut self, start: usize, at_start: bool) -> Result<Atom, SyntaxError> {
        if at_start {
            Ok(Atom::Piece(Piece::anchor(start, false)))
        } else {
            Err(self.error(start, "This can only match at the start of the origin, but other text comes before it."))
        }
    }

    /// Reads what follows `(`: a group, or flags for the rest of the surrounding group.
    #[inline(never)]
    fn group(&mut self, start: usize, here: &mut Context, outer: &mut Context) -> Result<Atom, SyntaxError> {
        if self.take(b'?') {
            if self.take_text("P<")
                || (!self.rest().starts_with("<=") && !self.rest().starts_with("<!") && self.take(b'<'))
            {
                self.name(start)?;
            } else if !self.take(b':') {
                let fold_case = self.flags(start)?;
                if self.take(b')') {
                    outer.fold_case = fold_case;
                    return Ok(Atom::Flags);
                }
                here.fold_case = fold_case;
                self.at += 1;
            }
        }
        if self.depth >= NESTING {
            return Err(self.error(start, "Groups are nested more than 100 deep."));
        }
        self.depth += 1;
        let piece = self.alternatives(here)?;
        self.depth -= 1;
        if !self.take(b')') {
            return Err(self.error(start, "This group is not closed; write `\\(` for the character."));
        }
        Ok(Atom::Piece(piece))
    }

    /// Reads `i` or `-i`, before `)` or `:`. Returns whether case is ignored from here on.
    fn flags(&mut self, start: usize) -> Result<bool, SyntaxError> {
        let rest = self.rest();
        let fold_case = !rest.starts_with('-');
        self.at += usize::from(!fold_case);
        let is_known = self.take(b'i') && matches!(self.peek(), Some(b')' | b':'));
        if is_known {
            return Ok(fold_case);
        }
        let sentence = match rest.as_bytes() {
            [b'=' | b'!' | b'<', ..] => "Look-around is not supported: RE2 does not know it.",
            [b'P', ..] => "References to groups are not supported: RE2 does not know them.",
            _ => "Of the flags only `i` is supported: `(?i)`, `(?i:…)`, `(?-i)`.",
        };
        Err(self.error(start, sentence))
    }

    /// Reads the name of a group, after `(?P<`.
    fn name(&mut self, start: usize) -> Result<(), SyntaxError> {
        let (name, _) = self.rest().split_once('>').unwrap_or_default();
        let is_name = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) || !is_name(name.as_bytes()) {
            return Err(self.error(
                start,
                "The name of a group is letters, digits and `_`, and begins with no digit; write `(?P<name>…)`.",
            ));
        }
        if self.names.contains(&name) {
            return Err(self.error(start, "Two groups have this name."));
        }
        self.names.push(name);
        self.at += name.len() + 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_text(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    #[cold]
    #[inline(never)]
    fn error(&self, offset: usize, sentence: &'static str) -> SyntaxError {
        // The last part ended within a character, which only happens after an error.
        let offset =
            (0..=offset.min(self.pattern.len())).rev().find(|at| self.pattern.is_char_boundary(*at)).unwrap_or(0);
        SyntaxError { offset, sentence, rewrite: None }
    }

    /// An error that suggests another spelling of the bytes from `start` to `end`.
    #[cold]
    #[inline(never)]
    fn rewritten(&self, start: usize, end: usize, instead: &str, sentence: &'static str) -> SyntaxError {
        let around = self.pattern.get(..start).zip(self.pattern.get(end..));
        let rewrite = around.map(|(before, after)| [before, instead, after].concat());
        SyntaxError { rewrite, ..self.error(start, sentence) }
    }
}

impl<'a> Parser<'a> {
    /// The text that is not read yet.
    fn rest(&self) -> &'a str {
        self.pattern.get(self.at..).unwrap_or_default()
    }
}

/// A growing sequence.
struct Sequence {
    at_start: bool,
    parts: Vec<Language>,
    /// Everything except the language.
    whole: Piece,
}

impl Sequence {
    fn is_at_start(&self) -> bool {
        self.at_start && self.whole.only_anchors
    }

    fn check_not_ended(&self, parser: &Parser) -> Result<(), SyntaxError> {
        match self.whole.end_anchor {
            None => Ok(()),
            Some(offset) => {
                let sentence = "This can only match at the end of the origin, but other text follows it.";
                Err(parser.error(offset, sentence))
            }
        }
    }

    fn finish(mut self) -> Piece {
        self.whole.language = match self.parts.pop() {
            Some(only) if self.parts.is_empty() => only,
            Some(last) => {
                self.parts.push(last);
                Language::concat(self.parts)
            }
            None => self.whole.language,
        };
        self.whole
    }
}
