//! `CORSAC_BLESS=1` writes the engine's sentences into the diagnosis vectors, where codes, places and verdict agree; where they do
//! not, the vector stays as it is and fails. Read every line before committing it: each has to tell a person what to change.

use std::path::Path;
use std::{env, fs};

use corsac_vectors::{Diagnosis, FILES};

use crate::diagnoses::diagnose;

/// Whether reports are to be written rather than compared.
pub fn asked_for() -> bool {
    env::var_os("CORSAC_BLESS").is_some_and(|value| value == "1")
}

/// Rewrites the reports in the files.
pub fn write_reports(vectors: &[Diagnosis]) {
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
fn with_report(text: &str, vector: &Diagnosis) -> String {
    let (lines, accepted) = diagnose(&vector.policy);
    if accepted != vector.accepted
        || !lines.iter().map(|line| head(line)).eq(vector.report.iter().map(|line| head(line)))
    {
        return text.to_owned();
    }
    let name = format!("\nname = {:?}\n", vector.name);
    let (before, vector_text) =
        text.split_once(&name).unwrap_or_else(|| panic!("{:?} is written in another way", vector.name));
    let (body, rest) =
        vector_text.split_once("\nreport = [").unwrap_or_else(|| panic!("{:?} has no report", vector.name));
    let end = if rest.starts_with(']') {
        0
    } else {
        rest.find("\n]").unwrap_or_else(|| panic!("{:?} has no end", vector.name))
    };
    format!("{before}{name}{body}\nreport = [{}{}", array(&lines), rest[end..].trim_start_matches('\n'))
}

/// Severity, code and pointer: what decides; the sentence only explains.
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
