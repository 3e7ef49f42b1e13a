//! Questions about languages, in sequence.

use super::derive::{Arena, Direction, EMPTY};
use super::{Language, TooLarge};

/// Beyond this many expressions and derivatives, of some 60 bytes each, nothing more is kept.
const LARGE: usize = 1 << 15;

/// Answers questions about languages. Each question uses the findings of those before it, and the
/// work for all of them is bounded.
pub struct Solver {
    arena: Arena,
    /// The languages that many questions share.
    common: Vec<Language>,
    /// The steps that are left.
    work: usize,
    /// The steps that one question may take.
    each: usize,
}

impl Solver {
    /// Allows `work` steps of derivation in total, and `each` for one question. A million steps
    /// take some tens of milliseconds.
    pub fn new(work: usize, each: usize) -> Self {
        Self { arena: Arena::new(0), common: Vec::new(), work, each }
    }

    /// The steps that are left, for further questions or for other work on the same account.
    pub fn work(&mut self) -> &mut usize {
        &mut self.work
    }

    /// Charges other work to the steps that are left.
    pub fn charge(&mut self, steps: usize) -> Result<(), TooLarge> {
        self.work = self.work.saturating_sub(steps);
        if self.work == 0 { Err(TooLarge) } else { Ok(()) }
    }

    /// Keeps languages that many questions share.
    pub fn share(&mut self, common: Vec<Language>) {
        self.common = common;
        self.arena = Arena::new(0);
    }

    /// Keeps the language of the next questions, in place of the one before.
    pub fn turn_to(&mut self, language: &Language) -> Result<(), TooLarge> {
        if self.arena.size() > LARGE {
            self.arena = Arena::new(0);
        }
        let allowed = self.begin(self.common.len());
        for common in self.common.iter().skip(self.arena.kept()) {
            self.arena.keep(common);
        }
        self.arena.keep(language);
        self.end(allowed)
    }

    /// Whether the language contains `bytes`.
    pub fn contains(&mut self, language: &Language, bytes: &[u8]) -> Result<bool, TooLarge> {
        let allowed = self.begin(usize::MAX);
        let start = self.arena.import(language, Direction::Backward);
        let end = bytes.iter().rev().fold(start, |state, byte| self.arena.derive(state, *byte));
        let is_in = self.arena.is_nullable(end);
        self.end(allowed).map(|()| is_in)
    }

    /// Whether a string of the language may begin with `bytes`. `false` is certain, `true` is not.
    pub fn may_begin_with(&mut self, language: &Language, bytes: &[u8]) -> Result<bool, TooLarge> {
        let allowed = self.begin(usize::MAX);
        let start = self.arena.import(language, Direction::Forward);
        let end = bytes.iter().fold(start, |state, byte| self.arena.derive(state, *byte));
        self.end(allowed).map(|()| end != EMPTY)
    }

    /// A string in both languages. Pass the language that many questions share as the second.
    pub fn find(&mut self, one: &Language, other: &Language) -> Result<Option<Vec<u8>>, TooLarge> {
        let allowed = self.begin(usize::MAX);
        let one = self.arena.import(one, Direction::Backward);
        let other = self.arena.import(other, Direction::Backward);
        let found = self.arena.find(one, other);
        self.end(allowed).map(|()| found)
    }

    /// Begins a question, and keeps this many of the kept languages. Returns the steps that it may
    /// take.
    fn begin(&mut self, kept: usize) -> usize {
        let allowed = self.work.min(self.each);
        self.arena.begin(allowed, kept);
        allowed
    }

    /// Fails if the steps did not suffice.
    fn end(&mut self, allowed: usize) -> Result<(), TooLarge> {
        self.work -= allowed - self.arena.budget();
        if self.arena.is_exhausted() {
            self.arena = Arena::new(0);
            return Err(TooLarge);
        }
        Ok(())
    }
}
