//! The version in every file that names it.

use std::fs;
use std::path::{Path, PathBuf};

use corsac_testbed::{Error, Result};

use super::item::ItemState;
use crate::dist::VERSION;

/// The text before a version of Corsac: in the reference of an image, and in the filter's first log
/// line.
const BEFORE: [&str; 2] = ["/corsac:", "corsac: corsac "];
/// The files that people read and copy from.
const FILES: [&str; 4] = ["README.md", "Dockerfile", "docs", "envoy"];

/// Whether every crate of the workspace has this version in `Cargo.lock`.
pub fn locked(lock: &str) -> ItemState {
    let ours = lock.split("[[package]]\n").filter(|package| !package.contains("\nsource = "));
    let other =
        |package: &&str| package.starts_with("name = ") && !package.contains(&format!("\nversion = \"{VERSION}\"\n"));
    match ours.filter(other).filter_map(|package| package.lines().next()).collect::<Vec<_>>() {
        others if others.is_empty() => ItemState::Holds,
        others => {
            ItemState::Wrong(format!("{} has another version; run `cargo update --workspace`", others.join(", ")))
        }
    }
}

/// Whether all these files name this version.
pub fn written(root: &Path) -> Result<ItemState> {
    let mut others = Vec::new();
    for path in FILES.iter().map(|file| files(&root.join(file))).collect::<Result<Vec<_>>>()?.concat() {
        // Pictures are not text and name no version.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        others.extend(others_in(&text).into_iter().map(|(line, version)| format!("{name}:{line} says {version}")));
    }
    Ok(if others.is_empty() { ItemState::Holds } else { ItemState::Wrong(others.join(", ")) })
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

/// The version at the beginning of a text: digits and dots, and perhaps a suffix after a hyphen. A
/// word is not a version.
fn version(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || ".-+".contains(letter)));
    let version = text[..end.unwrap_or(text.len())].trim_end_matches('.');
    (version.starts_with(|letter: char| letter.is_ascii_digit()) && version.contains('.')).then_some(version)
}

/// A file, or every file below a folder.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |error: std::io::Error| Error::new(format!("{} cannot be read: {error}.", path.display()));
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
    fn another_version_is_found_with_its_line() {
        let text = format!(
            "url: oci://registry.example.com/corsac:9.9.9\nimage: \"registry.example.com/corsac:{VERSION}\"\n\
             [wasm log corsac: corsac 8.0.0-rc.1 (policy format 1): …] registry.example.com/corsac:7.0."
        );
        let found = others_in(&text);
        assert_eq!(found, [(1, "9.9.9".to_owned()), (3, "7.0".to_owned()), (3, "8.0.0-rc.1".to_owned())]);
    }

    #[test]
    fn words_are_not_versions() {
        assert_eq!(others_in("registry.example.com/corsac:latest target/corsac:ro corsac: corsac is"), []);
    }

    #[test]
    fn a_crate_of_the_workspace_with_another_version_is_named() {
        let ours =
            format!("version = 4\n\n[[package]]\nname = \"corsac\"\nversion = \"{VERSION}\"\ndependencies = []\n");
        let theirs = "\n[[package]]\nname = \"log\"\nversion = \"0.4.0\"\nsource = \"registry\"\n";
        assert_eq!(locked(&format!("{ours}{theirs}")), ItemState::Holds);
        let stale = "\n[[package]]\nname = \"corsac-policy\"\nversion = \"0.0.9\"\n";
        let ItemState::Wrong(sentence) = locked(&format!("{ours}{stale}{theirs}")) else { panic!("it holds") };
        assert!(sentence.starts_with("name = \"corsac-policy\" has another version"), "{sentence}");
    }
}
