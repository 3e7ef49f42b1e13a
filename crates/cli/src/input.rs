//! Files: bounded, and every failure a sentence with the file's name.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use corsac_check::document_name;
use corsac_manifests::Found;

use crate::output::Failure;

/// The longest file that is read. Bytes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Input {
    /// What reports call it.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

impl Input {
    /// Reads a file; `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = if is_stdin(path) { "<stdin>".to_owned() } else { path.display().to_string() };
        let fail = |sentence: String| Failure(format!("{name}: {sentence}"));
        let bytes = read_bytes(path).map_err(|error| fail(format!("The file cannot be read: {error}.")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(fail(format!("The file is larger than {} MiB.", MOST_BYTES >> 20)));
        }
        let text = corsac_manifests::text(&bytes).map_err(fail)?.to_owned();
        Ok(Self { name, text })
    }

    /// The policies in the file; at least one.
    pub(crate) fn policies(&self) -> Result<Vec<Found>, Failure> {
        if self.text.trim().is_empty() {
            return Err(self.fail("The file is empty."));
        }
        corsac_manifests::find(&self.text).map_err(|sentence| self.fail(&sentence))
    }

    /// The one policy that a verb works on: the one named by `document`, or the only one.
    pub(crate) fn policy(&self, document: Option<&str>) -> Result<Found, Failure> {
        let mut found = self.policies()?;
        let names: Vec<String> = (0..found.len()).map(|index| document_name(&found, index)).collect();
        let index = match document {
            Some(wanted) => names.iter().position(|name| name == wanted),
            None if found.len() == 1 => Some(0),
            None => None,
        };
        index.map(|index| found.swap_remove(index)).ok_or_else(|| {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            self.fail(&format!("Choose one of its policies with \"--document\": {}.", names.join(", ")))
        })
    }

    /// A failure that names the file.
    pub(crate) fn fail(&self, sentence: &str) -> Failure {
        Failure(format!("{}: {sentence}", self.name))
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_stdin(path) {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A policy in a file, as most verbs take it.
#[derive(clap::Args)]
pub(crate) struct PolicyFile {
    /// The policy, or a manifest that holds it; "-" is standard input
    #[arg(value_name = "POLICY")]
    pub(crate) file: PathBuf,
    /// Which policy, where the file holds several: its kind and name, as `check` shows them
    #[arg(long, value_name = "NAME")]
    pub(crate) document: Option<String>,
}

impl PolicyFile {
    pub(crate) fn find(&self) -> Result<Found, Failure> {
        Input::read(&self.file)?.policy(self.document.as_deref())
    }
}
