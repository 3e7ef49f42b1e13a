//! The test vectors of Corsac as Rust data.
//!
//! A vector holds a policy, a request, the upstream's response, the exact answer that must reach
//! the client, and the law that demands it. The vectors are in `tests/vectors/*.toml`; the
//! `README.md` there describes the format. They are compiled into this crate, so the same data
//! tests the engine natively, the engine in Wasm, the module in a real Envoy, and a browser.
//!
//! ```
//! let vectors = corsac_vectors::all().expect("the vector files are readable");
//! assert!(vectors.exchanges.len() >= 250);
//! ```
//!
//! Reading never panics: a mistake in a file becomes a [`Problem`] that names the file and the
//! vector.

mod budget;
mod diagnosis;
mod difference;
mod exchange;
mod http;
mod in_memory;
mod native_module;
mod older_envoy;
mod proxied_exchange;
mod read;
mod sendable;

use std::fmt;
use std::sync::OnceLock;

pub use budget::{Budget, Call, Cost, Row};
pub use diagnosis::DiagnosisVector;
pub use difference::{Answer, difference, is_judged};
pub use exchange::{ExchangeVector, Metadata, Placement, Protocol, RedirectedTo};
pub use http::{HeaderLine, HttpRequest, HttpResponse, printable};
pub use in_memory::{Played, play};
pub use native_module::NativeModule;
pub use older_envoy::{OlderEnvoy, Release};
pub use proxied_exchange::{HeaderMap, ProxiedExchange, Routing};
pub use read::parse;
pub use sendable::{Asked, Sendable, sendable};

/// Every vector of every file, sorted by file name and then by line.
#[derive(Debug, Default)]
pub struct Vectors {
    /// Requests, with the response to each and the answer that the client must receive.
    pub exchanges: Vec<ExchangeVector>,
    /// Configurations, with the diagnostics that each must produce.
    pub diagnoses: Vec<DiagnosisVector>,
}

/// A mistake in a vector file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name, without its folder.
    pub file: String,
    /// The vector's name; `None` if the mistake concerns the whole file, or the vector has no name.
    pub vector: Option<String>,
    /// The mistake, in a sentence.
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

/// The vector files at the time of the build: name and text.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// All vectors, parsed at the first call.
pub fn all() -> Result<&'static Vectors, &'static Problems> {
    static ALL: OnceLock<Result<Vectors, Problems>> = OnceLock::new();
    ALL.get_or_init(|| parse(FILES)).as_ref()
}
