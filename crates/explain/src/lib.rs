//! Why a page may read the answer to a request, or may not.
//!
//! [`explain`] joins Corsac's engine and the browser's side of CORS: which rule and policy apply,
//! whether a preflight goes first, the bytes that leave the proxy, and what a browser makes of them.
//! [`curl`], [`har`] and [`console`] read the question from what people have.
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
    Verdict,
};
pub use question::{Problem, Question, Reply, Routing, Upstream};
pub use reason::REASONS;
