//! Corsac as a real browser sees it. Pages in Chromium call an API through the built module in a
//! real Envoy, and the test compares what they may read with the Fetch standard.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). Chromium and
//! its driver are Debian's `chromium` and `chromium-driver`, or the binaries that CHROMIUM and
//! CHROMEDRIVER name.
//!
//! Chromium resolves names as the tests say (`--host-resolver-rules`): every host is 127.0.0.1, and
//! the default ports are Envoy's listener of pages, which also speaks TLS. So a page has any origin
//! that a case needs, such as `https://app.example`, and nothing leaves this machine.
//!
//! * [`matrix`], [`reading`], [`caches`], [`reject`]: cases written for the browser;
//! * [`vectors`]: the test vectors that a browser can send, by [`corsac_vectors::sendable`];
//! * [`cors_errors`]: servers without Corsac that answer wrongly in every way, and Chromium's
//!   names;
//! * [`safelist`]: the headers that need a preflight;
//! * [`deviations`]: the places where Chromium deviates from the standard;
//! * [`compare`]: compares the judge, `corsac-fetch`, with Chromium;
//! * [`session`], `harness.js`, [`world`], [`scripted`], [`ledger`]: the common parts.

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
mod session;
mod vectors;
mod websocket;
mod world;
