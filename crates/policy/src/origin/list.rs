//! Origins from a service: one list, compiled like the exact entries of `allowOrigins`.
//!
//! A service's list is data that nobody has reviewed. So only serialized origins are taken, byte
//! for byte. `*`, `null`, `file://` and patterns are left out, whatever the policy accepts: each of
//! them allows pages that the list does not name. Anything else that is not an origin is left out
//! too, because a browser could never send it.
//!
//! One risk remains that an exact origin can have: with credentials, plain `http`. Such origins are
//! kept apart, and only the policies that accept the risk look there. So one list serves every
//! policy that names the source.

use super::grammar;
use super::pattern::{Pattern, is_local};
use super::set::OriginSet;

/// The origins of one source, immutable.
#[derive(Debug)]
pub struct OriginList {
    plain: OriginSet,
    /// Plain `http`, except for this machine's own hosts.
    insecure: OriginSet,
    counts: ListCounts,
}

/// What became of the entries of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListCounts {
    /// Origins that every policy takes.
    pub plain: u32,
    /// Origins with plain `http`, which a policy with credentials takes only if it accepts the risk
    /// `insecure-origin-with-credentials`.
    pub insecure: u32,
    /// Entries that no policy takes.
    pub left_out: u32,
}

/// Why an entry of a list is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// `*`
    AnyOrigin,
    /// `null` or `file://`
    Opaque,
    /// A pattern (`https://*.example.com`).
    Pattern,
    /// Not a serialized origin as browsers send it.
    NotAnOrigin,
}

impl LeftOut {
    /// The reason's fixed words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnyOrigin => "any origin",
            Self::Opaque => "an opaque origin",
            Self::Pattern => "a pattern",
            Self::NotAnOrigin => "not an origin that a browser sends",
        }
    }
}

/// Builds an [`OriginList`], an entry at a time, so that a long list need not be compiled in one go.
///
/// ```
/// use corsac_policy::{LeftOut, OriginListBuilder};
///
/// let mut list = OriginListBuilder::new([1, 2], 2, 64);
/// assert_eq!(list.push(b"https://app.example.com"), None);
/// assert_eq!(list.push(b"*"), Some(LeftOut::AnyOrigin));
/// assert_eq!(list.push(b"https://App.example.com/"), Some(LeftOut::NotAnOrigin));
/// assert_eq!((list.counts().plain, list.counts().left_out), (1, 2));
/// ```
#[derive(Debug)]
pub struct OriginListBuilder(OriginList);

impl OriginListBuilder {
    /// An empty list, with room for this many origins of this total length. `seed` is that of
    /// [`crate::Tools`].
    pub fn new(seed: [u64; 2], origins: usize, bytes: usize) -> Self {
        let mut plain = OriginSet::new(seed);
        plain.reserve_exact(origins, bytes);
        Self(OriginList { plain, insecure: OriginSet::new(seed), counts: ListCounts::default() })
    }

    /// Adds an entry, or says why it is left out. An origin that is there already counts once.
    pub fn push(&mut self, entry: &[u8]) -> Option<LeftOut> {
        let OriginList { plain, insecure, counts } = &mut self.0;
        match judge(entry) {
            Ok((origin, false)) => counts.plain += u32::from(plain.insert_exact(origin)),
            Ok((origin, true)) => counts.insecure += u32::from(insecure.insert_exact(origin)),
            Err(reason) => {
                counts.left_out = counts.left_out.saturating_add(1);
                return Some(reason);
            }
        }
        None
    }

    /// What became of the entries so far.
    pub fn counts(&self) -> ListCounts {
        self.0.counts
    }

    /// The finished list.
    pub fn finish(self) -> OriginList {
        let mut list = self.0;
        list.plain.shrink();
        list.insecure.shrink();
        list
    }
}

/// The origin, and whether it is insecure.
fn judge(entry: &[u8]) -> Result<(&str, bool), LeftOut> {
    let text = std::str::from_utf8(entry).map_err(|_| LeftOut::NotAnOrigin)?;
    match Pattern::parse_literal(text) {
        Some(Pattern::Exact(origin)) => Ok((origin, is_insecure(origin))),
        Some(Pattern::Any) => Err(LeftOut::AnyOrigin),
        Some(Pattern::Null | Pattern::File) => Err(LeftOut::Opaque),
        Some(Pattern::Shape(_) | Pattern::Tenant(_)) => Err(LeftOut::Pattern),
        None if Pattern::parse(text).is_some() => Err(LeftOut::Pattern),
        None => Err(LeftOut::NotAnOrigin),
    }
}

/// Whether whoever is on a visitor's network can speak as this origin.
pub(crate) fn is_insecure(origin: &str) -> bool {
    origin.starts_with("http://")
        && !grammar::parse(origin.as_bytes())
            .and_then(|origin| std::str::from_utf8(origin.host).ok())
            .is_some_and(is_local)
}

impl OriginList {
    /// Whether the list has this origin. `insecure`: those with plain `http` count too.
    #[inline]
    pub(crate) fn contains(&self, origin: &[u8], insecure: bool) -> bool {
        self.plain.contains_exact(origin) || (insecure && self.insecure.contains_exact(origin))
    }

    /// What became of the entries.
    pub const fn counts(&self) -> ListCounts {
        self.counts
    }
}
