//! `CORSAC_BLESS=1` writes what the engine says into the diagnosis vectors. Read every line before committing it: each has to tell
//! a person what to change.

use std::path::Path;
use std::{env, fs};

use corsac_vectors::{Diagnosis, FILES};

use crate::diagnoses::diagnose;

/// Whether reports are to be written rather than compared.
pub fn asked_for() -> bool {
    env::var_os("CORSAC_BLESS").is_some_and(|value| value == "1")
}

/// Rewrites the `report` and `accepted` of every vector in the files.
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
    let name = format!("\nname = {:?}\n", vector.name);
    let (before, vector_text) = text.split_once(&name).unwrap_or_else(|| panic!("{:?} is written in another way", vector.name));
    let (body, rest) = vector_text.split_once("\nreport = [").unwrap_or_else(|| panic!("{:?} has no report", vector.name));
    let end = rest.find("\n]").map(|at| at + 2).filter(|_| !rest.starts_with(']')).unwrap_or(1);
    let after = rest[end..].strip_prefix("\naccepted = true").unwrap_or(&rest[end..]);
    let report = if lines.is_empty() { "]".to_owned() } else { array(&lines) };
    let verdict = if accepted { "\naccepted = true" } else { "" };
    format!("{before}{name}{body}\nreport = [{report}{verdict}{after}")
}

fn array(lines: &[String]) -> String {
    let entries: String = lines
        .iter()
        .map(|line| if line.contains('\'') { format!("\n    '''{line}''',") } else { format!("\n    '{line}',") })
        .collect();
    entries + "\n]"
}
