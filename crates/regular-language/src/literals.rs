//! The strings that a pattern spells: what its author wrote down, and not merely let in.
//!
//! Every maximal run of bytes that literal parts of the pattern spell in sequence, each way through its alternatives:
//! `https://(foo|bar)\.com` spells `https://foo.com` and `https://bar.com`; `([a-z]+\.)*example\.com` spells `example.com` and, behind a
//! repetition, `.example.com`. The proof of looseness takes its candidates from these, so leaving some out is on the safe side: wherever they become
//! too many a run is broken.

/// Few of them, and nothing is wrong if one is there twice: a set would be more code than this whole file.
type Strings = Vec<Vec<u8>>;

/// Strings kept in one place, at most. Above it the run is broken.
const MOST: usize = 10_000;
/// No origin is longer, so no run is of use that is.
const LONGEST: usize = 326;
/// Bytes that are copied for one pattern, at most. Above it runs are broken.
const WORK: usize = 4 << 20;
/// What a string costs besides, in bytes copied.
const ALLOCATION: usize = 16;
/// Copies of a counted part that are spelled out.
const COPIES: u32 = 32;

/// How a part of a pattern may continue runs: the whole of it spelled, or a beginning and an end spelled with something else between.
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

    /// A part that spells nothing: a class, say.
    pub(super) fn broken() -> Self {
        Self { whole: Vec::new(), begins: vec![Vec::new()], ends: vec![Vec::new()] }
    }
}

/// Gathers the runs that came to an end.
pub(super) struct Collector {
    found: Strings,
    /// Bytes that may still be copied.
    left: usize,
}

impl Collector {
    pub(super) fn new() -> Self {
        Self { found: Vec::new(), left: WORK }
    }

    /// Both in sequence.
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

    /// Either of the two.
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

    /// The part, from `min` to `max` times.
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

    /// Any number of times: what the first copy begins with and what the last one ends with are spelled, and perhaps nothing or one copy.
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

    /// All runs of the pattern, and how many bytes were copied for them.
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
                // `(a|a?)(a|a?)` multiplies; where many are different, looking would take longer than it saves.
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
