//! The text form of inputs.

use corsac_oracle::config::Pattern;

/// The lines before the first blank line, and the lines after it.
pub fn halves(data: &[u8]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    (first, lines.collect())
}

/// An entry of `allowOrigins`, written as its text or with a prefix such as `regex:`.
pub fn pattern(line: &str) -> Pattern {
    let kinds: [(&str, fn(String) -> Pattern); 4] = [
        ("exact:", Pattern::Exact),
        ("prefix:", Pattern::Prefix),
        ("suffix:", Pattern::Suffix),
        ("regex:", Pattern::Regex),
    ];
    for (word, kind) in kinds {
        if let Some(text) = line.strip_prefix(word) {
            return kind(text.to_owned());
        }
    }
    Pattern::Text(line.to_owned())
}
