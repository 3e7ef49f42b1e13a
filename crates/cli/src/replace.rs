//! A file replaced at once: a reader finds the old one or the new one, never a half.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::output::Failure;

/// Writes a file if it has another text; whether it had.
pub(crate) fn replace(file: &Path, text: &str) -> Result<bool, Failure> {
    try_replace(file, text)
        .map_err(|error| Failure(format!("{}: The file cannot be written: {error}.", file.display())))
}

fn try_replace(file: &Path, text: &str) -> io::Result<bool> {
    // A link stays one: its target is replaced.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    match fs::read(&file) {
        Ok(old) if old == text.as_bytes() => return Ok(false),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let beside = beside(&file);
    let written = write(&beside, &file, text).and_then(|()| fs::rename(&beside, &file));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map(|()| true)
}

/// A name in the same directory, and so in the same file system; a rename across two is not atomic.
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn write(beside: &Path, file: &Path, text: &str) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).open(beside)?;
    if let Ok(old) = fs::metadata(file) {
        new.set_permissions(old.permissions())?;
    }
    new.write_all(text.as_bytes())?;
    new.sync_all()
}
