//! The part of `docs/performance.md` that a command writes: between two marks, so that no figure is copied by hand.

use std::fs;
use std::path::Path;

use crate::Outcome;

const DOCUMENT: &str = "docs/performance.md";

/// Puts `text` between the marks of that name.
pub fn write_section(root: &Path, name: &str, text: &str) -> Outcome<()> {
    let path = root.join(DOCUMENT);
    let failed = |error| format!("{DOCUMENT}: {error}.");
    let document = fs::read_to_string(&path).map_err(failed)?;
    let document = with_section(&document, name, text)
        .ok_or_else(|| format!("{DOCUMENT} lacks the marks \"{}\" and \"{}\".", begin(name), end(name)))?;
    fs::write(&path, document).map_err(failed)?;
    eprintln!("{DOCUMENT} is written.");
    Ok(())
}

fn with_section(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (begin(name), end(name));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

fn begin(name: &str) -> String {
    format!("<!-- begin: cargo xtask bench {name} --write -->")
}

fn end(name: &str) -> String {
    format!("<!-- end: cargo xtask bench {name} --write -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_the_rest_stays() {
        let document = format!("a\n{}\nold\n{}\nb\n", begin("x"), end("x"));
        let written = with_section(&document, "x", "new\n").expect("marks");
        assert_eq!(written, format!("a\n{}\n\nnew\n\n{}\nb\n", begin("x"), end("x")));
        assert_eq!(with_section(&written, "x", "new"), Some(written.clone()));
        assert_eq!(with_section(&document, "y", "new"), None);
    }
}
