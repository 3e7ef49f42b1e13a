//! Places as JavaScript counts them.

/// Turns byte offsets of a text into offsets in UTF-16 code units.
pub(crate) struct Utf16<'t> {
    text: &'t str,
    /// Of ASCII, both are the same.
    is_ascii: bool,
}

impl<'t> Utf16<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, is_ascii: text.is_ascii() }
    }

    /// The offset of a byte; that of the end where the byte is no start of a character.
    pub(crate) fn offset(&self, byte: usize) -> usize {
        if self.is_ascii {
            return byte.min(self.text.len());
        }
        self.text.get(..byte).unwrap_or(self.text).encode_utf16().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_code_units_and_not_bytes() {
        let text = "bücher 🦊.";
        let at = Utf16::of(text);
        assert_eq!(at.offset(text.find('c').unwrap()), 2);
        assert_eq!(at.offset(text.find('.').unwrap()), 9);
        assert_eq!(at.offset(text.len()), 10);
    }

    #[test]
    fn an_offset_beyond_the_end_is_the_end() {
        assert_eq!(Utf16::of("abc").offset(7), 3);
        assert_eq!(Utf16::of("ä").offset(1), 1);
    }
}
