//! Exact origins, the bulk of a long list.

use std::hash::{DefaultHasher, Hasher};

use hashbrown::HashTable;

use crate::is_same;

/// From this length on, an origin's length takes two bytes: this one, and the excess.
const LONG: usize = 255;

/// Exact origins: an arena of length-prefixed texts, and a hash table of offsets into it.
#[derive(Debug, Default)]
pub(super) struct ExactOrigins {
    /// Each origin's length, followed by its text.
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

    /// The hash of an entry, which the table asks for when it grows.
    fn hasher(arena: &[u8], seed: &DefaultHasher) -> impl Fn(&u32) -> u64 {
        move |offset| hash(seed, Self::text(arena, *offset))
    }

    /// Reserves room for this many origins of this total length.
    pub(super) fn reserve(&mut self, origins: usize, bytes: usize, seed: &DefaultHasher) {
        let Self { arena, table } = self;
        // One byte of length for each origin, and a second byte for long ones.
        arena.reserve_exact(bytes.saturating_add(origins).saturating_add(bytes.div_euclid(LONG)));
        table.reserve(origins, Self::hasher(arena, seed));
    }

    /// Frees room that is not needed.
    pub(super) fn shrink(&mut self, seed: &DefaultHasher) {
        let Self { arena, table } = self;
        table.shrink_to_fit(Self::hasher(arena, seed));
        arena.shrink_to_fit();
    }

    /// Adds an origin; `false` if it exists already.
    pub(super) fn insert(&mut self, origin: &[u8], seed: &DefaultHasher) -> bool {
        let hash_of = hash(seed, origin);
        if self.table.find(hash_of, |offset| Self::text(&self.arena, *offset) == origin).is_some() {
            return false;
        }
        // The grammar ends at 326 bytes and the host's memory at 4 GiB, so this never fails.
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

    pub(super) fn contains(&self, origin: &[u8], seed: &DefaultHasher) -> bool {
        !self.table.is_empty()
            && self.table.find(hash(seed, origin), |offset| is_same(Self::text(&self.arena, *offset), origin)).is_some()
    }
}

fn hash(seed: &DefaultHasher, bytes: &[u8]) -> u64 {
    let mut hasher = seed.clone();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::OriginSet;

    #[test]
    fn origins_of_every_length_differ_from_their_beginnings() {
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
    fn reserved_room_suffices_and_the_rest_is_freed() {
        let mut set = OriginSet::new([1, 2]);
        set.reserve_exact(2, 300);
        let room = set.exact.arena.capacity();
        assert!(set.insert_exact(&"a".repeat(290)) && set.insert_exact(&"b".repeat(10)));
        assert_eq!(set.exact.arena.capacity(), room);
        assert!(!set.insert_exact(&"a".repeat(290)), "it exists already");
        set.shrink();
        assert_eq!(set.exact.arena.capacity(), set.exact.arena.len());
    }
}
