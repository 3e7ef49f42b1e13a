//! The meaning of a backslash.

use super::{Atom, ByteClass, Parser, Piece, SyntaxError};

/// The meaning of an escape.
pub(super) enum Escaped {
    Byte(u8),
    Class(ByteClass),
    /// `\A`, `\z`.
    StartAnchor,
    EndAnchor,
}

pub(super) const DIGIT: ByteClass = ByteClass::of(b"0123456789");
pub(super) const LOWER: ByteClass = ByteClass::of(b"abcdefghijklmnopqrstuvwxyz");
pub(super) const UPPER: ByteClass = ByteClass::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
pub(super) const WORD: ByteClass = DIGIT.union(LOWER).union(UPPER).union(ByteClass::byte(b'_'));
/// Rust has the vertical tab in `\s`, RE2 does not. No origin contains one, so there is no
/// difference.
pub(super) const SPACE: ByteClass = ByteClass::of(b"\t\n\x0B\x0C\r ");

impl Parser<'_> {
    /// Reads the escape after a backslash at `start`, outside a class.
    pub(super) fn escape(&mut self, start: usize, at_start: bool) -> Result<Atom, SyntaxError> {
        Ok(match self.escaped(start)? {
            Escaped::Byte(byte) => Atom::Byte(byte),
            Escaped::Class(class) => Atom::Piece(Piece::class(class)),
            Escaped::StartAnchor => self.start_anchor(start, at_start)?,
            Escaped::EndAnchor => Atom::Piece(Piece::anchor(start, true)),
        })
    }

    /// Reads the escape after a backslash at `start`, anywhere.
    pub(super) fn escaped(&mut self, start: usize) -> Result<Escaped, SyntaxError> {
        let Some(byte) = self.peek() else {
            return Err(self.error(start, "The pattern ends with a backslash; write `\\\\` for the character."));
        };
        self.at += 1;
        Ok(match byte {
            b'a' => Escaped::Byte(0x07),
            b'f' => Escaped::Byte(0x0C),
            b'n' => Escaped::Byte(b'\n'),
            b'r' => Escaped::Byte(b'\r'),
            b't' => Escaped::Byte(b'\t'),
            b'v' => Escaped::Byte(0x0B),
            b'x' => Escaped::Byte(self.hexadecimal(start)?),
            b'd' => Escaped::Class(DIGIT),
            b'D' => Escaped::Class(DIGIT.complement()),
            b's' => Escaped::Class(SPACE),
            b'S' => Escaped::Class(SPACE.complement()),
            b'w' => Escaped::Class(WORD),
            b'W' => Escaped::Class(WORD.complement()),
            b'A' => Escaped::StartAnchor,
            b'z' => Escaped::EndAnchor,
            b'<' | b'>' => {
                let sentence = "RE2 reads this as a character, Rust's engine as a word boundary; write the character without a backslash.";
                let instead = if byte == b'<' { "<" } else { ">" };
                return Err(self.rewritten(start, self.at, instead, sentence));
            }
            0..0x80 if !byte.is_ascii_alphanumeric() => Escaped::Byte(byte),
            _ => return Err(self.unsupported(start, byte)),
        })
    }

    /// Reads the digits after `\x`: two, or any number in braces.
    fn hexadecimal(&mut self, start: usize) -> Result<u8, SyntaxError> {
        let rest = self.rest();
        let braced = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (digits, length) = match braced {
            Some((digits, _)) => (digits, digits.len() + 2),
            None => (rest.get(..2).unwrap_or_default(), 2),
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_number || digits.len() > 6 {
            return Err(self.error(start, "A byte is written `\\xHH` or `\\x{HH}`."));
        }
        self.at += length;
        match u8::from_str_radix(digits.trim_start_matches('0'), 16) {
            Ok(byte @ 0..0x80) => Ok(byte),
            Err(_) if digits.bytes().all(|byte| byte == b'0') => Ok(0),
            _ => {
                Err(self
                    .error(start, "An origin is ASCII; an international domain name is written as its `xn--` form."))
            }
        }
    }

    fn unsupported(&self, start: usize, byte: u8) -> SyntaxError {
        let sentence = match byte {
            b'Q' => return self.quotation(start),
            b'Z' => {
                return self.rewritten(
                    start,
                    self.at,
                    r"\z",
                    "`\\Z` is not supported; an origin has no line break at its end, write `\\z`.",
                );
            }
            b'C' => {
                return self.rewritten(start, self.at, ".", "`\\C` is not supported; an origin is ASCII, write `.`.");
            }
            b'b' | b'B' => {
                "Word boundaries are not supported: an origin is matched whole, so write what stands around the word."
            }
            b'p' | b'P' => {
                "Unicode classes are not supported: an origin is ASCII, write `[a-z]`, `[0-9]` or what you mean."
            }
            b'0'..=b'9' => "Octal numbers and references to groups are not supported; write a byte as `\\xHH`.",
            b'u' | b'U' => "RE2 does not know this; write a byte as `\\xHH`.",
            0x80.. => "An origin is ASCII; an international domain name is written as its `xn--` form.",
            _ => "This escape means nothing; write the letter without a backslash if you mean the letter.",
        };
        self.error(start, sentence)
    }

    /// The error for `\Q…\E`. It suggests the quoted text with its escapes.
    fn quotation(&self, start: usize) -> SyntaxError {
        let rest = self.rest();
        let (quoted, length) =
            rest.split_once(r"\E").map_or((rest, rest.len()), |(quoted, _)| (quoted, quoted.len() + 2));
        let mut escaped = String::new();
        for character in quoted.chars() {
            if r"\.+*?()|[]{}^$".contains(character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        let sentence = "`\\Q…\\E` is not supported; escape its characters one by one.";
        self.rewritten(start, self.at + length, &escaped, sentence)
    }
}
