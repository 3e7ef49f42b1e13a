//! Corsac as a real browser sees it: pages in Chromium call an API behind the built module in a real
//! Envoy, and what they may read is held against the Fetch standard.
//!
//! The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask build`). Chromium and its
//! driver are Debian's `chromium` and `chromium-driver`, or the binaries that CHROMIUM and CHROMEDRIVER name.
//!
//! Chromium takes its names from us (`--host-resolver-rules`): every host is 127.0.0.1, the default ports
//! are Envoy's listeners of pages. So a page has whatever origin a case needs, `https://app.example` too.

mod judge;
mod session;
mod try_out;
mod world;
