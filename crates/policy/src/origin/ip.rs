//! IP addresses as the URL standard serializes them (sections 3.5.1 and 3.5.2), the only spelling
//! that an origin may use.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt::Write;

/// `a.b.c.d` in decimal without leading zeros.
pub(crate) fn canonical_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for octet in &mut octets {
        *octet = canonical_octet(parts.next()?)?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

fn canonical_octet(digits: &[u8]) -> Option<u8> {
    let leading_zero = matches!(digits, [b'0', _, ..]);
    if digits.is_empty() || leading_zero || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The address between the brackets, if its spelling is the URL standard's serialization.
pub(crate) fn canonical_v6(text: &[u8]) -> Option<Ipv6Addr> {
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    (serialize_v6(address).as_bytes() == text).then_some(address)
}

/// The URL standard's IPv6 serializer. `Ipv6Addr`'s `Display` differs: it writes mapped addresses
/// with a dotted tail.
pub(crate) fn serialize_v6(address: Ipv6Addr) -> String {
    let pieces = address.segments();
    let compress = longest_zero_run(&pieces);
    let mut text = String::with_capacity(39);
    let mut index = 0;
    while let Some(piece) = pieces.get(index) {
        if let Some((start, length)) = compress
            && start == index
        {
            text.push_str("::");
            index += length;
            continue;
        }
        if !text.is_empty() && !text.ends_with(':') {
            text.push(':');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{piece:x}");
        index += 1;
    }
    text
}

/// Start and length of the first longest run of two or more zero pieces.
fn longest_zero_run(pieces: &[u16]) -> Option<(usize, usize)> {
    let mut longest: Option<(usize, usize)> = None;
    let mut length = 0;
    for (index, piece) in pieces.iter().enumerate() {
        length = if *piece == 0 { length + 1 } else { 0 };
        if length >= 2 && longest.is_none_or(|(_, most)| length > most) {
            longest = Some((index + 1 - length, length));
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_serialized_form_of_an_ipv6_address_is_canonical() {
        for good in [
            "::1",
            "::",
            "1::",
            "2001:db8::1",
            "1:2:3:4:5:6:7:8",
            "::ffff:102:304",
            "1:0:0:2::",
            "0:1::",
            "1:0:2:3:4:5:6:7",
        ] {
            assert!(canonical_v6(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "::ffff:1.2.3.4",
            "0:0:0:0:0:0:0:1",
            "::01",
            "::A",
            "1::0:2",
            "1:2:3:4:5:6:7",
            "",
            ":",
            "::1%eth0",
            "1:2::3::4",
        ] {
            assert!(canonical_v6(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_four_plain_decimal_octets_are_a_canonical_ipv4_address() {
        assert!(canonical_v4(b"127.0.0.1").is_some());
        for bad in ["127.1", "127.0.0.01", "256.0.0.1", "1.2.3.4.5", "1.2.3.", "0x7f.0.0.1", "", "+1.2.3.4"] {
            assert!(canonical_v4(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
