//! Regular languages over ASCII strings: what a prefix, suffix or regex matcher accepts, as something one can compute with.
//!
//! A [`Language`] is built by the usual operations, complement and intersection included, and never looked at by cases again:
//! [`Table`] turns a whole set of languages into one small automaton for the request path, and [`witness`] finds the shortest string of a
//! language, or that there is none. So the questions of a configuration ("does this regex let in a host that nobody wrote down?") are one
//! expression each, and their answer is an example for the message.
//!
//! A byte from 0x80 up is in no language, nor in the complement of one: the world ends at 0x7F.
//!
//! The engine beneath is Brzozowski's: the derivative of a language by a byte is what may follow that byte, and a language has finitely
//! many derivatives once they are kept in a normal form ("Derivatives of regular expressions", J. ACM 1964; byte classes after Owens,
//! Reppy and Turon, "Regular-expression derivatives re-examined", JFP 2009). It needs no automaton construction per operation, which is
//! what makes it small.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

mod class;
mod derive;
mod literals;
mod solver;
pub mod syntax;
mod table;

#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use class::ByteClass;
pub use solver::Solver;
pub use table::{Limits, Table};

/// A set of ASCII strings. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Language(Rc<Tree>);

/// How a language was put together. Many parts in one node, not two: then the depth is that of the pattern's groups.
#[derive(Debug)]
enum Tree {
    Class(ByteClass),
    Literal(Vec<u8>),
    Concat(Vec<Language>),
    Union(Vec<Language>),
    Intersection(Vec<Language>),
    Complement(Language),
    /// At least so many, and at most so many if there is a bound.
    Repeat(Language, u32, Option<u32>),
}

/// A language was not understood within the work allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Language {
    /// No string at all.
    pub fn empty() -> Self {
        Self::class(ByteClass::EMPTY)
    }

    /// Every ASCII string.
    pub fn all() -> Self {
        Self::any_byte().star()
    }

    /// Only this string; nothing where it holds a byte that is not ASCII.
    pub fn literal(bytes: &[u8]) -> Self {
        Self::new(Tree::Literal(bytes.to_vec()))
    }

    /// Every string of one byte.
    pub fn any_byte() -> Self {
        Self::class(ByteClass::ALL)
    }

    /// Every string of one byte of this class.
    pub fn class(class: ByteClass) -> Self {
        Self::new(Tree::Class(class))
    }

    /// Every string that begins with this one.
    pub fn prefix(bytes: &[u8]) -> Self {
        Self::concat(vec![Self::literal(bytes), Self::all()])
    }

    /// Every string that ends with this one.
    pub fn suffix(bytes: &[u8]) -> Self {
        Self::concat(vec![Self::all(), Self::literal(bytes)])
    }

    /// A string of each part, one after the other. No parts: the empty string.
    pub fn concat(parts: Vec<Self>) -> Self {
        Self::new(Tree::Concat(parts))
    }

    /// What is in any of the members. No members: nothing.
    pub fn union(members: Vec<Self>) -> Self {
        Self::new(Tree::Union(members))
    }

    /// What is in every member. No members: everything.
    pub fn intersection(members: Vec<Self>) -> Self {
        Self::new(Tree::Intersection(members))
    }

    /// Every ASCII string that is not in this language.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::new(Tree::Complement(self.clone()))
    }

    /// What is in this language and not in the other.
    #[must_use]
    pub fn except(&self, other: &Self) -> Self {
        Self::intersection(vec![self.clone(), other.complement()])
    }

    /// Any number of strings of this language in sequence, none included.
    #[must_use]
    pub fn star(&self) -> Self {
        self.repeat(0, None)
    }

    /// At least `min` strings of this language in sequence, and at most `max` if there is such a bound. Nothing where `max < min`.
    #[must_use]
    pub fn repeat(&self, min: u32, max: Option<u32>) -> Self {
        if max.is_some_and(|max| max < min) {
            return Self::empty();
        }
        Self::new(Tree::Repeat(self.clone(), min, max))
    }

    fn new(tree: Tree) -> Self {
        Self(Rc::new(tree))
    }
}

/// Steps for a question about one string.
const BUDGET: usize = 4_000_000;

/// Whether `bytes` is in the language, one derivative a byte: the slow and obvious way.
///
/// `false` too where the language is too large to be derived.
pub fn contains(language: &Language, bytes: &[u8]) -> bool {
    Solver::new(BUDGET, BUDGET).contains(language, bytes) == Ok(true)
}

/// A shortest string of the language; `None` where the language is empty.
///
/// Among the shortest, the one that reads best from its end: letters before digits before punctuation. `budget` is counted in steps of
/// derivation; a million are some tens of milliseconds.
pub fn witness(language: &Language, budget: usize) -> Result<Option<Vec<u8>>, TooLarge> {
    Solver::new(budget, budget).find(language, &Language::all())
}
