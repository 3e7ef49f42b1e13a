//! The version, wherever it is written.

use std::fs;
use std::path::{Path, PathBuf};

use super::Verdict;
use crate::Outcome;
use crate::dist::VERSION;

/// What stands before a version of ours: in the reference of an image, and in the filter's first line of log.
const BEFORE: [&str; 2] = ["/corsac:", "corsac: corsac "];
/// Where people read and copy from.
const FILES: [&str; 4] = ["README.md", "Dockerfile", "docs", "envoy"];

/// Whether every crate of ours in `Cargo.lock` has this version.
pub fn locked(lock: &str) -> Verdict {
    let ours = lock.split("[[package]]\n").filter(|package| !package.contains("\nsource = "));
    let other =
        |package: &&str| package.starts_with("name = ") && !package.contains(&format!("\nversion = \"{VERSION}\"\n"));
    match ours.filter(other).filter_map(|package| package.lines().next()).collect::<Vec<_>>() {
        others if others.is_empty() => Verdict::Holds,
        others => Verdict::Wrong(format!("{} has another; run `cargo update --workspace`", others.join(", "))),
    }
}

/// Whether everything that people read and copy names this version.
pub fn written(root: &Path) -> Outcome<Verdict> {
    let mut others = Vec::new();
    for path in FILES.iter().map(|file| files(&root.join(file))).collect::<Outcome<Vec<_>>>()?.concat() {
        // Pictures name none.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        others.extend(others_in(&text).into_iter().map(|(line, version)| format!("{name}:{line} says {version}")));
    }
    Ok(if others.is_empty() { Verdict::Holds } else { Verdict::Wrong(others.join(", ")) })
}

/// Every other version in a text, with its line.
fn others_in(text: &str) -> Vec<(usize, String)> {
    let mut others = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for before in BEFORE {
            let versions = line.split(before).skip(1).filter_map(version);
            others.extend(versions.filter(|version| *version != VERSION).map(|version| (number, version.to_owned())));
        }
    }
    others
}

/// The version that a text begins with: digits and dots, and what may follow a hyphen. A word is none.
fn version(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || ".-+".contains(letter)));
    let version = text[..end.unwrap_or(text.len())].trim_end_matches('.');
    (version.starts_with(|letter: char| letter.is_ascii_digit()) && version.contains('.')).then_some(version)
}

/// A file, or every file below a folder.
fn files(path: &Path) -> Outcome<Vec<PathBuf>> {
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}.", path.display());
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        found.extend(files(&entry.map_err(cannot)?.path())?);
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_found_with_its_line_wherever_it_stands() {
        let text = format!(
            "url: oci://registry.example.com/corsac:9.9.9\nimage: \"registry.example.com/corsac:{VERSION}\"\n\
             [wasm log corsac: corsac 8.0.0-rc.1 (policy format 1): …] registry.example.com/corsac:7.0."
        );
        let found = others_in(&text);
        assert_eq!(found, [(1, "9.9.9".to_owned()), (3, "7.0".to_owned()), (3, "8.0.0-rc.1".to_owned())]);
    }

    #[test]
    fn what_is_no_version_is_none_of_another_one() {
        assert_eq!(others_in("registry.example.com/corsac:latest target/corsac:ro corsac: corsac is"), []);
    }

    #[test]
    fn a_crate_of_ours_with_another_version_is_named() {
        let ours =
            format!("version = 4\n\n[[package]]\nname = \"corsac\"\nversion = \"{VERSION}\"\ndependencies = []\n");
        let theirs = "\n[[package]]\nname = \"log\"\nversion = \"0.4.0\"\nsource = \"registry\"\n";
        assert_eq!(locked(&format!("{ours}{theirs}")), Verdict::Holds);
        let stale = "\n[[package]]\nname = \"corsac-policy\"\nversion = \"0.0.9\"\n";
        let Verdict::Wrong(sentence) = locked(&format!("{ours}{stale}{theirs}")) else { panic!("it holds") };
        assert!(sentence.starts_with("name = \"corsac-policy\" has another"), "{sentence}");
    }
}
