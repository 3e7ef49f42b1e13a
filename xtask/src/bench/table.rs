//! Tables, as Markdown.

use std::fmt::Write as _;

/// The first column is text, the others are numbers. `None` without rows.
pub fn table(head: &[String], rows: &[Vec<String>]) -> Option<String> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut text = format!("{}\n|:--|{}\n", line(head), "--:|".repeat(head.len() - 1));
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    (!rows.is_empty()).then_some(text)
}
