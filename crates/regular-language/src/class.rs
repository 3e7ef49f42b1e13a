//! Sets of ASCII bytes.

use std::ops::RangeInclusive;

/// A set of bytes below 0x80.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteClass(u128);

impl ByteClass {
    /// The empty class.
    pub const EMPTY: Self = Self(0);
    /// Every ASCII byte.
    pub const ALL: Self = Self(u128::MAX);

    /// The class of these bytes. Bytes that are not ASCII are left out.
    pub const fn of(bytes: &[u8]) -> Self {
        let mut set = 0;
        let mut rest = bytes;
        while let [byte, tail @ ..] = rest {
            set |= Self::byte(*byte).0;
            rest = tail;
        }
        Self(set)
    }

    /// The class of this byte, if it is ASCII.
    pub const fn byte(byte: u8) -> Self {
        if byte < 0x80 { Self(1 << byte) } else { Self::EMPTY }
    }

    /// The bytes of this range that are ASCII.
    pub fn range(range: RangeInclusive<u8>) -> Self {
        range.fold(Self::EMPTY, |class, byte| class.union(Self::byte(byte)))
    }

    /// Whether the class contains the byte.
    pub const fn contains(self, byte: u8) -> bool {
        byte < 0x80 && self.0 >> byte & 1 == 1
    }

    /// Whether the class is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The bytes in either class.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bytes in both classes.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The ASCII bytes outside the class.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// The class with each letter in both cases.
    #[must_use]
    pub fn fold_case(self) -> Self {
        const UPPER: u128 = 0x07FF_FFFE << 64;
        const LOWER: u128 = UPPER << 32;
        Self(self.0 | (self.0 & UPPER) << 32 | (self.0 & LOWER) >> 32)
    }

    /// The byte that this class spells: its only byte, or the lower case of a letter that it
    /// contains in both cases.
    pub fn spelled(self) -> Option<u8> {
        let last = u8::try_from(self.0.checked_ilog2()?).ok()?;
        (self == Self::byte(last) || (last.is_ascii_lowercase() && self == Self::byte(last).fold_case()))
            .then_some(last)
    }

    /// Any byte of this class.
    pub fn first(self) -> Option<u8> {
        u8::try_from(self.0.trailing_zeros()).ok().filter(|byte| *byte < 0x80)
    }

    /// All ASCII bytes, in order of legibility in an example: letters, digits, a hyphen, the rest.
    pub fn best_first() -> impl Iterator<Item = u8> {
        let legible = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
        legible.iter().copied().chain((0..0x80).rev())
    }

    /// The class as two numbers, for hashing.
    pub(super) fn halves(self) -> [u64; 2] {
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        [half(self.0 >> 64), half(self.0)]
    }
}
