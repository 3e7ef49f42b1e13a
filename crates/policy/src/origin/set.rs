//! The compiled set of origins: exact ones, wildcards and ports, and matchers.
//!
//! An origin is looked for where it can be found in the fewest steps. How many steps that are depends on the origin's length
//! alone, never on how many origins are listed (though in a long list they miss the processor's caches):
//!
//! 1. **exact**: one probe of a hash table over the origin's own bytes. The table holds 4-byte offsets into one arena in
//!    which every origin stands behind its length, so that an origin costs its text and seven to twelve bytes.
//! 2. **shapes** (`https://*.example.com:*`): the host is walked label by label from the right, with one probe for each
//!    base that has the length of a listed one, keyed by scheme, base and whether the base itself is meant. Ports hang on the entry.
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

use std::hash::{DefaultHasher, Hasher};

use hashbrown::HashTable;

use super::grammar::SerializedOrigin;
use super::language::Table;
use super::pattern::{HostPattern, PortPattern, Shape};
use crate::is_same;

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
        let ExactOrigins { arena, table } = &mut self.exact;
        // A byte of length each, and a second one for those that are so long.
        arena.reserve_exact(bytes.saturating_add(origins).saturating_add(bytes.div_euclid(LONG)));
        table.reserve(origins, ExactOrigins::hasher(arena, &self.seed));
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
        let ExactOrigins { arena, table } = &mut self.exact;
        table.shrink_to_fit(ExactOrigins::hasher(arena, &self.seed));
        arena.shrink_to_fit();
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

fn hash(seed: &DefaultHasher, bytes: &[u8]) -> u64 {
    let mut hasher = seed.clone();
    hasher.write(bytes);
    hasher.finish()
}

/// From this length on, an origin's length takes two bytes: this one, and what is above it.
const LONG: usize = 255;

/// Exact origins: an arena of length-prefixed texts, and a hash table of offsets into it.
#[derive(Debug, Default)]
struct ExactOrigins {
    /// For each origin its length and its text.
    arena: Vec<u8>,
    table: HashTable<u32>,
}

impl ExactOrigins {
    fn text(arena: &[u8], offset: u32) -> &[u8] {
        let entry = usize::try_from(offset).ok().and_then(|offset| arena.get(offset..));
        match entry {
            Some([u8::MAX, more, rest @ ..]) => rest.get(..LONG + usize::from(*more)).unwrap_or_default(),
            Some([length, rest @ ..]) => rest.get(..usize::from(*length)).unwrap_or_default(),
            _ => &[],
        }
    }

    /// What the table asks when it grows: the hash of an entry.
    fn hasher(arena: &[u8], seed: &DefaultHasher) -> impl Fn(&u32) -> u64 {
        move |offset| hash(seed, Self::text(arena, *offset))
    }

    fn insert(&mut self, origin: &[u8], seed: &DefaultHasher) -> bool {
        let hash_of = hash(seed, origin);
        if self.table.find(hash_of, |offset| Self::text(&self.arena, *offset) == origin).is_some() {
            return false;
        }
        // Longer origins and larger arenas do not get here: the grammar ends at 326 bytes, the host's memory at 4 GiB.
        let Ok(offset) = u32::try_from(self.arena.len()) else { return false };
        match (u8::try_from(origin.len()), u8::try_from(origin.len().saturating_sub(LONG))) {
            (Ok(length), _) if length < u8::MAX => self.arena.push(length),
            (_, Ok(more)) => self.arena.extend_from_slice(&[u8::MAX, more]),
            _ => return false,
        }
        self.arena.extend_from_slice(origin);
        self.table.insert_unique(hash_of, offset, Self::hasher(&self.arena, seed));
        true
    }

    fn contains(&self, origin: &[u8], seed: &DefaultHasher) -> bool {
        !self.table.is_empty()
            && self.table.find(hash(seed, origin), |offset| is_same(Self::text(&self.arena, *offset), origin)).is_some()
    }
}

/// Patterns with a wildcard: by scheme and base, and by scheme alone.
#[derive(Debug, Default)]
struct Shapes {
    entries: Vec<ShapeEntry>,
    /// Indices of `entries`, by [`ShapeEntry::key`].
    table: HashTable<u32>,
    /// The lengths of all bases: most of a host's labels need no probe.
    lengths: Lengths,
    /// Any host of a scheme; a handful at most.
    any_host: Vec<(Box<str>, Ports)>,
}

#[derive(Debug)]
struct ShapeEntry {
    scheme: Box<str>,
    base: Box<str>,
    /// One or more labels stand before the base; otherwise the base is the host.
    subdomains: bool,
    ports: Ports,
}

/// The ports that an entry accepts.
#[derive(Debug, Default)]
struct Ports {
    any: bool,
    absent: bool,
    numbers: Vec<u16>,
}

impl Ports {
    fn insert(&mut self, port: PortPattern) -> bool {
        let known = match port {
            PortPattern::Any => self.any,
            PortPattern::Absent => self.any || self.absent,
            PortPattern::Number(number) => self.any || self.numbers.binary_search(&number).is_ok(),
        };
        match port {
            PortPattern::Any => self.any = true,
            PortPattern::Absent => self.absent = true,
            PortPattern::Number(number) => {
                if let Err(position) = self.numbers.binary_search(&number) {
                    self.numbers.insert(position, number);
                }
            }
        }
        !known
    }

    fn contains(&self, port: Option<u16>) -> bool {
        self.any || port.map_or(self.absent, |number| self.numbers.binary_search(&number).is_ok())
    }

    /// Whether every port of a pattern is accepted; unless `itself`, by something else than that same pattern.
    fn covers(&self, port: PortPattern, itself: bool) -> bool {
        match port {
            PortPattern::Any => itself && self.any,
            _ if !itself => self.any,
            PortPattern::Absent => self.contains(None),
            PortPattern::Number(number) => self.contains(Some(number)),
        }
    }
}

/// The key of an entry: what the hash covers.
type Key<'a> = (&'a [u8], &'a [u8], bool);

impl ShapeEntry {
    fn key(&self) -> Key<'_> {
        (self.scheme.as_bytes(), self.base.as_bytes(), self.subdomains)
    }
}

fn hash_key(seed: &DefaultHasher, (scheme, base, subdomains): Key<'_>) -> u64 {
    let mut hasher = seed.clone();
    hasher.write(scheme);
    // `:` ends the scheme, so that no two keys are the same bytes.
    hasher.write(if subdomains { b":*" } else { b":=" });
    hasher.write(base);
    hasher.finish()
}

impl Shapes {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.any_host.is_empty()
    }

    fn insert(&mut self, shape: &Shape<'_>, seed: &DefaultHasher) -> bool {
        let (base, subdomains) = match shape.host {
            HostPattern::Any => return self.insert_any_host(shape),
            HostPattern::Subdomains(base) => (base, true),
            HostPattern::Exact(host) => (host, false),
        };
        let key: Key<'_> = (shape.scheme.as_bytes(), base.as_bytes(), subdomains);
        let hash_of = hash_key(seed, key);
        if let Some(index) =
            self.table.find(hash_of, |index| self.at(*index).is_some_and(|entry| entry.key() == key)).copied()
        {
            let entry = usize::try_from(index).ok().and_then(|index| self.entries.get_mut(index));
            return entry.is_some_and(|entry| entry.ports.insert(shape.port));
        }
        let Ok(index) = u32::try_from(self.entries.len()) else { return false };
        let mut entry =
            ShapeEntry { scheme: shape.scheme.into(), base: base.into(), subdomains, ports: Ports::default() };
        entry.ports.insert(shape.port);
        self.lengths.insert(base.len());
        self.entries.push(entry);
        let entries = &self.entries;
        let rehash = |index: &u32| {
            usize::try_from(*index)
                .ok()
                .and_then(|index| entries.get(index))
                .map_or(0, |entry| hash_key(seed, entry.key()))
        };
        self.table.insert_unique(hash_of, index, rehash);
        true
    }

    fn insert_any_host(&mut self, shape: &Shape<'_>) -> bool {
        if let Some((_, ports)) = self.any_host.iter_mut().find(|(scheme, _)| **scheme == *shape.scheme) {
            return ports.insert(shape.port);
        }
        let mut ports = Ports::default();
        ports.insert(shape.port);
        self.any_host.push((shape.scheme.into(), ports));
        true
    }

    fn at(&self, index: u32) -> Option<&ShapeEntry> {
        usize::try_from(index).ok().and_then(|index| self.entries.get(index))
    }

    fn contains(&self, origin: &SerializedOrigin<'_>, seed: &DefaultHasher) -> bool {
        self.any_host.iter().any(|(scheme, ports)| scheme.as_bytes() == origin.scheme && ports.contains(origin.port))
            || (!self.entries.is_empty() && self.contains_base(origin, seed))
    }

    /// Whether an entry accepts all that a pattern does; its own entry counts as far as `itself` says.
    fn covers(&self, shape: &Shape<'_>, seed: &DefaultHasher, itself: bool) -> bool {
        let any_host = self.any_host.iter().find(|(scheme, _)| **scheme == *shape.scheme).map(|(_, ports)| ports);
        let (host, subdomains) = match shape.host {
            HostPattern::Any => return any_host.is_some_and(|ports| ports.covers(shape.port, itself)),
            HostPattern::Subdomains(base) => (base.as_bytes(), true),
            HostPattern::Exact(host) => (host.as_bytes(), false),
        };
        let scheme = shape.scheme.as_bytes();
        any_host.is_some_and(|ports| ports.covers(shape.port, true))
            || self.find((scheme, host, subdomains), seed).is_some_and(|entry| entry.ports.covers(shape.port, itself))
            || self
                .bases(host)
                .filter_map(|base| self.find((scheme, base, true), seed))
                .any(|entry| entry.ports.covers(shape.port, true))
    }

    /// The whole host first, then every base of it, from the shortest on.
    fn contains_base(&self, origin: &SerializedOrigin<'_>, seed: &DefaultHasher) -> bool {
        if self.lengths.contains(origin.host.len())
            && self.accepts((origin.scheme, origin.host, false), origin.port, seed)
        {
            return true;
        }
        self.bases(origin.host).any(|base| self.accepts((origin.scheme, base, true), origin.port, seed))
    }

    /// The bases of which a host is a subdomain, from the shortest on, as far as there are any of that length. An opaque host
    /// may hold empty labels, of which a wildcard stands for none.
    fn bases<'h>(&self, host: &'h [u8]) -> impl Iterator<Item = &'h [u8]> {
        splits(host).filter_map(|(labels, base)| {
            let known = !base.is_empty() && self.lengths.contains(base.len());
            (known && labels.split(|byte| *byte == b'.').all(|label| !label.is_empty())).then_some(base)
        })
    }

    fn accepts(&self, key: Key<'_>, port: Option<u16>, seed: &DefaultHasher) -> bool {
        self.find(key, seed).is_some_and(|entry| entry.ports.contains(port))
    }

    fn find(&self, key: Key<'_>, seed: &DefaultHasher) -> Option<&ShapeEntry> {
        let index =
            self.table.find(hash_key(seed, key), |index| self.at(*index).is_some_and(|entry| entry.key() == key));
        index.and_then(|index| self.at(*index))
    }
}

/// What stands before and behind each dot of a host, from the right.
fn splits(host: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let dots = host.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
    dots.filter_map(|(dot, _)| Some((host.get(..dot)?, host.get(dot + 1..)?)))
}

/// A set of lengths. It may take one for another that is 64 longer: an entry that is found is compared whole.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths(u64);

impl Lengths {
    const fn bit(length: usize) -> u64 {
        1 << (length & 63)
    }

    const fn insert(&mut self, length: usize) {
        self.0 |= Self::bit(length);
    }

    const fn contains(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_of_every_length_are_told_from_their_beginnings() {
        let mut set = OriginSet::new([1, 2]);
        let longest = format!("https://{}", "a.".repeat(159));
        let origins: Vec<&str> = (9..=longest.len()).filter_map(|length| longest.get(..length)).collect();
        assert_eq!(origins.last().map(|origin| origin.len()), Some(326));
        for (index, origin) in origins.iter().enumerate() {
            let listed = index % 2 == 0;
            assert!(!listed || set.insert_exact(origin), "{origin} is new");
        }
        set.shrink();
        for (index, origin) in origins.iter().enumerate() {
            assert_eq!(set.contains_exact(origin.as_bytes()), index % 2 == 0, "{} bytes", origin.len());
            assert!(!set.contains_exact(format!("{origin}x").as_bytes()), "{} bytes and one", origin.len());
        }
    }

    #[test]
    fn room_that_was_made_beforehand_suffices_and_is_given_back() {
        let mut set = OriginSet::new([1, 2]);
        set.reserve_exact(2, 300);
        let room = set.exact.arena.capacity();
        assert!(set.insert_exact(&"a".repeat(290)) && set.insert_exact(&"b".repeat(10)));
        assert_eq!(set.exact.arena.capacity(), room);
        assert!(!set.insert_exact(&"a".repeat(290)), "it is there already");
        set.shrink();
        assert_eq!(set.exact.arena.capacity(), set.exact.arena.len());
    }
}
