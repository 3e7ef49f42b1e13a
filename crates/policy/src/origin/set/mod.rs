//! The compiled set of origins: exact ones, wildcards and ports, and matchers.
//!
//! An origin is looked for where it can be found in the fewest steps. How many steps that are depends on the origin's length
//! alone, never on how many origins are listed (though in a long list they miss the processor's caches):
//!
//! 1. **exact**: one probe of a hash table over the origin's own bytes. The table holds 4-byte offsets into one arena in
//!    which every origin stands behind its length, so that an origin costs its text and seven to twelve bytes.
//! 2. **shapes** (`https://*.example.com:*`): the host is walked label by label from the right, with one probe for each
//!    base that has the length of a listed one, keyed by scheme, base and whether the base itself is meant. Ports hang on the entry.
//!    A `*` inside a label (`https://*-preview.example.com`) is found by the text after it, with one
//!    probe for each length that such a text has, and then by the text before it in a sorted list.
//! 3. **matchers** (prefix, suffix, regex): one table of the language algebra for all of them, one step a byte.
//!
//! The hash is SipHash-1-3 (`DefaultHasher`), started with the seed that the caller passes in: the keys of a look-up are
//! chosen by clients. An entry that is found is always compared whole, so a collision costs time and never an answer.
//!
//! # Why it is built like this
//!
//! `cargo xtask bench origins` measures what is said here in figures; its tables stand in `docs/performance.md`.
//!
//! * **A scan**, as Envoy's own filter does it, is as fast up to some ten origins and costs a comparison an origin from there
//!   on: a miss takes thirty times as long as here at 1,000 origins, two thousand times at 100,000.
//! * **`HashSet<String>`** answers as fast and keeps 30 to 50 bytes an origin above its text, four times as much; as Wasm, where a
//!   `String` is half as large, 17 to 27, twice as much. Each worker of a proxy has a copy of its own, and what a Wasm module once
//!   took of memory it never gives back: so arena and table are made to their full size before the first origin goes in, since
//!   growth by doubling leaves its halves behind.
//! * **A tree over the bytes from the right** would hold exact origins and wildcards in one structure. Its splits are where a
//!   wrong answer hides (a base that ends within another's label), its nodes are more bytes than an offset, and a look-up reads
//!   as many of them, one after the other, as the table reads things in all: a group of hashes, an offset, a text.
//! * **Wildcards in the matchers' table** would do without the walk, and need a state for nearly every byte that two bases do not
//!   share: a thousand random names are 445 KB as an automaton, and 113 bytes each here. The walk is one probe a label, of which
//!   a host has three or four.
//! * **A regex library** for the matchers: regex-automata's fastest engine fills its tables while it runs, by what clients send,
//!   and with 1,000 patterns it takes microseconds, for random names most of a millisecond, since the tables do not fit in its
//!   cache. The table here is complete when a configuration is accepted, and takes a step a byte whatever is in it. The library
//!   is the oracle of the tests and of the fuzz targets.
//! * **A faster hash** than `SipHash` is one in which a client may find collisions.

mod exact;
mod in_label;
mod parts;
mod shapes;

use std::hash::{DefaultHasher, Hasher};

use exact::ExactOrigins;
use shapes::Shapes;

use super::grammar::SerializedOrigin;
use super::pattern::Shape;
use regular_language::Table;

/// A set of origins, immutable once built.
#[derive(Debug)]
pub(crate) struct OriginSet {
    seed: DefaultHasher,
    exact: ExactOrigins,
    shapes: Shapes,
    matchers: Table,
}

impl OriginSet {
    pub(crate) fn new(seed: [u64; 2]) -> Self {
        let [first, second] = seed;
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(first);
        hasher.write_u64(second);
        Self { seed: hasher, exact: ExactOrigins::default(), shapes: Shapes::default(), matchers: Table::default() }
    }

    /// Makes room for so many exact origins of so many bytes together.
    pub(crate) fn reserve_exact(&mut self, origins: usize, bytes: usize) {
        self.exact.reserve(origins, bytes, &self.seed);
    }

    /// Adds one origin; `false` if it is there already.
    pub(crate) fn insert_exact(&mut self, origin: &str) -> bool {
        self.exact.insert(origin.as_bytes(), &self.seed)
    }

    /// Adds a pattern; `false` if it is there already.
    pub(crate) fn insert_shape(&mut self, shape: &Shape<'_>) -> bool {
        self.shapes.insert(shape, &self.seed)
    }

    pub(crate) fn set_matchers(&mut self, matchers: Table) {
        self.matchers = matchers;
    }

    /// Gives back what building needed and serving does not.
    pub(crate) fn shrink(&mut self) {
        self.exact.shrink(&self.seed);
    }

    /// Whether `origin` itself is listed.
    pub(crate) fn contains_exact(&self, origin: &[u8]) -> bool {
        self.exact.contains(origin, &self.seed)
    }

    /// Whether a pattern with a wildcard, or a matcher, accepts the well-formed origin `bytes`, of which `origin` are the parts.
    pub(crate) fn matches_pattern(&self, bytes: &[u8], origin: &SerializedOrigin<'_>) -> bool {
        self.shapes.contains(origin, &self.seed) || self.matchers.matches(bytes)
    }

    /// Whether another pattern with a wildcard accepts all that `shape` does.
    pub(crate) fn covers_shape(&self, shape: &Shape<'_>) -> bool {
        self.shapes.covers(shape, &self.seed, false)
    }

    /// Whether a pattern with a wildcard, `shape` itself included, accepts all that `shape` does.
    pub(crate) fn holds_shape(&self, shape: &Shape<'_>) -> bool {
        self.shapes.covers(shape, &self.seed, true)
    }

    /// Whether nothing but exact origins is listed, so that a miss there is a miss.
    pub(crate) fn is_exact_only(&self) -> bool {
        self.shapes.is_empty() && self.matchers.is_empty()
    }
}
