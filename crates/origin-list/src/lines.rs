//! An origin on each line.

use std::borrow::Cow;

use crate::{Error, Found};

pub(crate) fn read<'b>(body: &'b [u8], found: &mut Found<'b>) -> Result<(), Error> {
    let text = std::str::from_utf8(body).map_err(|_| Error::NotUtf8)?;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !is_entry(line) {
            return Err(Error::line(number, line));
        }
        found.entry(Cow::Borrowed(line))?;
    }
    Ok(())
}

/// Whether a line is meant as an origin. A page of HTML, a log or a shell's message is not, and
/// must not pass for a list of other origins. What is wrong with an origin itself is the engine's
/// to say.
fn is_entry(line: &str) -> bool {
    let is_text = !line.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`,;{}|\\".contains(c));
    is_text && (line.contains("://") || line == "*" || line == "null")
}
