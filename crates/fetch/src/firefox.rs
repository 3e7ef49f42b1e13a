//! Firefox's keys for the failures.

use std::fmt;

use crate::preflight::Allowed;
use crate::reason::Reason;
use crate::request::{Current, Tainting};
use crate::response::Response;

/// The keys of the CORS messages in Firefox's console that a server or a URL can cause. A digit at
/// the end is part of the key: Firefox counts up where a message changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the keys are Firefox's, and say it; `Reason` tells what each is about")]
pub enum FirefoxKey {
    CORSAllowOriginNotMatchingOrigin,
    CORSDidNotSucceed2,
    CORSExternalRedirectNotAllowed,
    CORSInvalidAllowHeader,
    CORSInvalidAllowMethod,
    CORSMethodNotFound,
    CORSMissingAllowCredentials,
    CORSMissingAllowHeaderFromPreflight2,
    CORSMissingAllowOrigin2,
    CORSMultipleAllowOriginNotAllowed,
    CORSNotSupportingCredentials,
    CORSPreflightDidNotSucceed3,
    CORSRequestNotHttp,
}

impl FirefoxKey {
    /// The key: `CORSMissingAllowOrigin2`.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// MDN's page about it. Its name lacks the digit.
    pub fn page(self) -> String {
        let key = self.name();
        let key = key.trim_end_matches(|letter: char| letter.is_ascii_digit());
        format!("https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/{key}")
    }

    /// Firefox's key for a failure; `None` where it says nothing of CORS.
    pub(crate) fn of(current: &Current, reason: &Reason, response: Option<&Response>) -> Option<Self> {
        Some(match reason {
            Reason::AllowOriginMissing => Self::CORSMissingAllowOrigin2,
            Reason::AllowOriginWildcard => Self::CORSNotSupportingCredentials,
            // Two values in one line are one value to it.
            Reason::AllowOrigin { lines: 1, .. } => Self::CORSAllowOriginNotMatchingOrigin,
            Reason::AllowOrigin { .. } => Self::CORSMultipleAllowOriginNotAllowed,
            Reason::AllowCredentials(_) => Self::CORSMissingAllowCredentials,
            Reason::PreflightStatus(_) if response.is_some_and(Response::has_location) => {
                Self::CORSExternalRedirectNotAllowed
            }
            Reason::PreflightStatus(_) => Self::CORSPreflightDidNotSucceed3,
            Reason::AllowMethodsSyntax(_) => Self::CORSInvalidAllowMethod,
            // It looks for the method before it reads the other list.
            Reason::AllowHeadersSyntax(_)
                if response.is_some_and(|response| !Allowed::has_method(current, &response.headers)) =>
            {
                Self::CORSMethodNotFound
            }
            Reason::AllowHeadersSyntax(_) => Self::CORSInvalidAllowHeader,
            Reason::Method(_) => Self::CORSMethodNotFound,
            Reason::Header(_) => Self::CORSMissingAllowHeaderFromPreflight2,
            Reason::NotHttp(_) | Reason::RedirectScheme(_) => Self::CORSRequestNotHttp,
            Reason::NoAnswer | Reason::RedirectLocation | Reason::RedirectCount | Reason::RedirectCredentials(_)
                if current.tainting == Tainting::Cors =>
            {
                Self::CORSDidNotSucceed2
            }
            _ => return None,
        })
    }
}

/// The key.
impl fmt::Display for FirefoxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
