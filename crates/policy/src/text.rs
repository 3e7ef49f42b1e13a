//! Searching in texts of a configuration. Each of these would otherwise be in the module a few
//! hundred bytes at every call.

/// Whether a text holds a part.
#[inline(never)]
pub(crate) fn has(text: &str, part: &str) -> bool {
    text.contains(part)
}

/// Whether a text holds any of the parts.
#[inline(never)]
pub(crate) fn has_any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| has(text, part))
}

/// The text with each `part` replaced.
#[inline(never)]
pub(crate) fn replaced(text: &str, part: &str, instead: &str) -> String {
    text.replace(part, instead)
}

/// What is before the first `separator` and after it.
#[inline(never)]
pub(crate) fn cut<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    text.split_once(separator)
}

/// The pieces, in one string.
#[inline(never)]
pub(crate) fn joined(pieces: &[&str]) -> String {
    pieces.concat()
}
