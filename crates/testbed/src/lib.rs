//! The world around Corsac, for the demo, the end-to-end tests and the benches: a real Envoy, an
//! upstream that tells what it got, and clients that send any bytes.
//!
//! * [`envoy`] finds Envoy (or installs the pinned one), starts it, asks its admin interface and
//!   changes its configuration while it runs;
//! * [`config`] writes the bootstrap: a list of listeners, each a scene around Corsac;
//! * [`containers`] finds a Docker engine and brings compose files up;
//! * [`upstream`] answers as a test has scripted and records what it was asked;
//! * [`server`] answers by a function;
//! * [`client`] speaks HTTP/1.1 and HTTP/2 by hand, so that it can send what no library would;
//! * [`browser`] finds Chromium and starts the driver that starts it;
//! * [`vectors`] stages the test vectors, sends them and judges what was seen;
//! * [`story`] is what the demo shows, in every form of it;
//! * [`node`] and [`kubectl`] find those programs, or install pinned ones;
//! * [`access_log`] reads what Envoy says about a request;
//! * [`ports`] finds free ports.
//!
//! Everything blocks, listens on 127.0.0.1 only, has a deadline, and ends what it started when it
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
pub mod client;
pub mod config;
pub mod containers;
mod directory;
pub mod envoy;
mod error;
mod headers;
pub mod kubectl;
pub mod node;
mod places;
pub mod ports;
mod pypi;
pub mod random;
pub mod server;
pub mod story;
mod time;
pub mod upstream;
pub mod vectors;
mod wire;

pub use error::{Error, Result};
pub use headers::Headers;
pub use places::{module, target};
pub use time::{DEADLINE, poll};
