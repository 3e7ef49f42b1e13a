//! Markdown tables, and the parts of the documentation that the commands write, so that no figure
//! is copied by hand.

use std::fmt::Write as _;
use std::fs;

use corsac_testbed::{Error, Result, root};

/// A part of a document, and the command that writes it.
#[derive(Clone, Copy)]
pub struct Section<'s> {
    document: &'static str,
    /// Without `cargo xtask` and `--write`.
    command: &'s str,
}

/// The result of `cargo xtask soak`.
pub const SOAK: Section<'static> = Section { document: "docs/reliability.md", command: "soak" };

/// A table whose first column is text, and whose other columns are numbers. `None` without rows.
pub fn table(head: &[String], rows: &[Vec<String>]) -> Option<String> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut text = format!("{}\n|:--|{}\n", line(head), "--:|".repeat(head.len() - 1));
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    (!rows.is_empty()).then_some(text)
}

/// Replaces the text between the marks of that subject of `cargo xtask bench`.
pub fn write_section(subject: &str, text: &str) -> Result<()> {
    Section { document: "docs/performance.md", command: &format!("bench {subject}") }.write(text)
}

impl Section<'_> {
    /// Replaces the text between the marks.
    pub fn write(self, text: &str) -> Result<()> {
        let Self { document: name, command } = self;
        let path = root().join(name);
        let failed = |error| Error::new(format!("{name}: {error}."));
        let document = fs::read_to_string(&path).map_err(failed)?;
        let document = with_section(&document, command, text).ok_or_else(|| {
            Error::new(format!("{name} lacks the marks \"{}\" and \"{}\".", begin(command), end(command)))
        })?;
        fs::write(&path, document).map_err(failed)?;
        eprintln!("{name} is written.");
        Ok(())
    }
}

fn with_section(document: &str, command: &str, text: &str) -> Option<String> {
    let (before, _, after) = split(document, command)?;
    Some(format!("{before}{}\n\n{}\n\n{}{after}", begin(command), text.trim(), end(command)))
}

/// The document before the marks of a command, between them, and after them.
fn split<'d>(document: &'d str, command: &str) -> Option<(&'d str, &'d str, &'d str)> {
    let (before, rest) = document.split_once(&begin(command))?;
    let (section, after) = rest.split_once(&end(command))?;
    Some((before, section, after))
}

fn begin(command: &str) -> String {
    format!("<!-- begin: cargo xtask {command} --write -->")
}

fn end(command: &str) -> String {
    format!("<!-- end: cargo xtask {command} --write -->")
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The section of a subject in the repository's document.
    pub fn section(subject: &str) -> String {
        let command = format!("bench {subject}");
        section_of(Section { document: "docs/performance.md", command: &command })
    }

    /// The section of the repository's document.
    pub fn section_of(section: Section<'_>) -> String {
        let document = fs::read_to_string(root().join(section.document)).expect("the document");
        split(&document, section.command).expect("the marks").1.trim().to_owned()
    }

    /// The text with every number replaced by `0`, so that two texts of the same form are equal.
    pub fn form(text: &str) -> String {
        let mut form = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            if matches!(letter, '-' | '+') && letters.peek().is_some_and(char::is_ascii_digit) {
                continue;
            }
            if !letter.is_ascii_digit() {
                form.push(letter);
                continue;
            }
            form.push('0');
            while letters.next_if(|next| next.is_ascii_digit() || *next == '.').is_some() {}
        }
        form
    }

    /// The heads of the tables in a text.
    pub fn heads(text: &str) -> Vec<&str> {
        let pairs = text.lines().zip(text.lines().skip(1));
        pairs.filter(|(_, rule)| rule.starts_with("|:-") || rule.starts_with("|-")).map(|(head, _)| head).collect()
    }

    #[test]
    fn the_text_between_the_marks_is_replaced_and_the_rest_stays() {
        let document = format!("a\n{}\nold\n{}\nb\n", begin("x"), end("x"));
        let written = with_section(&document, "x", "new\n").expect("marks");
        assert_eq!(written, format!("a\n{}\n\nnew\n\n{}\nb\n", begin("x"), end("x")));
        assert_eq!(with_section(&written, "x", "new"), Some(written.clone()));
        assert_eq!(with_section(&document, "y", "new"), None);
    }

    #[test]
    fn the_form_of_a_text_has_no_figures() {
        assert_eq!(form("| 0.5 | -12 ± 3.25 | x2 |"), "| 0 | 0 ± 0 | x0 |");
    }

    #[test]
    fn a_table_without_rows_is_none() {
        let head = ["a", "b"].map(str::to_owned);
        assert_eq!(table(&head, &[]), None);
        let table = table(&head, &[vec!["x".into(), "1".into()]]).expect("a table");
        assert_eq!((table.as_str(), heads(&table)), ("| a | b |\n|:--|--:|\n| x | 1 |\n", vec!["| a | b |"]));
    }
}
