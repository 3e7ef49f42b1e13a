//! Patterns with a `*` inside a label: `https://deploy-*--site.netlify.app`.
//!
//! An entry holds all patterns with the same scheme and the same text after the `*`. A hash of the
//! two finds it. Within it, the texts before the `*` are sorted. So neither a thousand sites
//! (`…--site-1.netlify.app`) nor a thousand prefixes (`tenant-1-*.example.com`) need a scan.

use std::hash::{DefaultHasher, Hasher};

use hashbrown::HashTable;

use super::super::grammar::SerializedOrigin;
use super::super::shape::{InLabel, PortPattern};
use super::parts::{Lengths, Ports};

#[derive(Debug, Default)]
pub(super) struct InLabels {
    table: HashTable<Entry>,
    /// The lengths of all texts after a `*`.
    after: Lengths,
}

#[derive(Debug)]
struct Entry {
    scheme: Box<str>,
    after: Box<str>,
    /// Sorted by the text before the `*`.
    before: Vec<(Box<str>, Ports)>,
    /// The lengths of those texts.
    lengths: Lengths,
}

impl Entry {
    fn is(&self, scheme: &[u8], after: &[u8]) -> bool {
        self.scheme.as_bytes() == scheme && self.after.as_bytes() == after
    }

    fn ports(&self, before: &[u8]) -> Option<&Ports> {
        let place = self.before.binary_search_by(|(text, _)| text.as_bytes().cmp(before)).ok()?;
        self.before.get(place).map(|(_, ports)| ports)
    }

    /// Whether a pattern accepts the host. `rest` is the host's text before this entry's text.
    fn accepts(&self, rest: &[u8], port: Option<u16>) -> bool {
        // The `*` matches the end of `rest`: at least one byte, and only permitted bytes.
        let free = rest.iter().rev().take_while(|byte| InLabel::may_match(**byte)).count();
        (rest.len() - free..rest.len()).filter(|length| self.lengths.contains(*length)).any(|length| {
            rest.get(..length).and_then(|before| self.ports(before)).is_some_and(|ports| ports.contains(port))
        })
    }
}

impl InLabels {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Adds a pattern; `false` if it exists already.
    pub(super) fn insert(&mut self, scheme: &str, host: InLabel<'_>, port: PortPattern, seed: &DefaultHasher) -> bool {
        let (scheme_bytes, after) = (scheme.as_bytes(), host.after.as_bytes());
        let hash = hash(seed, scheme_bytes, after);
        self.after.insert(after.len());
        if let Some(entry) = self.table.find_mut(hash, |entry| entry.is(scheme_bytes, after)) {
            entry.lengths.insert(host.before.len());
            return match entry.before.binary_search_by(|(text, _)| (**text).cmp(host.before)) {
                Ok(place) => entry.before.get_mut(place).is_some_and(|(_, ports)| ports.insert(port)),
                Err(place) => {
                    entry.before.insert(place, (host.before.into(), Ports::of(port)));
                    true
                }
            };
        }
        let mut lengths = Lengths::default();
        lengths.insert(host.before.len());
        let before = vec![(host.before.into(), Ports::of(port))];
        let entry = Entry { scheme: scheme.into(), after: host.after.into(), before, lengths };
        self.table
            .insert_unique(hash, entry, |entry| self::hash(seed, entry.scheme.as_bytes(), entry.after.as_bytes()));
        true
    }

    pub(super) fn contains(&self, origin: &SerializedOrigin<'_>, seed: &DefaultHasher) -> bool {
        let splits = (1..origin.host.len()).filter_map(|length| origin.host.split_at_checked(length));
        splits.filter(|(_, after)| self.after.contains(after.len())).any(|(rest, after)| {
            self.table
                .find(hash(seed, origin.scheme, after), |entry| entry.is(origin.scheme, after))
                .is_some_and(|entry| entry.accepts(rest, origin.port))
        })
    }

    /// Whether the entry accepts everything that a pattern does; unless `itself`, without that same
    /// pattern. Asked at configuration only.
    pub(super) fn covers(&self, scheme: &str, host: InLabel<'_>, port: PortPattern, itself: bool) -> bool {
        let free = |text: Option<&str>| text.is_some_and(|text| text.bytes().all(InLabel::may_match));
        self.table.iter().filter(|entry| *entry.scheme == *scheme).any(|entry| {
            free(host.after.strip_suffix(&*entry.after))
                && entry.before.iter().any(|(before, ports)| {
                    let same = **before == *host.before && *entry.after == *host.after;
                    free(host.before.strip_prefix(&**before)) && ports.covers(port, itself || !same)
                })
        })
    }
}

fn hash(seed: &DefaultHasher, scheme: &[u8], after: &[u8]) -> u64 {
    let mut hasher = seed.clone();
    hasher.write(scheme);
    // `:` ends the scheme, so that no two keys are the same bytes.
    hasher.write(b":*");
    hasher.write(after);
    hasher.finish()
}
