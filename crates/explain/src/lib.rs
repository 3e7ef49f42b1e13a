//! Why a page may read the answer to a request, or may not.
//!
//! [`explain`] joins Corsac's engine and the browser's side of CORS: which rule and policy apply,
//! whether a preflight goes first, the bytes that leave the proxy, and what a browser makes of
//! them. [`curl`], [`har`] and [`console`] read the question from what people have.
//!
//! ```
//! use corsac_explain::{Question, Routing, Upstream, Verdict, explain};
//!
//! let configuration = br#"{ "allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"] }"#;
//! let mut question = Question::new("https://example.com", "https://api.example.net/items");
//! question.method = "PUT".to_owned();
//! question.add_header("content-type");
//!
//! let explanation = explain(configuration, &question, &Upstream::default(), &Routing::default())?;
//! assert_eq!(explanation.verdict, Verdict::Blocked);
//! assert_eq!(explanation.reason, "origin-not-listed");
//! assert_eq!(explanation.chrome.as_deref(), Some("kPreflightMissingAllowOriginHeader"));
//! let nearest = explanation.nearest.as_ref().expect("a nearest entry");
//! assert_eq!(nearest.pointer, "/allowOrigins/0");
//!
//! // The same for programs, and for people.
//! let json = serde_json::to_value(&explanation).expect("an explanation is JSON");
//! assert_eq!(json["nearest"]["differs"][0], "apex");
//! assert!(explanation.to_string().starts_with("Blocked: https://example.com is not in the list"));
//! # Ok::<(), corsac_explain::Problem>(())
//! ```
//!
//! An exchange that no policy governs is judged by the upstream's own headers. What Corsac leaves
//! to Envoy is not here: what another filter adds to a response, and `response_headers_to_add`.
//!
//! Every exchange vector is explained in the tests: the headers are those that the vector demands,
//! and the verdict is the one that Chromium is held to.
//!
//! There is no I/O in here, no clock, and nothing that panics: the same code runs in a command line
//! and in a web page.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

mod configuration;
pub mod console;
pub mod curl;
mod explain;
mod explanation;
pub mod har;
mod nearest;
mod question;
mod reason;
mod render;
mod sent;
pub mod wire;

pub use explain::explain;
pub use explanation::{
    Answerer, Choice, ChosenBy, Difference, Entry, Explanation, Header, Nearest, Preflight, Request, Response, Step,
    Trial, Verdict,
};
pub use question::{Problem, Question, Reply, Routing, Upstream};
pub use reason::REASONS;
