//! The test vectors of Corsac as Rust data.
//!
//! A vector is a policy, a request, what the upstream answers, and the exact answer that must reach
//! the client, with the law that says so. They are written in `tests/vectors/*.toml` (the format is
//! described in the `README.md` beside them) and compiled into this crate, so the same data runs
//! against the engine natively, the engine in Wasm, the module in a real Envoy, and a browser.
//!
//! ```
//! let vectors = corsac_vectors::all().expect("the vector files are readable");
//! assert!(vectors.exchanges.len() >= 250);
//! ```
//!
//! Reading never panics: a mistake in a file is a [`Problem`] that names the file and the vector.

mod budget;
mod diagnosis;
mod difference;
mod encounter;
mod exchange;
mod http;
mod in_memory;
mod older;
mod read;

use std::fmt;
use std::sync::OnceLock;

pub use budget::{Budget, Call, Cost, Row};
pub use diagnosis::Diagnosis;
pub use difference::{Answer, difference, is_judged};
pub use encounter::{Encounter, HeaderMap, Routing};
pub use exchange::{Exchange, Metadata, Protocol, RedirectedTo, Scene};
pub use http::{HeaderLine, HttpRequest, HttpResponse, printable};
pub use in_memory::{Played, play};
pub use older::{Older, Release};
pub use read::parse;

/// Every vector of every file, in the order of file names and then of lines.
#[derive(Debug, Default)]
pub struct Vectors {
    /// A request, what comes back, and the answer that must leave.
    pub exchanges: Vec<Exchange>,
    /// A configuration and what must be said about it.
    pub diagnoses: Vec<Diagnosis>,
}

/// A mistake in a vector file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name, without its folder.
    pub file: String,
    /// The vector's name; `None` where the file as a whole is wrong or the vector has no name.
    pub vector: Option<String>,
    /// What is wrong, in a sentence.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.vector {
            Some(vector) => write!(f, "{}: {vector:?}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Every mistake in the vector files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The vector files as they were when this crate was built: name and text.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// All vectors, parsed at the first call.
pub fn all() -> Result<&'static Vectors, &'static Problems> {
    static ALL: OnceLock<Result<Vectors, Problems>> = OnceLock::new();
    ALL.get_or_init(|| parse(FILES)).as_ref()
}
