//! Reads `? * +` and counts, lazy or not. Laziness does not matter when the whole string must
//! match.

use super::{Parser, Piece, SyntaxError};

/// RE2's limit on a count, and on the product of nested counts.
const MOST: u32 = 1000;

impl Parser<'_> {
    /// Whether the next character repeats what was just read.
    pub(super) fn is_repeated(&self) -> bool {
        matches!(self.peek(), Some(b'?' | b'*' | b'+' | b'{'))
    }

    /// Returns the piece with the repetition that may follow it. `start` is where the piece began.
    pub(super) fn repetition(&mut self, piece: Piece, start: usize) -> Result<Piece, SyntaxError> {
        let offset = self.at;
        let (min, max) = match self.peek() {
            Some(b'?') => (0, Some(1)),
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'{') => self.counts()?,
            _ => return Ok(piece),
        };
        let is_optional = self.peek() == Some(b'?');
        self.at += 1;
        self.take(b'?');
        self.refuse_repetition()?;
        // An anchor holds at its end of the string once, so it cannot repeat.
        if piece.anchor.is_some() && !is_optional {
            return Err(self.error(start, "An anchor cannot be repeated."));
        }
        let is_counted = self.pattern.as_bytes().get(offset) == Some(&b'{');
        let copies = piece.copies * if is_counted { max.unwrap_or(min).max(1) } else { 1 };
        if copies > MOST {
            return Err(self.error(offset, "RE2 allows at most 1000 repetitions, and counts within counts multiply."));
        }
        Ok(Piece {
            language: piece.language.repeat(min, max),
            runs: self.collector.repeat(piece.runs, min, max),
            copies,
            ..piece
        })
    }

    /// Perl and RE2 refuse to repeat a repetition. To Rust, `a**` is a star.
    pub(super) fn refuse_repetition(&self) -> Result<(), SyntaxError> {
        if self.is_repeated() {
            return Err(self.error(
                self.at,
                "There is nothing before this to repeat; a group `(?:…)` makes a repetition repeatable.",
            ));
        }
        Ok(())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`, up to the closing brace.
    fn counts(&mut self) -> Result<(u32, Option<u32>), SyntaxError> {
        let start = self.at;
        self.at += 1;
        let counts = self.number().and_then(|min| match (self.take(b','), self.peek()) {
            (false, _) => Some((min, Some(min))),
            (true, Some(b'}')) => Some((min, None)),
            (true, _) => Some((min, Some(self.number()?))),
        });
        let Some((min, max)) = counts.filter(|_| self.peek() == Some(b'}')) else {
            let sentence = "RE2 reads this `{` as a character, other engines as a repetition; write `\\{`, or a count as in `{2,5}`.";
            return Err(self.rewritten(start, start + 1, r"\{", sentence));
        };
        if min.max(max.unwrap_or(0)) > MOST {
            return Err(self.error(start, "RE2 allows at most 1000 repetitions, and counts within counts multiply."));
        }
        if max.is_some_and(|max| max < min) {
            return Err(self.error(start, "The least number of repetitions is above the greatest."));
        }
        Ok((min, max))
    }

    /// Reads a decimal number without leading zeros. With them, RE2 reads the brace as a character.
    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.pattern.get(start..self.at)?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        // A number of more than nine digits is above every limit.
        if digits.len() > 9 { Some(u32::MAX) } else { digits.parse().ok() }
    }
}
