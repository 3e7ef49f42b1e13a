//! The ABI's form of a header list: the number of pairs, the sizes of each, then each name and
//! value with a NUL after it. All numbers have 32 bits and are little-endian.

use corsac_vectors::HeaderLine;

/// The bytes of a header list.
pub fn serialized(lines: &[HeaderLine]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).expect("a small list").to_le_bytes();
    let mut bytes = number(lines.len()).to_vec();
    for (name, value) in lines {
        bytes.extend([number(name.len()), number(value.len())].concat());
    }
    for (name, value) in lines {
        bytes.extend([name, &b"\0"[..], value, b"\0"].concat());
    }
    bytes
}

/// The header list in these bytes, which must contain nothing else.
pub fn deserialized(bytes: &[u8]) -> Vec<HeaderLine> {
    let mut rest = bytes;
    let count = take_number(&mut rest);
    let sizes: Vec<(usize, usize)> = (0..count).map(|_| (take_number(&mut rest), take_number(&mut rest))).collect();
    let lines = sizes.iter().map(|&(name, value)| (take_part(&mut rest, name), take_part(&mut rest, value))).collect();
    assert!(rest.is_empty(), "{} bytes after the list", rest.len());
    lines
}

fn take_number(rest: &mut &[u8]) -> usize {
    let (number, after) = rest.split_first_chunk().expect("a number");
    *rest = after;
    usize::try_from(u32::from_le_bytes(*number)).expect("32 bits")
}

fn take_part(rest: &mut &[u8], size: usize) -> Vec<u8> {
    let (part, after) = rest.split_at(size);
    *rest = after.strip_prefix(b"\0").expect("a NUL after each part");
    part.to_vec()
}

#[test]
fn a_list_survives_the_round_trip() {
    let lines = [(b"vary".to_vec(), b"origin".to_vec()), (b"x".to_vec(), Vec::new())];
    assert_eq!(deserialized(&serialized(&lines)), lines);
    assert_eq!(deserialized(&serialized(&[])), []);
}
