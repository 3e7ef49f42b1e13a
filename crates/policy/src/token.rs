//! Tokens (RFC 9110, section 5.6.2), the syntax of methods and header names.

/// Whether `bytes` are one token.
#[inline]
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// The elements of a comma-separated list (RFC 9110, section 5.6.1), without optional white space
/// and empty elements.
#[inline]
pub(crate) fn list_elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim).filter(|element| !element.is_empty())
}

/// `bytes` without optional white space (space and tab) at either end.
#[inline]
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_visible_ascii_without_separators() {
        assert!(is_token(b"X-Custom_1!#$%&'*+.^`|~"));
        for bad in [&b""[..], b"a b", b"a,b", b"a:b", b"a/b", b"\xff", b"a\r", b"(", b"\"", b"@"] {
            assert!(!is_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn list_elements_are_trimmed_and_empty_ones_omitted() {
        let elements: Vec<_> = list_elements(b" a ,\t,b\t,, c d ").collect();
        assert_eq!(elements, [&b"a"[..], b"b", b"c d"]);
    }
}
