//! Corsac as a real browser sees it: pages in Chromium call an API behind the built module in a
//! real Envoy, and what they may read is held against the Fetch standard.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). Chromium and
//! its driver are Debian's `chromium` and `chromium-driver`, or the binaries that CHROMIUM and
//! CHROMEDRIVER name.
//!
//! Chromium takes its names from us (`--host-resolver-rules`): every host is 127.0.0.1, and the
//! default ports are Envoy's listener of pages, which speaks TLS too. So a page has whatever origin
//! a case needs, `https://app.example` as well, and nothing leaves this machine.
//!
//! * [`matrix`], [`reading`], [`caches`], [`reject`]: cases written for the browser;
//! * [`vectors`]: the test vectors, as far as [`sendable`] says that a browser can send them;
//! * [`cors_errors`]: servers without Corsac that answer wrong in every way, and how Chromium names
//!   each;
//! * [`safelist`]: which headers take a preflight; [`deviations`]: where Chromium differs from the
//!   standard;
//! * [`compare`]: the judge, `corsac-fetch`, and Chromium side by side;
//! * [`session`], `harness.js`, [`world`], [`scripted`], [`ledger`]: what they all stand on.

mod caches;
mod compare;
mod cors_errors;
mod deviations;
mod engine;
mod ledger;
mod matrix;
mod reading;
mod reject;
mod safelist;
mod scripted;
mod sendable;
mod session;
mod vectors;
mod websocket;
mod world;
