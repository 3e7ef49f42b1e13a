//! The ways in which servers read a path as another one, a step each. A step is something that one
//! server does alone, so that [`super::any`] can put them together in every order. It answers
//! `None` where it changes nothing.

/// A way to read a path as another one.
pub(super) struct Step {
    /// The step changes only paths that hold one of these.
    pub(super) oddities: Oddities,
    pub(super) apply: fn(&[u8]) -> Option<Vec<u8>>,
}

const fn step(oddities: Oddities, apply: fn(&[u8]) -> Option<Vec<u8>>) -> Step {
    Step { oddities, apply }
}

/// The steps that lead to the canonical form.
pub(super) const TO_CANONICAL: [Step; 15] = [
    step(Oddities::UNROOTED, with_root),
    // IIS: `%u002f`.
    step(Oddities::PERCENT, decode_percent_u),
    // Decoders that do not insist on the shortest form (RFC 3629, section 10): `%c0%af`.
    step(Oddities::HIGH, decode_overlong),
    // The best fit of Windows code pages: U+FF0F is "/".
    step(Oddities::HIGH, fold_fullwidth),
    // The URL standard's parser, IIS, Tomcat where it is told to.
    step(Oddities::BACKSLASH, |path| map(path, |byte| if byte == b'\\' { b'/' } else { byte })),
    // A path that was decoded before it is split off its URL.
    step(Oddities::QUERY, |path| cut(path, b'?')),
    step(Oddities::FRAGMENT, |path| cut(path, b'#')),
    // C strings end there; others drop it with the control characters, as the URL standard drops
    // tabs and line breaks.
    step(Oddities::BLANK, |path| cut(path, 0)),
    step(Oddities::BLANK, |path| changed(path, path.iter().copied().filter(|byte| !byte.is_ascii_control()).collect())),
    // Matrix parameters: Tomcat, Jetty, Spring.
    step(Oddities::SEMICOLON, |path| map_segments(path, |segment| until(segment, b';'))),
    // NTFS: `admin::$DATA` is `admin`.
    step(Oddities::STREAM, |path| map_segments(path, without_stream)),
    // Windows, and whoever trims.
    step(Oddities::BLANK.or(Oddities::HIGH), |path| map_segments(path, trim_blanks)),
    step(Oddities::DOT.or(Oddities::BLANK).or(Oddities::HIGH), |path| map_segments(path, without_trailing_dots)),
    step(Oddities::SLASHES, merge_slashes),
    // RFC 3986, section 5.2.4; an empty segment is a segment there.
    step(Oddities::DOT, resolve_dots),
];

/// Readings that contradict the canonical form.
pub(super) const BESIDE: [Step; 2] = [
    // `//host/admin` and `http://host/admin`, taken for a reference with an authority (RFC 3986,
    // section 4.2).
    step(Oddities::SLASHES.or(Oddities::UNROOTED), without_authority),
    // Parameters that end the whole path, as `;jsessionid=…` does.
    step(Oddities::SEMICOLON, |path| cut(path, b';')),
];

/// What a path holds that some server reads as something else. A path without any has one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Oddities(u16);

impl Oddities {
    const NONE: Self = Self(0);
    pub(super) const PERCENT: Self = Self(1);
    const BACKSLASH: Self = Self(1 << 1);
    const SEMICOLON: Self = Self(1 << 2);
    /// An empty segment, or a slash at the end.
    const SLASHES: Self = Self(1 << 3);
    /// A segment that ends in a dot.
    const DOT: Self = Self(1 << 4);
    /// A control character, or a space.
    const BLANK: Self = Self(1 << 5);
    const HIGH: Self = Self(1 << 6);
    const QUERY: Self = Self(1 << 7);
    const FRAGMENT: Self = Self(1 << 8);
    const STREAM: Self = Self(1 << 9);
    const UNROOTED: Self = Self(1 << 10);
    const CAPITAL: Self = Self(1 << 11);

    pub(super) fn of(path: &[u8]) -> Self {
        let rooted = path.starts_with(b"/") || path == b"*";
        let mut found = if rooted { Self::NONE } else { Self::UNROOTED };
        let mut previous = 0;
        for byte in path {
            // Nearly every byte of nearly every path.
            if !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
                found = found.or(Self::of_byte(*byte, previous));
            }
            previous = *byte;
        }
        found.or(match path {
            [.., b'.'] => Self::DOT,
            [_, .., b'/'] => Self::SLASHES,
            _ => Self::NONE,
        })
    }

    fn of_byte(byte: u8, previous: u8) -> Self {
        match (byte, previous) {
            (b'%', _) => Self::PERCENT,
            (b'\\', _) => Self::BACKSLASH,
            (b';', _) => Self::SEMICOLON,
            (b'/', b'/') => Self::SLASHES,
            (b'/', b'.') => Self::DOT,
            (..=b' ' | 0x7f, _) => Self::BLANK,
            (0x80.., _) => Self::HIGH,
            (b'?', _) => Self::QUERY,
            (b'#', _) => Self::FRAGMENT,
            (b'$', b':') => Self::STREAM,
            (b'A'..=b'Z', _) => Self::CAPITAL,
            _ => Self::NONE,
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    pub(super) const fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One round of percent-decoding. What is no `%XX` stays as it is.
pub(super) fn decode_percent(path: &[u8]) -> Option<Vec<u8>> {
    rewrite(path, |rest| match rest {
        [b'%', high, low, after @ ..] => Some((hex(*high)? << 4 | hex(*low)?, after)),
        _ => None,
    })
}

fn decode_percent_u(path: &[u8]) -> Option<Vec<u8>> {
    rewrite(path, |rest| match rest {
        [b'%', b'u' | b'U', a, b, c, d, after @ ..] => {
            let (high, low) = (hex(*a)? << 4 | hex(*b)?, hex(*c)? << 4 | hex(*d)?);
            match (high, low) {
                (0x00, 0x00..=0x7f) => Some((low, after)),
                (0xff, 0x01..=0x5e) => Some((low + 0x20, after)),
                _ => None,
            }
        }
        _ => None,
    })
}

/// UTF-8 in more bytes than needed, of ASCII characters. The second byte of two need not be a
/// continuation: decoders that take the long form did not look at its upper bits either (`%c1%1c`).
fn decode_overlong(path: &[u8]) -> Option<Vec<u8>> {
    rewrite(path, |rest| match rest {
        [lead @ (0xc0 | 0xc1), last, after @ ..]
        | [0xe0, lead @ (0x80 | 0x81), last @ 0x80..=0xbf, after @ ..]
        | [0xf0, 0x80, lead @ (0x80 | 0x81), last @ 0x80..=0xbf, after @ ..] => {
            Some(((lead & 1) << 6 | last & 0x3f, after))
        }
        _ => None,
    })
}

/// U+FF01 to U+FF5E, in UTF-8.
fn fold_fullwidth(path: &[u8]) -> Option<Vec<u8>> {
    rewrite(path, |rest| match rest {
        [0xef, 0xbc, last @ 0x81..=0xbf, after @ ..] => Some((last - 0x60, after)),
        [0xef, 0xbd, last @ 0x80..=0x9e, after @ ..] => Some((last - 0x20, after)),
        _ => None,
    })
}

/// Writes one byte for what `decode` finds at the front of the rest; the other bytes stay.
fn rewrite(path: &[u8], decode: impl Fn(&[u8]) -> Option<(u8, &[u8])>) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        let (byte, after) = decode(rest).unwrap_or((*first, tail));
        written.push(byte);
        rest = after;
    }
    (written.len() < path.len()).then_some(written)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn map(path: &[u8], byte: fn(u8) -> u8) -> Option<Vec<u8>> {
    changed(path, path.iter().map(|old| byte(*old)).collect())
}

fn cut(path: &[u8], end: u8) -> Option<Vec<u8>> {
    changed(path, until(path, end).to_vec())
}

fn until(bytes: &[u8], end: u8) -> &[u8] {
    bytes.split(|byte| *byte == end).next().unwrap_or_default()
}

fn changed(path: &[u8], read: Vec<u8>) -> Option<Vec<u8>> {
    (read != path).then_some(read)
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
}

fn map_segments(path: &[u8], segment: fn(&[u8]) -> &[u8]) -> Option<Vec<u8>> {
    changed(path, segments(path).map(segment).collect::<Vec<_>>().join(&b'/'))
}

fn without_stream(segment: &[u8]) -> &[u8] {
    if segment.windows(2).any(|pair| pair == b":$") { until(segment, b':') } else { segment }
}

/// Blank in ASCII or in Latin-1: NEL (0x85) and the no-break space (0xA0) are, to Node and Python.
fn is_blank(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, 0x7f | 0x85 | 0xa0)
}

fn trim_blanks(segment: &[u8]) -> &[u8] {
    let start = segment.iter().position(|byte| !is_blank(*byte)).unwrap_or(segment.len());
    let end = segment.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |last| last + 1);
    segment.get(start..end).unwrap_or_default()
}

/// Windows leaves nothing of dots and blanks at the end of a name, and nothing of `...`.
fn without_trailing_dots(segment: &[u8]) -> &[u8] {
    if matches!(segment, b"." | b"..") {
        return segment;
    }
    let end = segment.iter().rposition(|byte| *byte != b'.' && !is_blank(*byte));
    end.and_then(|end| segment.get(..=end)).unwrap_or_default()
}

fn resolve_dots(path: &[u8]) -> Option<Vec<u8>> {
    let mut below_root = segments(path.strip_prefix(b"/")?).peekable();
    let mut kept: Vec<&[u8]> = vec![b""];
    while let Some(segment) = below_root.next() {
        match segment {
            b"." => {}
            b".." => kept.truncate((kept.len() - 1).max(1)),
            name => {
                kept.push(name);
                continue;
            }
        }
        if below_root.peek().is_none() {
            kept.push(b"");
        }
    }
    changed(path, kept.join(&b'/'))
}

/// The slash at the end stays, if there is one.
fn merge_slashes(path: &[u8]) -> Option<Vec<u8>> {
    let mut merged: Vec<u8> = Vec::with_capacity(path.len());
    for byte in path {
        if *byte != b'/' || !merged.ends_with(b"/") {
            merged.push(*byte);
        }
    }
    changed(path, merged)
}

fn without_authority(path: &[u8]) -> Option<Vec<u8>> {
    let scheme =
        path.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')).count();
    let (([], reference) | (_, [b':', reference @ ..])) = path.split_at_checked(scheme)? else { return None };
    let authority = reference.strip_prefix(b"//")?;
    let start = authority.iter().position(|byte| *byte != b'/').unwrap_or(authority.len());
    let authority = authority.get(start..)?;
    let end = authority.iter().position(|byte| *byte == b'/');
    Some(end.and_then(|end| authority.get(end..)).unwrap_or(b"/").to_vec())
}

fn with_root(path: &[u8]) -> Option<Vec<u8>> {
    (!path.starts_with(b"/") && path != b"*").then(|| [b"/", path].concat())
}
