//! Regular languages over ASCII strings, as values to compute with.
//!
//! A regex library answers one question: does this string match? Here a pattern is a [`Language`],
//! a set of strings with the operations of sets. So a program can ask about *patterns*: do two of
//! them overlap, does one cover the other, does this one let in a string that its author did not
//! mean? The answer is yes or no, with a shortest example.
//!
//! # A pattern is a language
//!
//! [`syntax::parse`] reads the part of the regex syntax that RE2 and Rust's `regex` agree on. A
//! pattern always matches whole strings.
//!
//! ```
//! use regular_language::{contains, syntax};
//!
//! let api = syntax::parse(r"https://[a-z]+\.example\.com").expect("a pattern").language;
//! assert!(contains(&api, b"https://app.example.com"));
//! assert!(!contains(&api, b"https://app.example.com.evil.org"));
//! ```
//!
//! # Questions are expressions
//!
//! Union, intersection, complement and difference give languages again, and [`witness`] finds a
//! shortest string of one, or that there is none. "Does this pattern accept a host outside
//! `example.com`?" is one difference:
//!
//! ```
//! use regular_language::{Language, syntax, witness};
//! # const WORK: usize = 1_000_000;
//!
//! let written = syntax::parse(r"https://.*example\.com").expect("a pattern").language;
//! let apex = Language::literal(b"https://example.com");
//! let below = syntax::parse(r"https://.+\.example\.com").expect("a pattern").language;
//!
//! let surprise = written.except(&Language::union(vec![apex, below]));
//! assert_eq!(witness(&surprise, WORK), Ok(Some(b"https://aexample.com".to_vec())));
//! ```
//!
//! One language covers another if nothing is left of the difference:
//!
//! ```
//! use regular_language::{Language, syntax, witness};
//! # const WORK: usize = 1_000_000;
//!
//! let narrow = syntax::parse("pr-[0-9]{1,4}").expect("a pattern").language;
//! let wide = Language::prefix(b"pr-");
//! assert_eq!(witness(&narrow.except(&wide), WORK), Ok(None));
//! assert!(witness(&wide.except(&narrow), WORK).expect("little work").is_some());
//! ```
//!
//! Many questions about the same languages share their work in a [`Solver`], which also bounds it.
//!
//! # Matching
//!
//! A [`Table`] is one small automaton for a whole set of languages. It takes one step a byte,
//! allocates nothing, and nothing in it grows with the strings that it is shown.
//!
//! ```
//! use regular_language::{Language, Limits, Table};
//!
//! let set = [Language::suffix(b".example.com"), Language::literal(b"localhost")];
//! let table = Table::compile(&set, &Limits::default()).expect("within the limits");
//! assert!(table.matches(b"app.example.com") && table.matches(b"localhost"));
//! assert!(!table.matches(b"example.com.evil.org"));
//! ```
//!
//! # How it works
//!
//! The derivative of a language by a byte is the set of strings that may follow that byte. A
//! language has finitely many derivatives once they are kept in a normal form (Brzozowski,
//! "Derivatives of regular expressions", J. ACM 1964; byte classes after Owens, Reppy and Turon,
//! "Regular-expression derivatives re-examined", JFP 2009). No operation builds an automaton, and
//! that keeps it small.
//!
//! Strings are bytes from 0x00 to 0x7F. A byte from 0x80 up is in no language, nor in the
//! complement of one.

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

/// A set of ASCII strings. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Language(Rc<Tree>);

/// The construction of a language. A node has many parts, not two, so that the depth is that of the
/// pattern's groups.
#[derive(Debug)]
enum Tree {
    Class(ByteClass),
    Literal(Vec<u8>),
    Concat(Vec<Language>),
    Union(Vec<Language>),
    Intersection(Vec<Language>),
    Complement(Language),
    /// At least this many copies, and at most this many if there is a bound.
    Repeat(Language, u32, Option<u32>),
}

/// A question took more work than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Language {
    /// The empty language.
    pub fn empty() -> Self {
        Self::class(ByteClass::EMPTY)
    }

    /// All ASCII strings.
    pub fn all() -> Self {
        Self::any_byte().star()
    }

    /// Only this string; the empty language if the string has a byte that is not ASCII.
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

    /// The concatenations of one string of each part. Without parts: the empty string.
    pub fn concat(parts: Vec<Self>) -> Self {
        Self::new(Tree::Concat(parts))
    }

    /// The strings in any of the members. Without members: none.
    pub fn union(members: Vec<Self>) -> Self {
        Self::new(Tree::Union(members))
    }

    /// The strings in every member. Without members: all.
    pub fn intersection(members: Vec<Self>) -> Self {
        Self::new(Tree::Intersection(members))
    }

    /// The ASCII strings outside this language.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::new(Tree::Complement(self.clone()))
    }

    /// The strings in this language and not in the other.
    #[must_use]
    pub fn except(&self, other: &Self) -> Self {
        Self::intersection(vec![self.clone(), other.complement()])
    }

    /// Any number of strings of this language in sequence, including none.
    #[must_use]
    pub fn star(&self) -> Self {
        self.repeat(0, None)
    }

    /// At least `min` strings of this language in sequence, and at most `max` if there is such a
    /// bound. The empty language if `max < min`.
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

/// The steps for a question about one string.
const BUDGET: usize = 4_000_000;

/// Whether the language contains `bytes`, by one derivative a byte. This is slow and obvious.
///
/// Also `false` if the language is too large to derive.
pub fn contains(language: &Language, bytes: &[u8]) -> bool {
    Solver::new(BUDGET, BUDGET).contains(language, bytes) == Ok(true)
}

/// A shortest string of the language; `None` if the language is empty.
///
/// Among the shortest strings, this is the most legible, read from its end: letters come before
/// digits, and digits before punctuation. `budget` counts steps of derivation; a million take some
/// tens of milliseconds.
pub fn witness(language: &Language, budget: usize) -> Result<Option<Vec<u8>>, TooLarge> {
    Solver::new(budget, budget).find(language, &Language::all())
}
