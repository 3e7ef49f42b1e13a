//! Files as people have them, one directory for each format, each with what comes out of it
//! beside it.
//!
//! `CORSAC_BLESS=1 cargo test -p corsac-manifests --test imports` writes the `.out` files: read
//! the difference.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use corsac_manifests::{Format, import};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let directories = fs::read_dir(root).expect("the directory of imports").flatten().map(|entry| entry.path());
    let inside = directories.filter(|path| path.is_dir()).flat_map(|path| fs::read_dir(path).expect("a directory"));
    let mut files: Vec<PathBuf> = inside.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension != "out"));
    files.sort();
    files
}

fn report(from: Option<Format>, text: &str) -> String {
    let mut report = String::new();
    let notes = match import(from, text) {
        Ok(import) => {
            let _ = writeln!(report, "{}", serde_json::to_string_pretty(&import.document).expect("JSON"));
            import.notes
        }
        Err(refusal) => {
            let _ = writeln!(report, "refused: {}", refusal.sentence);
            refusal.notes
        }
    };
    for note in notes {
        let _ = writeln!(report, "# {note}");
    }
    report
}

#[test]
fn each_file_becomes_what_is_written_beside_it_whether_or_not_its_kind_is_named() {
    let bless = std::env::var_os("CORSAC_BLESS").is_some();
    let files = files();
    assert!(files.len() > 20, "only {} files", files.len());
    for path in files {
        let directory = path.parent().and_then(Path::file_name).expect("a directory").to_string_lossy().into_owned();
        let format: Format = directory.parse().expect("a format");
        let text = fs::read_to_string(&path).expect("a file");
        let named = report(Some(format), &text);
        assert_eq!(report(None, &text), named, "{}: told from its text alone", path.display());
        let expected = path.with_extension(format!("{}.out", path.extension().expect("one").to_string_lossy()));
        if bless {
            fs::write(&expected, &named).expect("a written file");
        }
        assert_eq!(fs::read_to_string(&expected).unwrap_or_default(), named, "{}", path.display());
    }
}
