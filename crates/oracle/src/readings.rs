//! All readings of a path, and its canonical form (§6). Each step is applied to each known path,
//! until no new path appears.

use std::collections::BTreeSet;

type Step = fn(&[u8]) -> Vec<u8>;

/// In the order that leads to the canonical form.
const CANONICAL: [Step; 15] = [
    rooted,
    unicode_decoded,
    overlong_decoded,
    fullwidth_folded,
    |path| path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect(),
    |path| before(path, b'?'),
    |path| before(path, b'#'),
    |path| before(path, b'\0'),
    |path| path.iter().copied().filter(|byte| !byte.is_ascii_control()).collect(),
    |path| segment_wise(path, |segment| before(segment, b';')),
    |path| segment_wise(path, stream_dropped),
    |path| segment_wise(path, trimmed),
    |path| segment_wise(path, dots_dropped),
    merged,
    resolved,
];
const OTHERS: [Step; 2] = [authority_dropped, |path| before(path, b';')];
const LAST: [Step; 2] = [slashes_dropped, <[u8]>::to_ascii_lowercase];

/// All readings. `None` if they exceed the contract's limit, apart from slashes at the end and
/// case.
pub fn readings(path: &[u8]) -> Option<BTreeSet<Vec<u8>>> {
    let few = closure(path, &[&CANONICAL[..], &OTHERS].concat());
    if few.len() > 128 || few.iter().map(Vec::len).sum::<usize>() > 128 * 1024 {
        return None;
    }
    Some(closure(path, &[&CANONICAL[..], &OTHERS, &LAST].concat()))
}

fn closure(path: &[u8], steps: &[Step]) -> BTreeSet<Vec<u8>> {
    let mut all: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut to_do = vec![path.to_vec()];
    for _ in 0..=3 {
        let mut this_round = vec![];
        // A limit for the oracle's own sake, far above the limit of `readings`.
        while let Some(reading) = to_do.pop().filter(|_| all.len() < 5000) {
            if all.insert(reading.clone()) {
                to_do.extend(steps.iter().map(|step| step(&reading)).filter(|next| *next != reading));
                this_round.push(reading);
            }
        }
        to_do = this_round.iter().map(|reading| percent_decoded(reading)).collect();
    }
    all
}

/// The canonical form of a path without its query.
pub fn canonical(path: &[u8]) -> Vec<u8> {
    let mut path = percent_decoded(&percent_decoded(&percent_decoded(path)));
    loop {
        let next = CANONICAL.iter().fold(path.clone(), |path, step| step(&path));
        if next == path {
            return LAST.iter().fold(path, |path, step| step(&path));
        }
        path = next;
    }
}

fn percent_decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        let byte = if rest[0] == b'%' { hexadecimal(rest, 1..3) } else { None };
        decoded.push(byte.map_or(rest[0], |byte| u8::try_from(byte).unwrap()));
        rest = &rest[if byte.is_some() { 3 } else { 1 }..];
    }
    decoded
}

fn unicode_decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        let marked = rest[0] == b'%' && rest.get(1).is_some_and(|u| u.eq_ignore_ascii_case(&b'u'));
        let character = match hexadecimal(rest, 2..6).filter(|_| marked) {
            Some(ascii @ 0..0x80) => Some(ascii),
            Some(fullwidth @ 0xff01..=0xff5e) => Some(fullwidth - 0xff01 + 0x21),
            _ => None,
        };
        decoded.push(character.map_or(rest[0], |ascii| u8::try_from(ascii).unwrap()));
        rest = &rest[if character.is_some() { 6 } else { 1 }..];
    }
    decoded
}

fn hexadecimal(bytes: &[u8], range: std::ops::Range<usize>) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(range)?).ok()?;
    digits.chars().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).unwrap())
}

/// ASCII in two, three or four bytes of UTF-8.
fn overlong_decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        let is_continuation = |at: usize| rest.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let is_low = |at: usize| matches!(rest.get(at), Some(0x80 | 0x81));
        let length = match rest[0] {
            0xc0 | 0xc1 if rest.len() > 1 => 2,
            0xe0 if is_low(1) && is_continuation(2) => 3,
            0xf0 if rest.get(1) == Some(&0x80) && is_low(2) && is_continuation(3) => 4,
            _ => 1,
        };
        decoded.push(if length == 1 { rest[0] } else { (rest[length - 2] % 2) * 64 + rest[length - 1] % 64 });
        rest = &rest[length..];
    }
    decoded
}

fn fullwidth_folded(path: &[u8]) -> Vec<u8> {
    let mut folded = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        let character = rest.get(..3).and_then(|three| std::str::from_utf8(three).ok()?.chars().next());
        let code = character.map(u32::from).filter(|code| (0xff01..=0xff5e).contains(code));
        folded.push(code.map_or(rest[0], |code| u8::try_from(code - 0xff01 + 0x21).unwrap()));
        rest = &rest[if code.is_some() { 3 } else { 1 }..];
    }
    folded
}

fn rooted(path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'/') || path == b"*" { path.to_vec() } else { [b"/", path].concat() }
}

fn before(bytes: &[u8], end: u8) -> Vec<u8> {
    bytes.iter().copied().take_while(|&byte| byte != end).collect()
}

fn segment_wise(path: &[u8], step: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    path.split(|&byte| byte == b'/').map(step).collect::<Vec<_>>().join(&b'/')
}

fn stream_dropped(segment: &[u8]) -> Vec<u8> {
    let has_stream = (1..segment.len()).any(|at| segment[at - 1] == b':' && segment[at] == b'$');
    if has_stream { before(segment, b':') } else { segment.to_vec() }
}

fn is_blank(byte: u8) -> bool {
    byte <= b' ' || [0x7f, 0x85, 0xa0].contains(&byte)
}

fn trimmed(segment: &[u8]) -> Vec<u8> {
    let mut kept: Vec<u8> = segment.iter().copied().skip_while(|byte| is_blank(*byte)).collect();
    while kept.last().is_some_and(|last| is_blank(*last)) {
        kept.pop();
    }
    kept
}

fn dots_dropped(segment: &[u8]) -> Vec<u8> {
    let mut kept = segment.to_vec();
    while segment != b"." && segment != b".." && kept.last().is_some_and(|last| *last == b'.' || is_blank(*last)) {
        kept.pop();
    }
    kept
}

fn merged(path: &[u8]) -> Vec<u8> {
    let mut merged = path.to_vec();
    merged.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    merged
}

/// The algorithm of RFC 3986, section 5.2.4.
fn resolved(path: &[u8]) -> Vec<u8> {
    if path.first() != Some(&b'/') {
        return path.to_vec();
    }
    let mut output: Vec<u8> = vec![];
    let mut input = path.to_vec();
    while !input.is_empty() {
        let up = input.starts_with(b"/../") || input == b"/..";
        if up || input.starts_with(b"/./") || input == b"/." {
            let length = if up { 3 } else { 2 };
            input.drain(..length);
            if input.is_empty() {
                input.push(b'/');
            }
            if up {
                output.truncate(output.iter().rposition(|&byte| byte == b'/').unwrap_or(0));
            }
        } else {
            let end = input.iter().skip(1).position(|&byte| byte == b'/').map_or(input.len(), |at| at + 1);
            output.extend(input.drain(..end));
        }
    }
    output
}

/// `//host/path`, and `scheme://host/path`.
fn authority_dropped(path: &[u8]) -> Vec<u8> {
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let scheme = path.iter().take_while(|byte| is_scheme(byte)).count();
    let colon = usize::from(scheme > 0);
    let reference = &path[scheme..];
    if (colon == 1 && !reference.starts_with(b"://")) || !reference[colon..].starts_with(b"//") {
        return path.to_vec();
    }
    let authority: Vec<u8> = reference[colon..].iter().copied().skip_while(|&byte| byte == b'/').collect();
    rooted(&authority.into_iter().skip_while(|&byte| byte != b'/').collect::<Vec<_>>())
}

fn slashes_dropped(path: &[u8]) -> Vec<u8> {
    let mut kept = path.to_vec();
    while kept.len() > 1 && kept.last() == Some(&b'/') {
        kept.pop();
    }
    kept
}
