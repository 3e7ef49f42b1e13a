//! Paths of rules.

use super::readings::{self, Form};

/// The path without its query.
#[inline]
pub(crate) fn without_query(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}

/// One entry of a rule's `paths`: a path, or (`/v1/*`) a path and all below it, by whole segments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    as_written: Shape,
    /// Where it is not the same.
    canonical: Option<Shape>,
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
        let (path, below) = text.strip_suffix("/*").map_or((text, false), |base| (base, true));
        if path.contains('*') {
            return Err("A \"*\" is only allowed at the end, after a slash (\"/v1/*\": /v1 and all below it).");
        }
        if text.contains(['?', '#']) {
            return Err("A path ends before its query; rules never look at that.");
        }
        if text.contains(['{', '}']) {
            return Err(
                "Rules know no placeholders, and browsers send no braces in a path; \"/v1/*\" is /v1 and all below it.",
            );
        }
        if text.bytes().any(is_never_sent) {
            return Err("A path is written as requests carry it: visible ASCII, all else percent-encoded.");
        }
        if path.split('/').any(|segment| dots(segment).is_some()) {
            return Err("Browsers resolve \".\" and \"..\" before they send a path.");
        }
        let canonical = readings::canonical(path.as_bytes());
        let (as_written, canonical) = if below {
            let base = canonical.strip_suffix(b"/").unwrap_or(&canonical);
            (Shape::Below(path.as_bytes().into()), Shape::Below(base.into()))
        } else {
            (Shape::Exact(path.as_bytes().into()), Shape::Exact(canonical.into()))
        };
        let canonical = (canonical != as_written).then_some(canonical);
        Ok(Self { as_written, canonical })
    }

    /// Whether the pattern is written in its canonical form.
    pub(crate) fn is_canonical(&self) -> bool {
        self.canonical.is_none()
    }

    /// Whether it is `/*`, which every path matches.
    pub(crate) fn is_all(&self) -> bool {
        matches!(&self.as_written, Shape::Below(base) if base.is_empty())
    }

    /// Whether a path matches as it was received.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        self.as_written.matches(path, <[u8]>::eq)
    }

    /// Whether a form of a reading matches. A pattern that is not canonical names a path in a
    /// spelling of its own, which no reading keeps: it is compared with the `canonical` form of the
    /// reading.
    pub(super) fn matches_form(&self, form: Form<'_>, canonical: &[u8]) -> bool {
        match &self.canonical {
            Some(pattern) => pattern.matches(canonical, <[u8]>::eq),
            None if form.ignores_case => self.as_written.matches(form.path, <[u8]>::eq_ignore_ascii_case),
            None => self.matches(form.path),
        }
    }

    /// Whether servers read the path itself as another one. Its requests are then refused, unless
    /// they get the same policy either way.
    pub(crate) fn has_other_readings(&self) -> bool {
        let (Shape::Exact(path) | Shape::Below(path)) = &self.as_written;
        let is_another = |reading: &[u8]| !self.canonical_shape().matches(&readings::canonical(reading), <[u8]>::eq);
        !self.is_canonical() && readings::any(path, is_another).unwrap_or(true)
    }

    /// Whether every path that `other` matches as it is received is matched by `self`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.as_written.covers(&other.as_written)
    }

    /// Likewise of their canonical forms.
    pub(crate) fn covers_canonical(&self, other: &Self) -> bool {
        self.canonical_shape().covers(other.canonical_shape())
    }

    /// Whether some path is matched by both: as it is received, or as a server reads it.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let covers = self.covers(other) || other.covers(self);
        covers
            || self.covers_canonical(other)
            || other.covers_canonical(self)
            || self.reads_as(other)
            || other.reads_as(self)
    }

    /// Whether some server reads the pattern's own path as one that `other` matches.
    fn reads_as(&self, other: &Self) -> bool {
        let (Shape::Exact(path) | Shape::Below(path)) = &self.as_written;
        let matches = |reading: &[u8]| {
            let canonical = readings::canonical(reading);
            readings::forms(reading).any(|form| other.matches_form(form, &canonical))
        };
        readings::any(path, matches).unwrap_or(true)
    }

    fn canonical_shape(&self) -> &Shape {
        self.canonical.as_ref().unwrap_or(&self.as_written)
    }
}

impl Shape {
    fn matches(&self, path: &[u8], is_same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        match self {
            Self::Exact(exact) => is_same(exact, path),
            Self::Below(base) => match path.split_at_checked(base.len()) {
                Some((start, [] | [b'/', ..])) => is_same(base, start),
                _ => false,
            },
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(_), Self::Below(_)) => false,
            (_, Self::Exact(path) | Self::Below(path)) => self.matches(path, <[u8]>::eq),
        }
    }
}

/// What browsers percent-encode in a path (URL standard, section 1.3: the path percent-encode set),
/// or read as a slash.
pub(super) fn is_never_sent(byte: u8) -> bool {
    !byte.is_ascii_graphic() || matches!(byte, b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'\\')
}

/// A segment that browsers resolve (URL standard, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dots {
    Single,
    Double,
}

/// Which of them a segment is, if any.
pub(super) fn dots(segment: &str) -> Option<Dots> {
    match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "." => Some(Dots::Single),
        ".." => Some(Dots::Double),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
