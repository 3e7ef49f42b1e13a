//! What servers make of a path.
//!
//! A browser sends `/v1/..%2fadmin` as it is, a proxy may turn it into `/v1/../admin`, and an
//! upstream serves `/admin`. No server takes all of the steps that are known, and two servers in a
//! row take them twice; so a path is read in every way that the steps, put together in any order,
//! lead to.

mod steps;

use std::borrow::Cow;

use steps::{BESIDE, Oddities, Step, TO_CANONICAL, decode_percent};

/// How often a path is percent-decoded at most: an upstream that decodes more often than this is on
/// its own.
const DECODING_ROUNDS: usize = 3;

/// More readings than these have only paths that were made to confuse, and their time is the
/// client's to spend.
const MOST_READINGS: usize = 128;
const MOST_BYTES: usize = 128 * 1024;

/// How often the steps to the canonical form are repeated: each of them once for every other that
/// it may wait for.
const CANONICAL_ROUNDS: usize = 4;

/// A path has more readings than are looked at.
#[derive(Debug)]
pub(super) struct TooMany;

/// Whether a path has one reading, in one case of letters: nothing odd is in it.
///
/// Every request that rules by path look at comes here, so this does not collect what is odd.
#[inline]
pub(super) fn is_plain(path: &[u8]) -> bool {
    let mut previous = 0;
    let plain = |byte: &u8| {
        let plain = match byte {
            b'/' => !matches!(previous, b'/' | b'.'),
            b'$' => previous != b':',
            b'%' | b'\\' | b';' | b'?' | b'#' | b'A'..=b'Z' | ..=b' ' | 0x7f.. => false,
            _ => true,
        };
        previous = *byte;
        plain
    };
    let ends = !matches!(path, [.., b'.'] | [_, .., b'/']);
    ends && (path.starts_with(b"/") || path == b"*") && path.iter().all(plain)
}

/// Whether one of the readings is `wanted`; the first that is asked for is the path itself.
///
/// The letters' case and slashes at the end are left to [`forms`]: nothing that a step does depends
/// on them.
pub(super) fn any(path: &[u8], mut wanted: impl FnMut(&[u8]) -> bool) -> Result<bool, TooMany> {
    let mut readings = Readings { found: vec![path.to_vec()], bytes: path.len() };
    let mut next = 0;
    for round in 0..=DECODING_ROUNDS {
        let round_start = next;
        while let Some(reading) = readings.found.get(next).cloned() {
            if wanted(&reading) {
                return Ok(true);
            }
            let oddities = Oddities::of(&reading);
            for step in TO_CANONICAL.iter().chain(&BESIDE) {
                readings.add(step.read(&reading, oddities))?;
            }
            next += 1;
        }
        if round < DECODING_ROUNDS {
            for index in round_start..next {
                readings.add(readings.found.get(index).and_then(|reading| decode_percent(reading)))?;
            }
        }
    }
    Ok(false)
}

/// The readings so far, each once, those of fewer rounds of decoding first.
struct Readings {
    found: Vec<Vec<u8>>,
    bytes: usize,
}

impl Readings {
    fn add(&mut self, reading: Option<Vec<u8>>) -> Result<(), TooMany> {
        let Some(reading) = reading.filter(|reading| !self.found.contains(reading)) else { return Ok(()) };
        self.bytes += reading.len();
        self.found.push(reading);
        if self.found.len() > MOST_READINGS || self.bytes > MOST_BYTES { Err(TooMany) } else { Ok(()) }
    }
}

impl Step {
    fn read(&self, path: &[u8], oddities: Oddities) -> Option<Vec<u8>> {
        if self.oddities.overlap(oddities) { (self.apply)(path) } else { None }
    }
}

/// A reading, in the case and with the slash at the end that it has or without.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) path: &'a [u8],
    pub(super) ignores_case: bool,
}

/// The forms of one reading: servers ignore the case of letters, or slashes at the end, or both, or
/// neither.
pub(super) fn forms(reading: &[u8]) -> impl Iterator<Item = Form<'_>> {
    let bare = without_trailing_slashes(reading);
    [reading, bare].into_iter().take(if bare.len() < reading.len() { 2 } else { 1 }).flat_map(|path| {
        let has_capitals = path.iter().any(u8::is_ascii_uppercase);
        [false, true]
            .into_iter()
            .take(if has_capitals { 2 } else { 1 })
            .map(move |ignores_case| Form { path, ignores_case })
    })
}

fn without_trailing_slashes(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte != b'/') {
        Some(last) => path.get(..=last).unwrap_or(path),
        None => path.get(..1).unwrap_or(path),
    }
}

/// The path as the most lenient of upstreams reads it: percent-decoded until stable, `\` as `/`,
/// `;parameters` dropped, empty and `.` segments dropped, `..` resolved, in lower case, without a
/// slash at the end, and whatever else the steps do.
pub(super) fn canonical(path: &[u8]) -> Vec<u8> {
    let mut read = Cow::Borrowed(path);
    for _ in 0..DECODING_ROUNDS {
        match decode_percent(&read) {
            Some(decoded) => read = Cow::Owned(decoded),
            None => break,
        }
    }
    let mut oddities = Oddities::of(&read);
    for _ in 0..CANONICAL_ROUNDS {
        let mut is_stable = true;
        for step in &TO_CANONICAL {
            if let Some(next) = step.read(&read, oddities) {
                oddities = Oddities::of(&next);
                read = Cow::Owned(next);
                is_stable = false;
            }
        }
        if is_stable {
            break;
        }
    }
    without_trailing_slashes(&read).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_what_the_most_lenient_upstream_reads() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("*", "*"),
            ("/v1", "/v1"),
            ("/v1/", "/v1"),
            ("/v1//", "/v1"),
            ("/v1/.", "/v1"),
            ("/v1/..", "/"),
            ("//admin", "/admin"),
            ("/%61dmin", "/admin"),
            ("/v1/..%2fadmin", "/admin"),
            ("/v1/..%2Fadmin", "/admin"),
            ("/v1;x/a", "/v1/a"),
            ("/v1/..;/admin", "/admin"),
            ("/v1/..%5cadmin", "/admin"),
            ("/v1\\..\\admin", "/admin"),
            ("/Admin", "/admin"),
            ("/%2561dmin", "/admin"),
            ("/%252561dmin", "/admin"),
            ("/%25252561dmin", "/%61dmin"),
            ("/../../a", "/a"),
            ("/a/./b", "/a/b"),
            ("/v1/%3bx", "/v1"),
            ("/%zz/%4", "/%zz/%4"),
            ("admin", "/admin"),
            ("/a/...", "/a"),
        ] {
            assert_eq!(String::from_utf8_lossy(&canonical(path.as_bytes())), expected, "{path}");
        }
    }

    #[test]
    fn a_path_is_plain_where_nothing_odd_is_in_it() {
        let bytes: Vec<u8> = (0..=255).collect();
        for first in &bytes {
            for second in b"/.:aA%;$*" {
                for third in b"/.$a" {
                    for path in [vec![*first], vec![b'/', *first], vec![b'/', *second, *first, *third]] {
                        assert_eq!(is_plain(&path), Oddities::of(&path).is_empty(), "{path:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn plain_paths_are_their_own_canonical_form() {
        for path in ["/", "/v1", "/v1/a.b", "/v1/a..b", "/v1/a-b_c~", "/.well-known", "/v1/a:b", "*"] {
            assert!(is_plain(path.as_bytes()), "{path}");
            assert_eq!(canonical(path.as_bytes()), path.as_bytes());
        }
        for path in ["", "admin", "//", "/v1/", "/./a", "/A", "/\u{e4}", "/a;b", "/%61", "/a\\b", "/../a"] {
            assert!(!is_plain(path.as_bytes()), "{path}");
        }
    }
}
