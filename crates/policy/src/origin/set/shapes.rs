//! Patterns with a wildcard, found by a host's bases.

use std::hash::{DefaultHasher, Hasher};

use hashbrown::HashTable;

use super::super::grammar::SerializedOrigin;
use super::super::shape::{HostPattern, Shape};
use super::in_label::InLabels;
use super::parts::{Lengths, Ports};

/// Patterns with a wildcard: by scheme and base, and by scheme alone.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    entries: Vec<ShapeEntry>,
    /// Indices of `entries`, by [`ShapeEntry::key`].
    table: HashTable<u32>,
    /// The lengths of all bases, so that most of a host's labels need no probe.
    lengths: Lengths,
    in_label: InLabels,
    /// Any host of a scheme. There are few of these.
    any_host: Vec<(Box<str>, Ports)>,
}

#[derive(Debug)]
struct ShapeEntry {
    scheme: Box<str>,
    base: Box<str>,
    /// Whether one or more labels precede the base; otherwise the base is the host.
    subdomains: bool,
    ports: Ports,
}

/// The key of an entry, which the hash covers.
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
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.in_label.is_empty() && self.any_host.is_empty()
    }

    pub(super) fn insert(&mut self, shape: &Shape<'_>, seed: &DefaultHasher) -> bool {
        let (base, subdomains) = match shape.host {
            HostPattern::Any => return self.insert_any_host(shape),
            HostPattern::InLabel(host) => return self.in_label.insert(shape.scheme, host, shape.port, seed),
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
        let ports = Ports::of(shape.port);
        let entry = ShapeEntry { scheme: shape.scheme.into(), base: base.into(), subdomains, ports };
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
        self.any_host.push((shape.scheme.into(), Ports::of(shape.port)));
        true
    }

    fn at(&self, index: u32) -> Option<&ShapeEntry> {
        usize::try_from(index).ok().and_then(|index| self.entries.get(index))
    }

    pub(super) fn contains(&self, origin: &SerializedOrigin<'_>, seed: &DefaultHasher) -> bool {
        self.any_host.iter().any(|(scheme, ports)| scheme.as_bytes() == origin.scheme && ports.contains(origin.port))
            || (!self.entries.is_empty() && self.contains_base(origin, seed))
            || (!self.in_label.is_empty() && self.in_label.contains(origin, seed))
    }

    /// Whether an entry accepts everything that a pattern does. `itself` says whether its own entry
    /// counts.
    pub(super) fn covers(&self, shape: &Shape<'_>, seed: &DefaultHasher, itself: bool) -> bool {
        let any_host = self.any_host.iter().find(|(scheme, _)| **scheme == *shape.scheme).map(|(_, ports)| ports);
        let (host, subdomains) = match shape.host {
            HostPattern::Any => return any_host.is_some_and(|ports| ports.covers(shape.port, itself)),
            HostPattern::Subdomains(base) => (base.as_bytes(), true),
            HostPattern::Exact(host) => (host.as_bytes(), false),
            HostPattern::InLabel(host) => {
                // A pattern that covers every subdomain of the base covers this one too.
                let subdomains = Shape { host: HostPattern::Subdomains(host.base()), ..*shape };
                return self.covers(&subdomains, seed, true)
                    || self.in_label.covers(shape.scheme, host, shape.port, itself);
            }
        };
        let scheme = shape.scheme.as_bytes();
        any_host.is_some_and(|ports| ports.covers(shape.port, true))
            || self.find((scheme, host, subdomains), seed).is_some_and(|entry| entry.ports.covers(shape.port, itself))
            || self
                .bases(host)
                .filter_map(|base| self.find((scheme, base, true), seed))
                .any(|entry| entry.ports.covers(shape.port, true))
    }

    /// Checks the whole host first, then every base of it, from the shortest on.
    #[inline]
    fn contains_base(&self, origin: &SerializedOrigin<'_>, seed: &DefaultHasher) -> bool {
        if self.lengths.contains(origin.host.len())
            && self.accepts((origin.scheme, origin.host, false), origin.port, seed)
        {
            return true;
        }
        self.bases(origin.host).any(|base| self.accepts((origin.scheme, base, true), origin.port, seed))
    }

    /// The bases of which a host is a subdomain, from the shortest on, if their length is a listed
    /// one. An opaque host may hold empty labels, which a wildcard does not match.
    #[inline]
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

/// The parts before and after each dot of a host, from the right.
#[inline]
fn splits(host: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let dots = host.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
    dots.filter_map(|(dot, _)| Some((host.get(..dot)?, host.get(dot + 1..)?)))
}
