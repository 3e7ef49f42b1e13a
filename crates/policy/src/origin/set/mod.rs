//! The compiled set of origins: exact origins, wildcards and ports, and matchers.
//!
//! A look-up takes the fewest steps for each kind of entry. The number of steps depends only on the
//! origin's length, never on the number of listed origins (although a long list misses the
//! processor's caches):
//!
//! 1. **exact**: one probe of a hash table over the origin's own bytes. The table holds 4-byte
//!    offsets into one arena, where each origin follows its length. An origin costs its text and
//!    seven to twelve bytes.
//! 2. **shapes** (`https://*.example.com:*`): a walk over the host's labels from the right, with
//!    one probe for each base whose length is a listed one. The key is the scheme, the base, and
//!    whether the base itself is meant; the entry holds the ports. A `*` inside a label
//!    (`https://*-preview.example.com`) is found by the text after it, with one probe for each
//!    length of such texts, and then by the text before it in a sorted list.
//! 3. **matchers** (prefix, suffix, regex): one table of the language algebra for all of them, one
//!    step a byte.
//!
//! The hash is SipHash-1-3 (`DefaultHasher`), started with the caller's seed, because clients
//! choose the keys of look-ups. The whole entry is always compared, so a collision costs time but
//! never changes an answer.
//!
//! # Why it is built like this
//!
//! `cargo xtask bench origins` measures the figures below; its tables are in `docs/performance.md`.
//!
//! * **A scan**, as in Envoy's own filter, is as fast up to about ten origins. Beyond, it costs a
//!   comparison an origin: a miss takes thirty times as long as here at 1,000 origins, and two
//!   thousand times at 100,000.
//! * **`HashSet<String>`** answers as fast. It keeps 30 to 50 bytes an origin besides its text,
//!   four times as much; in Wasm, where a `String` is half as large, 17 to 27, twice as much. Each
//!   worker of a proxy has a copy, and a Wasm module never returns memory. So arena and table get
//!   their full size before the first origin is added, because growth by doubling would leave its
//!   halves unused.
//! * **A tree over the bytes from the right** would hold exact origins and wildcards in one
//!   structure. Its splits could hide wrong answers (a base that ends within another's label), and
//!   its nodes need more bytes than an offset. A look-up reads as many nodes, one after the other,
//!   as the table reads things in total: a group of hashes, an offset, a text.
//! * **Wildcards in the matchers' table** would make the walk unnecessary, but need a state for
//!   nearly every byte that two bases do not share: a thousand random names are 445 KB as an
//!   automaton, and 113 bytes each here. The walk is one probe a label, and a host has three or
//!   four labels.
//! * **A regex library** for the matchers: regex-automata's fastest engine fills its tables while
//!   it runs, by what clients send. With 1,000 patterns it takes microseconds, and for random names
//!   most of a millisecond, because the tables do not fit into its cache. The table here is
//!   complete when a configuration is accepted, and takes a step a byte whatever it holds. The
//!   library is the oracle of the tests and of the fuzz targets.
//! * **A hash faster than `SipHash`** would let a client find collisions.

mod exact;
mod in_label;
mod parts;
mod shapes;

use std::hash::{DefaultHasher, Hasher};

use exact::ExactOrigins;
use shapes::Shapes;

use super::grammar::SerializedOrigin;
use super::shape::Shape;
use regular_language::Table;

/// A set of origins, immutable after it is built.
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

    /// Reserves room for this many exact origins of this total length.
    pub(crate) fn reserve_exact(&mut self, origins: usize, bytes: usize) {
        self.exact.reserve(origins, bytes, &self.seed);
    }

    /// Adds an origin; `false` if it exists already.
    pub(crate) fn insert_exact(&mut self, origin: &str) -> bool {
        self.exact.insert(origin.as_bytes(), &self.seed)
    }

    /// Adds a pattern; `false` if it exists already.
    pub(crate) fn insert_shape(&mut self, shape: &Shape<'_>) -> bool {
        self.shapes.insert(shape, &self.seed)
    }

    pub(crate) fn set_matchers(&mut self, matchers: Table) {
        self.matchers = matchers;
    }

    /// Frees memory that only the building needed.
    pub(crate) fn shrink(&mut self) {
        self.exact.shrink(&self.seed);
    }

    /// Whether `origin` itself is listed.
    #[inline]
    pub(crate) fn contains_exact(&self, origin: &[u8]) -> bool {
        self.exact.contains(origin, &self.seed)
    }

    /// Whether a pattern with a wildcard, or a matcher, accepts the well-formed origin `bytes`,
    /// whose parts are `origin`.
    #[inline]
    pub(crate) fn matches_pattern(&self, bytes: &[u8], origin: &SerializedOrigin<'_>) -> bool {
        self.shapes.contains(origin, &self.seed) || self.matchers.matches(bytes)
    }

    /// Whether another pattern with a wildcard accepts everything that `shape` does.
    pub(crate) fn covers_shape(&self, shape: &Shape<'_>) -> bool {
        self.shapes.covers(shape, &self.seed, false)
    }

    /// Whether a pattern with a wildcard, including `shape` itself, accepts everything that `shape`
    /// does.
    pub(crate) fn holds_shape(&self, shape: &Shape<'_>) -> bool {
        self.shapes.covers(shape, &self.seed, true)
    }

    /// Whether only exact origins are listed. A miss among them is then a miss of the set.
    #[inline]
    pub(crate) fn is_exact_only(&self) -> bool {
        self.shapes.is_empty() && self.matchers.is_empty()
    }
}
