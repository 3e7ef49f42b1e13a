//! Comparing bytes.

/// Whether two byte strings are equal, compared by eight bytes at a time. Rust's comparison for
/// Wasm comes from C's library and goes byte by byte, which is slow for strings as long as an
/// origin.
#[inline]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    one.len() == other.len()
        && words.iter().zip(other_words).all(|(one, other)| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other))
        && rest.iter().eq(other_rest)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn byte_strings_are_the_same_if_every_byte_is() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).collect();
            assert!(is_same(&bytes, &bytes.clone()));
            assert!(!is_same(&bytes, &[&bytes[..], b"x"].concat()));
            for place in 0..bytes.len() {
                let mut other = bytes.clone();
                other[place] ^= 0x80;
                assert!(!is_same(&bytes, &other), "{length} {place}");
            }
        }
    }
}
