//! The grammar of a serialized origin (HTML, "ASCII serialization of an origin"; Fetch, section
//! 3.1): the only spelling of a scheme, host and port that a browser sends.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::ip::{canonical_v4, canonical_v6};

/// The limit on the length of an origin, in bytes: 64 of scheme, `://`, 253 of host, a colon and
/// five digits.
pub(crate) const LONGEST: usize = 326;
const LONGEST_SCHEME: usize = 64;
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;
const LONGEST_PORT: usize = 5;

/// The parts of a well-formed serialized origin, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SerializedOrigin<'a> {
    pub(crate) scheme: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) kind: HostKind,
    pub(crate) port: Option<u16>,
}

/// The kind of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    Domain,
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// The host of a scheme other than `http` and `https`. It is opaque, like a browser extension's
    /// identifier.
    Opaque,
}

/// Parses a serialized origin. `None` for anything else, including `null` and `file://`.
///
/// No byte is changed, folded or decoded: an origin in another spelling than a browser's is
/// malformed.
#[inline]
pub(crate) fn parse(origin: &[u8]) -> Option<SerializedOrigin<'_>> {
    if origin.len() > LONGEST {
        return None;
    }
    let (scheme, rest) = split_scheme(origin)?;
    let (host, port) = split_port(rest)?;
    let kind = parse_host(scheme, host)?;
    Some(SerializedOrigin { scheme, host, kind, port })
}

fn split_scheme(origin: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = origin.iter().take(LONGEST_SCHEME + 1).position(|byte| *byte == b':')?;
    let (scheme, rest) = origin.split_at_checked(colon)?;
    let rest = rest.strip_prefix(b"://")?;
    is_scheme(scheme).then_some((scheme, rest))
}

/// A lower-case letter, then letters, digits, `+`, `-` and `.`; at most 64 bytes.
#[inline]
pub(crate) fn is_scheme(scheme: &[u8]) -> bool {
    let rest = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    matches!(scheme, [b'a'..=b'z', tail @ ..] if tail.iter().all(rest)) && scheme.len() <= LONGEST_SCHEME
}

/// Splits the text after `://` into host and port. Only a bracketed host may hold colons. So a port
/// is searched only where one can be, without a scan of the host.
#[inline]
fn split_port(rest: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let host_length = if rest.starts_with(b"[") {
        rest.iter().position(|byte| *byte == b']')? + 1
    } else {
        let digits = rest.iter().rev().take(LONGEST_PORT + 1).position(|byte| *byte == b':');
        rest.len() - digits.map_or(0, |digits| digits + 1)
    };
    let (host, rest) = rest.split_at_checked(host_length)?;
    match rest {
        [] => Some((host, None)),
        [b':', digits @ ..] => Some((host, Some(parse_port(digits)?))),
        _ => None,
    }
}

/// A port from 1 to 65535 without leading zeros.
#[inline]
pub(crate) fn parse_port(digits: &[u8]) -> Option<u16> {
    if digits.len() > LONGEST_PORT || !matches!(digits, [b'1'..=b'9', ..]) {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0_u32, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0')));
    u16::try_from(value?).ok()
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Option<HostKind> {
    if !matches!(scheme, b"http" | b"https") {
        let opaque = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        return ((1..=LONGEST_HOST).contains(&host.len()) && host.iter().all(opaque)).then_some(HostKind::Opaque);
    }
    if let [b'[', address @ .., b']'] = host {
        return canonical_v6(address).map(HostKind::V6);
    }
    if ends_in_a_number(host) {
        return canonical_v4(host).map(HostKind::V4);
    }
    is_domain(host).then_some(HostKind::Domain)
}

/// Labels of 1 to 63 bytes of `a-z 0-9 - _`, joined by dots, at most 253 bytes, perhaps with one
/// trailing dot.
#[inline]
fn is_domain(host: &[u8]) -> bool {
    is_base_domain(host.strip_suffix(b".").unwrap_or(host))
}

/// A domain without a trailing dot, such as a wildcard's base. The caller first asks
/// [`ends_in_a_number`] about its last label.
#[inline]
pub(crate) fn is_base_domain(host: &[u8]) -> bool {
    // In one pass, not label by label, because every origin without an exact entry comes here.
    let mut label = 0;
    for byte in host {
        label = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => label + 1,
            b'.' if (1..=LONGEST_LABEL).contains(&label) => 0,
            _ => return false,
        };
    }
    (1..=LONGEST_LABEL).contains(&label) && host.len() <= LONGEST_HOST
}

/// The URL standard's "ends in a number checker": such a host is an IPv4 address or invalid.
#[inline]
pub(crate) fn ends_in_a_number(host: &[u8]) -> bool {
    let host = host.strip_suffix(b".").unwrap_or(host);
    // This decides about nearly every host: no number ends in such a letter.
    if !host.last().is_some_and(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X')) {
        return false;
    }
    let Some(last) = host.rsplit(|byte| *byte == b'.').next() else { return false };
    match last {
        [] => false,
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_origins_split_into_scheme_host_and_port() {
        let origin = parse(b"https://app.example.com:8443").expect("well-formed");
        assert_eq!((origin.scheme, origin.host, origin.port), (&b"https"[..], &b"app.example.com"[..], Some(8443)));
        let origin = parse(b"http://[::1]:80").expect("well-formed");
        assert_eq!((origin.host, origin.kind), (&b"[::1]"[..], HostKind::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!(parse(b"chrome-extension://AbC_1").map(|origin| origin.kind), Some(HostKind::Opaque));
        assert!(parse(b"https://example.com.").is_some());
        assert!(parse(b"https://a_b.xn--bcher-kva.example").is_some());
        assert!(parse(b"https://foo.0xg").is_some());
    }

    #[test]
    fn nothing_else_is_an_origin() {
        for bad in [
            "",
            "null",
            "https",
            "https:",
            "https:/",
            "https://",
            "HTTPS://a.b",
            "https://A.b",
            "https://a.b/",
            "https://a.b:",
            "https://a.b:0",
            "https://a.b:080",
            "https://a.b:65536",
            "https://a.b:8x",
            "https://u@a.b",
            "https://a..b",
            "https://.a",
            "https://a.b..",
            "https://.",
            "https://1.2.3",
            "https://1.2.3.4.",
            "https://a.1",
            "https://a.0x1",
            "https://a.0x",
            "https://01.2.3.4",
            "https://[::1",
            "https://::1",
            "https://[::1]a",
            "https://[::01]",
            "https://a b",
            "https://a,https://b",
            "1http://a",
            "file://",
            "app://",
            "app://a/b",
            "https://a.b?",
            "https://%61.b",
            "ht\u{e9}://a",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse(b"https://\xff.example"), None);
        assert_eq!(parse(format!("https://{}.example", "a".repeat(64)).as_bytes()), None);
        assert!(parse(format!("https://{}.example", "a".repeat(63)).as_bytes()).is_some());
    }
}
