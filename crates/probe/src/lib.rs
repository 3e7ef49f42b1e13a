//! Audits the CORS answers of a live endpoint: what a browser would let through, and what is
//! broken.
//!
//! A [`Plan`] tells which requests are sent, in stages: [`Plan::asks`]. Their answers are
//! [`Observations`]. [`findings`] tells what is wrong, by rules that are functions of what was
//! seen; `corsac-fetch` decides what a browser does, and Corsac's engine what a policy means. All
//! that is pure. [`Client`] sends the requests, and [`probe`] joins the two.
//!
//! A probe changes nothing: it sends `GET`, `HEAD` and `OPTIONS`, and [`Verb`] has no other.
//!
//! ```
//! use corsac_fetch::Response;
//! use corsac_probe::{Observations, Plan, findings};
//! use url::Url;
//!
//! // A server that allows whoever asks.
//! let plan = Plan::new(Url::parse("https://api.example.net/").unwrap(), &[], None, "word");
//! let mut seen = Observations::default();
//! while let Some(ask) = plan.asks(&seen).into_iter().find(|ask| !seen.has(ask)) {
//!     let origin = ask.value("origin").unwrap_or_default().to_vec();
//!     let answer = [("access-control-allow-origin", origin), ("vary", b"origin".to_vec())];
//!     seen.record(ask, Ok(Response::new(200, answer)));
//! }
//! let codes: Vec<&str> = findings(&plan, &seen).iter().map(|finding| finding.code).collect();
//! assert_eq!(codes, ["reflected-origin", "null-origin"]);
//! ```
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

mod ask;
mod audit;
mod caches;
mod curl;
mod finding;
mod http;
mod intent;
mod lookalike;
mod observations;
mod plan;
mod probe;
mod rules;

pub use ask::{Ask, Verb};
pub use finding::{Answered, Browser, Code, Finding, Severity};
pub use http::{Client, Connection};
pub use intent::Intent;
pub use lookalike::{Attack, Disguise};
pub use observations::{Observation, Observations};
pub use plan::{Plan, Use, Visitor};
pub use probe::{Limits, Outcome, probe};

/// What is to be said about a URL, errors first.
pub fn findings(plan: &Plan, seen: &Observations) -> Vec<Finding> {
    rules::findings(plan, seen)
}
