//! The policy engine of Corsac: CORS decisions for a proxy, bytes in and data out.
//!
//! [`compile`] turns a JSON configuration into [`Policies`], once. [`decide`] then answers for the
//! headers of a request, and [`edit`] for those of its response. The engine does no I/O, reads no
//! clock, writes no log and never panics. So the same engine runs in a proxy's filter, in a
//! command-line tool, in a web page and under a fuzzer, and gives the same answer.
//!
//! The law is the WHATWG Fetch standard (the [CORS
//! protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)), RFC 9110 and RFC 9111.
//! `docs/configuration.md` explains the meaning of a configuration.
//!
//! # An exchange
//!
//! The engine asks a proxy for the data it needs, through [`Request`] and [`Response`]. Here a map
//! of headers is the proxy:
//!
//! ```
//! use std::collections::BTreeMap;
//! use corsac_policy::{Decision, Request, Response, Route, RoutePolicy, Tools, compile, decide, edit};
//!
//! #[derive(Default)]
//! struct Headers(BTreeMap<String, Vec<u8>>);
//!
//! impl Route for Headers {
//!     fn route_name(&mut self) -> Option<Vec<u8>> { None }
//!     fn route_policy(&mut self) -> RoutePolicy { RoutePolicy::Absent }
//! }
//! impl Request for Headers {
//!     fn header(&mut self, name: &'static str) -> Option<Vec<u8>> { self.0.get(name).cloned() }
//! }
//! impl Response for Headers {
//!     fn header(&mut self, name: &'static str) -> Option<Vec<u8>> { self.0.get(name).cloned() }
//!     fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
//!         self.0.iter().for_each(|(name, value)| show(name.as_bytes(), value));
//!     }
//!     fn replace(&mut self, name: &'static str, value: &[u8]) { self.0.insert(name.into(), value.into()); }
//!     fn remove(&mut self, name: &[u8]) { self.0.retain(|known, _| known.as_bytes() != name); }
//! }
//!
//! let configuration = br#"{ "allowOrigins": ["https://app.example.com"] }"#;
//! let policies = compile(configuration, &Tools::default()).expect("a sound policy").policies;
//!
//! // The request passes, and the response names the origin, whatever the upstream said.
//! let mut request = Headers(BTreeMap::from([("origin".into(), b"https://app.example.com".to_vec())]));
//! let decision = decide(&policies, &mut request);
//! assert!(matches!(decision, Decision::Forward(_)));
//!
//! let mut response = Headers(BTreeMap::from([("access-control-allow-origin".into(), b"*".to_vec())]));
//! edit(&policies, &decision, &mut response);
//! assert_eq!(response.0["access-control-allow-origin"], b"https://app.example.com");
//! assert_eq!(response.0["vary"], b"origin");
//! ```
//!
//! # A bad configuration
//!
//! A configuration with an error is refused as a whole. Each diagnostic has a code, a place, a
//! sentence and, if there is one, the corrected value:
//!
//! ```
//! use corsac_policy::{Tools, compile};
//!
//! let rejected = compile(br#"{ "allowOrigins": ["https://App.example.com/"] }"#, &Tools::default()).unwrap_err();
//! let diagnostic = &rejected.diagnostics[0];
//! assert_eq!(diagnostic.pointer, "/allowOrigins/0");
//! assert_eq!(diagnostic.suggestion.as_ref().map(ToString::to_string).as_deref(), Some(r#""https://app.example.com""#));
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
mod explain;
mod fix;
mod header;
pub mod json;
mod language;
mod method;
mod name_list;
mod origin;
mod placeholder;
mod policy;
mod risk;
mod rules;
mod scope;
mod source;
mod suggest;
mod text;
mod token;
mod vary;

/// The version of the policy format. It is raised when a policy that was in force before would be
/// refused or change its meaning.
pub const FORMAT_VERSION: u32 = 1;

pub use bytes::is_same;
pub use compile::{Compiled, Rejected, Tools, compile};
pub use config::{Synonym, fields, resolved, synonym, tried};
pub use decide::actual::Forwarded;
pub use decide::proxy::{Request, Response, Route, RoutePolicy, Target};
pub use decide::record::{Outcome, Phase, Reason, Record};
pub use decide::reply::Reply;
pub use decide::trial::{Difference, Would};
pub use decide::{Decision, decide, edit};
pub use diagnostic::{Code, Diagnostic, Severity, Suggestion};
pub use explain::{Choice, Entry, List, MatchedRule, choice, entries};
pub use fix::{apply, fix};
pub use header::ReplyHeaders;
pub use language::{Accepted, accepted, any_origin};
pub use origin::diagnose::ToAscii;
pub use origin::list::{LeftOut, ListCounts, OriginList, OriginListBuilder};
pub use origin::public_suffix::{dated as public_suffix_list_date, registrable_domain};
pub use policy::Policies;
pub use risk::risks;
pub use scope::{RuleHost, RulePath};
pub use source::OriginSource;
