//! The policy engine of Corsac: CORS decisions for a proxy, bytes in and data out.
//!
//! A JSON configuration is compiled once into [`Policies`]; then [`decide`] answers for a request's headers and [`edit`]
//! for a response's. There is no I/O, no clock and no logging in here, and nothing that panics, so the same engine runs in
//! a proxy's filter, in a command-line tool, in a browser and under a fuzzer, and gives the same answer.
//!
//! The law is the WHATWG Fetch standard (the CORS protocol) and RFC 9110 and 9111; `docs/configuration.md` tells what the
//! configuration means.
//!
//! ```
//! use corsac_policy::{compile, Tools};
//!
//! let compiled = compile(br#"{ "allowOrigins": ["https://app.example.com"] }"#, &Tools::default()).expect("a sound policy");
//! assert!(compiled.warnings.is_empty());
//!
//! let rejected = compile(br#"{ "allowOrigins": ["https://App.example.com/"] }"#, &Tools::default()).unwrap_err();
//! assert_eq!(rejected.diagnostics[0].pointer, "/allowOrigins/0");
//! assert_eq!(rejected.diagnostics[0].suggestion, Some(r#""https://app.example.com""#.to_owned().into()));
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

mod bytes;
mod compile;
mod config;
mod decide;
mod diagnostic;
mod fix;
mod header;
mod json;
mod method;
mod name_list;
mod origin;
mod placeholder;
mod policy;
mod risk;
mod rules;
mod suggest;
mod token;
mod vary;

/// The version of the policy format: raised when a policy that was in force before would be refused or mean something else.
pub const FORMAT_VERSION: u32 = 1;

pub use bytes::is_same;
pub use compile::{Compiled, Rejected, Tools, compile};
pub use config::{Synonym, fields, resolved, synonym};
pub use decide::actual::Forwarded;
pub use decide::proxy::{Request, Response, Route, RoutePolicy};
pub use decide::record::{Outcome, Phase, Reason, Record};
pub use decide::reply::Reply;
pub use decide::{Decision, decide, edit};
pub use diagnostic::{Code, Diagnostic, Severity, Suggestion};
pub use fix::{apply, fix};
pub use header::ReplyHeaders;
pub use origin::diagnose::ToAscii;
pub use origin::public_suffix::dated as public_suffix_list_date;
pub use policy::Policies;
