//! Paths of rules, and the two forms in which a request's path is read.

use std::borrow::Cow;

/// How often a path is percent-decoded at most: an upstream that decodes more often than this is on its own.
const DECODING_ROUNDS: usize = 3;

/// The path without its query.
pub(crate) fn without_query(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}

/// Whether a path is surely its own canonical form, so that no second look at it is needed.
pub(crate) fn is_plain(path: &[u8]) -> bool {
    let mut previous = 0;
    let plain = |byte: &u8| {
        let plain = match byte {
            b'%' | b'\\' | b';' | b'A'..=b'Z' => false,
            b'/' | b'.' => previous != b'/',
            _ => true,
        };
        previous = *byte;
        plain
    };
    (path.starts_with(b"/") || path == b"*") && path.iter().all(plain)
}

/// The path as the most lenient of upstreams reads it: percent-decoded until stable, `\` as `/`, `;parameters` dropped,
/// empty and `.` segments dropped, `..` resolved, in lower case. A trailing slash is kept, once.
pub(crate) fn canonical(path: &[u8]) -> Vec<u8> {
    if path == b"*" {
        return path.to_vec();
    }
    let mut decoded = Cow::Borrowed(path);
    for _ in 0..DECODING_ROUNDS {
        match percent_decoded(&decoded) {
            Some(next) => decoded = Cow::Owned(next),
            None => break,
        }
    }
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut trailing_slash = false;
    for segment in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        trailing_slash = matches!(name, b"" | b"." | b"..");
        match name {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(name),
        }
    }
    let mut canonical = Vec::with_capacity(decoded.len() + 1);
    for segment in &segments {
        canonical.push(b'/');
        canonical.extend(segment.iter().map(u8::to_ascii_lowercase));
    }
    if trailing_slash || segments.is_empty() {
        canonical.push(b'/');
    }
    canonical
}

/// One round of percent-decoding; `None` if nothing was encoded. What is no `%XX` is kept as it is.
fn percent_decoded(path: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    let mut changed = false;
    while let [first, tail @ ..] = rest {
        let byte = match tail {
            [high, low, behind @ ..] if *first == b'%' => {
                hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, behind))
            }
            _ => None,
        };
        let (byte, behind) = byte.unwrap_or((*first, tail));
        changed |= behind.len() < tail.len();
        decoded.push(byte);
        rest = behind;
    }
    changed.then_some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// One entry of a rule's `paths`: a path, or (`/v1/*`) a path and all below it, by whole segments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    as_written: Shape,
    canonical: Shape,
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Exact(Box<[u8]>),
    /// Without the final `/*`.
    Below(Box<[u8]>),
}

impl PathPattern {
    /// Parses a pattern; the error is a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') {
            return Err("A path begins with \"/\".");
        }
        if text.contains(['?', '#']) {
            return Err("A path ends before its query; rules never look at that.");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("A path is written as requests carry it: visible ASCII, all else percent-encoded.");
        }
        let (path, below) = text.strip_suffix("/*").map_or((text, false), |base| (base, true));
        if path.contains('*') {
            return Err("A \"*\" stands only at the end, behind a slash (\"/v1/*\": /v1 and all below it).");
        }
        let canonical_path = canonical(path.as_bytes());
        let (as_written, canonical) = if below {
            let base = canonical_path.strip_suffix(b"/").unwrap_or(&canonical_path);
            (Shape::Below(path.as_bytes().into()), Shape::Below(base.into()))
        } else {
            (Shape::Exact(path.as_bytes().into()), Shape::Exact(canonical_path.into()))
        };
        Ok(Self { as_written, canonical })
    }

    /// The pattern that a wrongly written one probably means.
    pub(crate) fn correction(text: &str) -> Option<String> {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| {
            rest.split_once('/').map_or("", |(host, _)| rest.strip_prefix(host).unwrap_or_default())
        });
        let path = text.split(['?', '#']).next().filter(|path| !path.is_empty())?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path = match path.strip_suffix('*') {
            Some(base) if !base.ends_with('/') => format!("{base}/*"),
            _ => path,
        };
        Self::parse(&path).is_ok().then_some(path)
    }

    /// Whether the pattern reads the same in both forms; only then may a plain path skip the second run.
    pub(crate) fn is_canonical(&self) -> bool {
        self.as_written == self.canonical
    }

    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        self.as_written.matches(path)
    }

    pub(crate) fn matches_canonical(&self, path: &[u8]) -> bool {
        self.canonical.matches(path)
    }

    /// Whether every path that `other` matches is matched by `self`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (&self.as_written, &other.as_written) {
            (shape, Shape::Exact(path)) => shape.matches(path),
            (Shape::Below(base), Shape::Below(other)) => Shape::is_below(other, base),
            (Shape::Exact(_), Shape::Below(_)) => false,
        }
    }
}

impl Shape {
    fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => **exact == *path,
            Self::Below(base) => Self::is_below(path, base),
        }
    }

    fn is_below(path: &[u8], base: &[u8]) -> bool {
        matches!(path.strip_prefix(base), Some([] | [b'/', ..]))
    }
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
            ("/v1/", "/v1/"),
            ("/v1//", "/v1/"),
            ("/v1/.", "/v1/"),
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
            ("/v1/%3bx", "/v1/"),
            ("/%zz/%4", "/%zz/%4"),
            ("admin", "/admin"),
            ("/...", "/..."),
        ] {
            assert_eq!(String::from_utf8_lossy(&canonical(path.as_bytes())), expected, "{path}");
        }
    }

    #[test]
    fn plain_paths_are_their_own_canonical_form() {
        for path in ["/", "/v1", "/v1/", "/v1/a.b", "/v1/a..b", "/v1/a-b_c~", "*", "/\u{e4}"] {
            assert!(is_plain(path.as_bytes()), "{path}");
            assert_eq!(canonical(path.as_bytes()), path.as_bytes());
        }
        for path in ["", "admin", "//", "/./a", "/.well-known", "/A", "/a;b", "/%61", "/a\\b", "/../a"] {
            assert!(!is_plain(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn patterns_match_whole_segments() {
        let below = PathPattern::parse("/v1/*").expect("a pattern");
        for (path, expected) in
            [("/v1", true), ("/v1/", true), ("/v1/a/b", true), ("/v10", false), ("/", false), ("v1", false)]
        {
            assert_eq!(below.matches(path.as_bytes()), expected, "{path}");
        }
        let all = PathPattern::parse("/*").expect("a pattern");
        assert!(all.matches(b"/") && all.matches(b"/a") && !all.matches(b"*"));
        let exact = PathPattern::parse("/healthz").expect("a pattern");
        assert!(exact.matches(b"/healthz") && !exact.matches(b"/healthz/"));
    }

    #[test]
    fn what_is_no_pattern_is_corrected_where_it_can_be() {
        for (text, meant) in [
            ("v1", Some("/v1")),
            ("/v1*", Some("/v1/*")),
            ("/v1?x=1", Some("/v1")),
            ("/v1/*/x", None),
            ("/a b", None),
            ("https://api.test/v1", Some("/v1")),
            ("https://api.test", None),
            ("", None),
        ] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
            assert_eq!(PathPattern::correction(text).as_deref(), meant, "{text}");
        }
    }
}
