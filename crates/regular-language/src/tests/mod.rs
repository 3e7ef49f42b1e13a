//! The crate against oracles: regex-automata for the meaning of a pattern, a membership test that
//! tries every split for the algebra, and lists by hand for the differences between RE2 and Rust.

mod algebra;
mod literals;
mod patterns;
mod refusals;
mod table;

use super::*;

/// The language of a supported pattern.
fn language(pattern: &str) -> Language {
    match syntax::parse(pattern) {
        Ok(parsed) => parsed.language,
        Err(error) => panic!("{pattern:?}: {error:?}"),
    }
}

/// Every string of at most `length` bytes of `alphabet`.
fn short_strings(alphabet: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..length {
        last =
            last.iter().flat_map(|string| alphabet.iter().map(|byte| [string.as_slice(), &[*byte]].concat())).collect();
        all.extend(last.iter().cloned());
    }
    all
}
