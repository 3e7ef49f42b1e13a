//! The browser's side of CORS, written from the [Fetch standard](https://fetch.spec.whatwg.org/):
//! what a page's request sends, whether a preflight goes first, and whether the page may read the
//! answer.
//!
//! A [`Fetch`] is what a script asks for. [`Fetch::judge`] plays it against a server, by the
//! standard's algorithms, and tells every step. The end is an [`Answer`], with the headers that the
//! page reads, or [`Blocked`], with the name that Chrome gives it and the key of Firefox's message.
//!
//! ```
//! use corsac_fetch::{CorsError, Credentials, Fetch, FirefoxKey, Origin, Response};
//!
//! let page = Origin::parse("https://app.example").expect("an origin");
//! let fetch = Fetch::new(page, "https://api.example/items/1")?
//!     .method("PUT")?
//!     .header("Content-Type", "application/json")?
//!     .credentials(Credentials::Include);
//!
//! // The browser sends a preflight first, which asks for both.
//! let preflight = fetch.preflight_request().expect("PUT takes a preflight");
//! assert_eq!(preflight.method, "OPTIONS");
//! assert_eq!(preflight.headers.get("access-control-request-method").as_deref(), Some(&b"PUT"[..]));
//! assert_eq!(preflight.headers.get("access-control-request-headers").as_deref(), Some(&b"content-type"[..]));
//!
//! // The server answers `*` to a request with credentials.
//! let verdict = fetch.judge(|_| Some(Response::new(204, [("access-control-allow-origin", "*")])));
//! let blocked = verdict.outcome.as_ref().expect_err("`*` is not for credentials");
//! assert_eq!(blocked.chrome, Some(CorsError::PreflightWildcardOriginNotAllowed));
//! assert_eq!(blocked.firefox, Some(FirefoxKey::CORSNotSupportingCredentials));
//! assert_eq!(
//!     verdict.to_string(),
//!     "1. Main fetch: https://api.example/items/1 is cross-origin to the page, https://app.example: \
//!      this is a CORS request. [noted]\n\
//!      2. CORS-unsafe request-header names: Not CORS-safelisted: content-type. [noted]\n\
//!      3. Main fetch: The browser sends a preflight first: the method is PUT, and the script sets content-type. [noted]\n\
//!      4. CORS-preflight fetch: OPTIONS https://api.example/items/1 with access-control-request-method: PUT; \
//!      access-control-request-headers: content-type; origin: https://app.example [sent]\n\
//!      5. CORS check: Access-Control-Allow-Origin is *, and the credentials mode is include. [failed]\n\
//!      Blocked: preflight response: Access-Control-Allow-Origin is *, and the credentials mode is include; \
//!      Chrome: kPreflightWildcardOriginNotAllowed; Firefox: CORSNotSupportingCredentials."
//! );
//! # Ok::<(), corsac_fetch::ScriptError>(())
//! ```
//!
//! This crate knows nothing of Corsac's engine, so that the two can be held against each other:
//! every vector that a browser can send goes through both, and through Chromium (`tests/browser`).
//! There is no I/O in here, and no clock.
//!
//! What it leaves out is not CORS: Content Security Policy, mixed content,
//! `Cross-Origin-Resource-Policy`, HSTS, service workers, and the permission that requests to a
//! local network take. There is no cache of preflights either; a step tells how long an answer
//! would be remembered.
//!
//! The verdict is the standard's. Chromium differs from it in these, and
//! `tests/browser/deviations.rs` shows each:
//!
//! * As it is shipped, it lets `*` in `Access-Control-Allow-Headers` cover `Authorization`; so does
//!   Firefox. A step says so.
//! * It safelists client hints (`DPR`, `Save-Data` and others).
//! * It joins repeated headers before it judges them; the standard judges each line.
//! * It takes an empty `Location` for none, and follows no redirect to a user name or password, not
//!   even within the page's own origin.
//! * It counts a listener on an upload only where there is a body, and wants the method listed
//!   nevertheless.
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

mod chrome;
mod console;
mod cors_check;
mod fetch;
mod firefox;
mod headers;
mod judge;
mod method;
mod origin;
mod preflight;
mod preflight_cache;
mod reason;
mod request;
mod request_header;
mod response;
mod route;
mod section;
mod site;
mod verdict;

pub use chrome::CorsError;
pub use fetch::{Credentials, Fetch, Mode, Redirect, ScriptError};
pub use firefox::FirefoxKey;
pub use headers::{Headers, Malformed, printable};
pub use method::{is_forbidden_method, is_safelisted_method, normalize_method};
pub use origin::Origin;
pub use preflight::Why;
pub use reason::Reason;
pub use request::{Phase, Request};
pub use request_header::{is_forbidden_header, is_non_wildcard_header, is_safelisted_header, unsafe_header_names};
pub use response::{Answer, Kind, Response};
pub use section::Section;
pub use site::RegistrableDomain;
pub use verdict::{Blocked, Step, StepOutcome, Verdict};
