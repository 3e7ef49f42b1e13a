//! `CORSAC_BLESS=1` writes the engine's sentences into the diagnosis vectors whose codes, places
//! and verdict agree. Other vectors remain unchanged and fail. Read every line before you commit
//! it: each must tell a person what to change.

use std::path::Path;
use std::{env, fs};

use corsac_vectors::{DiagnosisVector, FILES};

use crate::diagnoses::diagnose;

/// Whether to write the reports rather than compare them.
pub fn asked_for() -> bool {
    env::var_os("CORSAC_BLESS").is_some_and(|value| value == "1")
}

/// Rewrites the reports in the files.
pub fn write_reports(vectors: &[DiagnosisVector]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    for &(file, old) in FILES {
        let mut text = old.to_owned();
        for vector in vectors.iter().filter(|vector| vector.file == file) {
            text = with_report(&text, vector);
        }
        if text != old {
            fs::write(folder.join(file), text).expect("the vector files are writable");
            println!("{file} was rewritten");
        }
    }
}

/// The file's text with one vector's report replaced.
fn with_report(text: &str, vector: &DiagnosisVector) -> String {
    let (lines, accepted) = diagnose(&vector.policy);
    if accepted != vector.accepted
        || !lines.iter().map(|line| head(line)).eq(vector.report.iter().map(|line| head(line)))
    {
        return text.to_owned();
    }
    let name = format!("\nname = {:?}\n", vector.name);
    let (before, vector_text) =
        text.split_once(&name).unwrap_or_else(|| panic!("{:?} has an unexpected form", vector.name));
    let (body, rest) =
        vector_text.split_once("\nreport = [").unwrap_or_else(|| panic!("{:?} has no report", vector.name));
    let end = if rest.starts_with(']') {
        0
    } else {
        rest.find("\n]").unwrap_or_else(|| panic!("{:?} has no end", vector.name))
    };
    format!("{before}{name}{body}\nreport = [{}{}", array(&lines), rest[end..].trim_start_matches('\n'))
}

/// Severity, code and pointer, which decide. The sentence only explains.
fn head(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(head, _)| head)
}

fn array(lines: &[String]) -> String {
    let entries: String = lines
        .iter()
        .map(|line| if line.contains('\'') { format!("\n    '''{line}''',") } else { format!("\n    '{line}',") })
        .collect();
    if entries.is_empty() { entries } else { entries + "\n" }
}
