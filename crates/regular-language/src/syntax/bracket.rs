//! Classes in brackets.

use super::escape::{DIGIT, Escaped, LOWER, SPACE, UPPER, WORD};
use super::{ByteClass, Parser, SyntaxError};

const AMBIGUOUS: &str = "Engines read this differently within a class: as characters, a range or an operation; put a backslash before the character.";

impl Parser<'_> {
    /// Reads the class after a `[` at `start`, up to its `]`.
    pub(super) fn bracket(&mut self, start: usize, fold_case: bool) -> Result<ByteClass, SyntaxError> {
        let negated = self.take(b'^');
        let first = self.at;
        let mut class = ByteClass::EMPTY;
        loop {
            let at = self.at;
            let Some(byte) = self.peek() else {
                return Err(self.error(start, "This class is not closed; write `\\[` for the character."));
            };
            self.at += 1;
            if byte == b']' && at != first {
                break;
            }
            class = class.union(match byte {
                b'[' => self.named(at, fold_case)?,
                b'-' => self.lone_hyphen(at, first)?,
                // `[]-a]` is a range to RE2 and three characters to Rust.
                b']' if self.is_before_range() => return Err(self.ambiguous(self.at)),
                b'&' | b'~' if self.peek() == Some(byte) => return Err(self.ambiguous(at)),
                _ => self.item(at, byte)?,
            });
        }
        if fold_case {
            class = class.fold_case();
        }
        Ok(if negated { class.complement() } else { class })
    }

    /// Reads a hyphen at the beginning of an item. It is literal as the first or last character of
    /// the class.
    fn lone_hyphen(&self, at: usize, first: usize) -> Result<ByteClass, SyntaxError> {
        match self.peek() {
            Some(b']') => Ok(ByteClass::byte(b'-')),
            Some(next) if at == first && next != b'-' => Ok(ByteClass::byte(b'-')),
            _ => Err(self.ambiguous(at)),
        }
    }

    /// Reads one member or a range, whose first byte is read already.
    fn item(&mut self, at: usize, byte: u8) -> Result<ByteClass, SyntaxError> {
        let low = match self.member(at, byte)? {
            Escaped::Byte(low) => low,
            Escaped::Class(_) if self.is_before_range() => return Err(self.ambiguous(self.at)),
            Escaped::Class(class) => return Ok(class),
            Escaped::StartAnchor | Escaped::EndAnchor => {
                return Err(self.error(at, "An anchor has no meaning within a class."));
            }
        };
        if !self.is_before_range() {
            return Ok(ByteClass::byte(low));
        }
        self.at += 1;
        let end = self.at;
        let Some(next) = self.peek() else {
            return Ok(ByteClass::EMPTY); // The loop reports the unclosed class.
        };
        self.at += 1;
        if matches!(next, b'-' | b'[') {
            return Err(self.ambiguous(end));
        }
        match self.member(end, next)? {
            Escaped::Byte(high) if low <= high => Ok(ByteClass::range(low..=high)),
            Escaped::Byte(_) => Err(self.error(at, "This range ends before it begins.")),
            _ => Err(self.error(end, "A range ends with a character.")),
        }
    }

    /// Whether a hyphen follows that is not the last character of the class.
    fn is_before_range(&self) -> bool {
        self.rest().starts_with('-') && !self.rest().starts_with("-]")
    }

    fn member(&mut self, at: usize, byte: u8) -> Result<Escaped, SyntaxError> {
        match byte {
            b'\\' => self.escaped(at),
            0..0x80 => Ok(Escaped::Byte(byte)),
            _ => Err(self.error(at, "An origin is ASCII; an international domain name is written as its `xn--` form.")),
        }
    }

    /// Reads the rest of `[:alpha:]`, after a `[` within a class.
    fn named(&mut self, at: usize, fold_case: bool) -> Result<ByteClass, SyntaxError> {
        let name = self.rest().strip_prefix(':').and_then(|rest| rest.split_once(":]")).map(|(name, _)| name);
        let Some(name) = name.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'^')) else {
            return Err(self.ambiguous(at));
        };
        self.at += name.len() + 3;
        let (negated, positive) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
        let Some(class) = posix(positive) else {
            return Err(self.error(at, "There is no class of this name."));
        };
        if negated && fold_case {
            // RE2 folds and then negates, Rust negates and then folds.
            return Err(self.error(
                at,
                "Engines read a negated named class differently where case is ignored; negate the whole class.",
            ));
        }
        if self.is_before_range() {
            return Err(self.ambiguous(self.at));
        }
        Ok(if negated { class.complement() } else { class })
    }

    /// The error for text that one engine reads as a character and the other as syntax. It suggests
    /// a backslash.
    fn ambiguous(&self, at: usize) -> SyntaxError {
        self.rewritten(at, at, "\\", AMBIGUOUS)
    }
}

fn posix(name: &str) -> Option<ByteClass> {
    let letters = LOWER.union(UPPER);
    let graphic = ByteClass::range(b'!'..=b'~');
    Some(match name {
        "alnum" => letters.union(DIGIT),
        "alpha" => letters,
        "ascii" => ByteClass::ALL,
        "blank" => ByteClass::of(b"\t "),
        "cntrl" => ByteClass::range(0..=0x1F).union(ByteClass::byte(0x7F)),
        "digit" => DIGIT,
        "graph" => graphic,
        "lower" => LOWER,
        "print" => graphic.union(ByteClass::byte(b' ')),
        "punct" => graphic.intersection(letters.union(DIGIT).complement()),
        "space" => SPACE,
        "upper" => UPPER,
        "word" => WORD,
        "xdigit" => ByteClass::of(b"0123456789ABCDEFabcdef"),
        _ => return None,
    })
}
