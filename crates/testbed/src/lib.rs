//! A real Envoy, an upstream that reports what it received, and clients that send any bytes: for
//! the demo, the end-to-end tests and the benchmarks.
//!
//! * [`envoy`] finds Envoy (or installs the pinned one), starts it, queries its admin interface and
//!   changes its configuration while it runs;
//! * [`config`] writes Envoy's bootstrap from a list of listeners;
//! * [`containers`] finds a Docker engine and brings compose files up;
//! * [`upstream`] answers as a test has scripted and records every request;
//! * [`server`] answers by a function, and [`static_files`] with the files of a folder;
//! * `external_processor`, a feature, is a gRPC server for Envoy's `ext_proc` filter;
//! * [`client`] implements HTTP/1.1 and HTTP/2, to send requests that no library would;
//! * [`builds`] makes other builds of the module: of another version, or with a defect;
//! * [`marked`] makes policies that every answer names, and [`load`] clients that check that;
//! * [`hostile`] makes requests with bytes that no browser sends;
//! * [`browser`] finds Chromium and starts chromedriver, which starts Chromium; [`webdriver`]
//!   controls it, and [`screenshots`] takes pictures;
//! * [`vectors`] sends the test vectors to an Envoy and compares the answers;
//! * [`demo_requests`] holds the requests that the demo and the compose file show;
//! * [`pypi`] installs packages for Python, and [`node::Node::install`] packages for Node;
//! * [`node`] and [`kubectl`] find those programs, or install pinned ones;
//! * [`access_log`] reads Envoy's access log;
//! * [`ports`] finds free ports;
//! * [`random`] makes numbers that a seed repeats;
//! * [`programs`] runs other programs, and [`test_counts`] counts the tests in their output.
//!
//! Everything blocks, listens on 127.0.0.1 only, has a deadline, and stops what it started when it
//! is dropped.
//!
//! ```no_run
//! use corsac_testbed::{client::{self, Request}, config::{Bootstrap, Listener, filter}, envoy::Binary, upstream::Upstream};
//!
//! # fn main() -> corsac_testbed::Result<()> {
//! let upstream = Upstream::start()?;
//! let module = corsac_testbed::module()?;
//! let policy = r#"{ "allowOrigins": ["https://app.example"] }"#;
//! let listener = Listener::new("front").filter(filter::corsac(&module, &policy.into()));
//! let envoy = Binary::find()?.start(&Bootstrap::new(upstream.address()).listener(listener))?;
//!
//! let request = Request::new("GET", "/").header("origin", "https://app.example");
//! let answer = client::http1::send(envoy.address("front")?, &request)?;
//! assert_eq!(answer.headers.joined("access-control-allow-origin"), Some(b"https://app.example".to_vec()));
//! # Ok(())
//! # }
//! ```

pub mod access_log;
pub mod browser;
pub mod builds;
pub mod client;
mod compact_png;
pub mod config;
pub mod containers;
pub mod demo_requests;
mod directory;
pub mod envoy;
mod error;
#[cfg(feature = "external-processor")]
pub mod external_processor;
mod headers;
pub mod hostile;
pub mod kubectl;
pub mod load;
pub mod marked;
pub mod node;
mod paths;
pub mod ports;
pub mod programs;
pub mod pypi;
pub mod random;
pub mod screenshots;
pub mod server;
pub mod static_files;
pub mod test_counts;
mod time;
pub mod upstream;
pub mod vectors;
pub mod webdriver;
mod wire;

pub use error::{Error, Result};
pub use headers::Headers;
pub use paths::{is_native, module, native_module, root, target};
pub use time::{DEADLINE, poll};
