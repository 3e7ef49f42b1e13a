//! The strings that a pattern spells: its author wrote them, and did not merely let them in.
//!
//! A string is a maximal run of bytes that literal parts of the pattern spell in sequence. Each way
//! through the alternatives has its runs: `https://(foo|bar)\.com` spells `https://foo.com` and
//! `https://bar.com`; `([a-z]+\.)*example\.com` spells `example.com` and, after a repetition,
//! `.example.com`. The search for loose patterns takes its candidates from these strings, so it is
//! safe to omit some: where there are too many, a run is broken.

/// There are few, and a duplicate does no harm. A set would need more code than this whole file.
type Strings = Vec<Vec<u8>>;

/// The limit on strings that are kept in one place. Above it, the run is broken.
const MOST: usize = 10_000;
/// No origin is longer, so longer runs are of no use.
const LONGEST: usize = 326;
/// The limit on bytes that are copied for one pattern. Above it, runs are broken.
const WORK: usize = 4 << 20;
/// The further cost of a string, in bytes copied.
const ALLOCATION: usize = 16;
/// The copies of a counted part that are spelled out.
const COPIES: u32 = 32;

/// The ways in which a part of a pattern may continue runs: as a whole, or with a beginning and an
/// end that something unspelled separates.
#[derive(Clone, Default)]
pub(super) struct Runs {
    whole: Strings,
    begins: Strings,
    ends: Strings,
}

impl Runs {
    /// A part that is exactly this string.
    pub(super) fn literal(bytes: Vec<u8>) -> Self {
        Self { whole: vec![bytes], ..Self::default() }
    }

    /// A part that spells nothing, such as a class.
    pub(super) fn broken() -> Self {
        Self { whole: Vec::new(), begins: vec![Vec::new()], ends: vec![Vec::new()] }
    }
}

/// Collects the runs that have ended.
pub(super) struct Collector {
    found: Strings,
    /// The bytes that may still be copied.
    left: usize,
}

impl Collector {
    pub(super) fn new() -> Self {
        Self { found: Vec::new(), left: WORK }
    }

    /// Both parts in sequence.
    pub(super) fn concat(&mut self, first: Runs, second: Runs) -> Runs {
        let joined = (|| {
            let mut joined = Runs::default();
            self.left = self.left.checked_sub(ALLOCATION * (first.begins.len() + second.ends.len()))?;
            self.join(&first.whole, &second.whole, &mut joined.whole)?;
            self.join(&first.whole, &second.begins, &mut joined.begins)?;
            self.join(&first.ends, &second.whole, &mut joined.ends)?;
            let mut ended = Vec::new();
            self.join(&first.ends, &second.begins, &mut ended)?;
            joined.begins.extend(first.begins.iter().cloned());
            joined.ends.extend(second.ends.iter().cloned());
            self.end(ended);
            (joined.begins.len() <= MOST && joined.ends.len() <= MOST).then_some(joined)
        })();
        joined.unwrap_or_else(|| {
            self.end_all(first);
            self.end_all(second);
            Runs::broken()
        })
    }

    /// Either part.
    pub(super) fn either(&mut self, mut one: Runs, other: Runs) -> Runs {
        one.whole.extend(other.whole);
        one.begins.extend(other.begins);
        one.ends.extend(other.ends);
        if one.whole.len().max(one.begins.len()).max(one.ends.len()) > MOST {
            self.end_all(one);
            return Runs::broken();
        }
        one
    }

    /// From `min` to `max` copies of the part.
    pub(super) fn repeat(&mut self, part: Runs, min: u32, max: Option<u32>) -> Runs {
        let Some(max) = max.filter(|max| *max <= COPIES) else {
            return Self::repeat_often(part, min);
        };
        let mut all = Runs::literal(Vec::new());
        for copy in (0..max).rev() {
            all = self.concat(part.clone(), all);
            if copy >= min {
                all = self.either(all, Runs::literal(Vec::new()));
            }
        }
        all
    }

    /// Any number of copies. It spells the beginning of the first copy and the end of the last one,
    /// and also nothing or one copy.
    fn repeat_often(part: Runs, min: u32) -> Runs {
        let mut all = Runs { whole: Vec::new(), begins: part.begins, ends: part.ends };
        all.begins.extend(part.whole.iter().cloned());
        all.ends.extend(part.whole.iter().cloned());
        if min <= 1 {
            all.whole = part.whole;
        }
        if min == 0 {
            all.whole.push(Vec::new());
        }
        all
    }

    /// All runs of the pattern, and the number of bytes copied for them.
    pub(super) fn finish(mut self, pattern: Runs) -> (Vec<Vec<u8>>, usize) {
        self.end_all(pattern);
        (self.found, WORK - self.left)
    }

    fn join(&mut self, firsts: &Strings, seconds: &Strings, joined: &mut Strings) -> Option<()> {
        if firsts.len().saturating_mul(seconds.len()) > MOST {
            return None;
        }
        for first in firsts {
            for second in seconds {
                let length = first.len() + second.len();
                self.left = self.left.checked_sub(length + ALLOCATION)?;
                if length > LONGEST {
                    return None;
                }
                let string = [first.as_slice(), second].concat();
                // `(a|a?)(a|a?)` multiplies the strings. If many are different, a search for
                // duplicates would take longer than it saves.
                if joined.len() > 32 || !joined.contains(&string) {
                    joined.push(string);
                }
            }
        }
        Some(())
    }

    fn end_all(&mut self, runs: Runs) {
        self.end(runs.whole);
        self.end(runs.begins);
        self.end(runs.ends);
    }

    fn end(&mut self, strings: Strings) {
        let room = MOST.saturating_sub(self.found.len());
        self.found.extend(strings.into_iter().filter(|string| !string.is_empty()).take(room));
    }
}
