//! What Chrome calls it.

use std::fmt;

use url::Url;

use crate::reason::Reason;
use crate::request::Phase;

/// The names of Chrome's `network::mojom::CorsError`, as far as a server or a URL causes them. The developer tools show them
/// without the `k` (Network panel, Issues, `Network.loadingFailed`).
///
/// Those that are missing have other causes: `kInvalidResponse` is a warning only, and those of local networks come of
/// a permission that a person gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are Chrome's, and say it; `Reason` tells what each is about")]
pub enum CorsError {
    DisallowedByMode,
    WildcardOriginNotAllowed,
    MissingAllowOriginHeader,
    MultipleAllowOriginValues,
    InvalidAllowOriginValue,
    AllowOriginMismatch,
    InvalidAllowCredentials,
    CorsDisabledScheme,
    PreflightInvalidStatus,
    PreflightDisallowedRedirect,
    PreflightWildcardOriginNotAllowed,
    PreflightMissingAllowOriginHeader,
    PreflightMultipleAllowOriginValues,
    PreflightInvalidAllowOriginValue,
    PreflightAllowOriginMismatch,
    PreflightInvalidAllowCredentials,
    InvalidAllowMethodsPreflightResponse,
    InvalidAllowHeadersPreflightResponse,
    MethodDisallowedByPreflightResponse,
    HeaderDisallowedByPreflightResponse,
    RedirectContainsCredentials,
}

impl CorsError {
    /// Every one, in Chrome's order.
    pub const ALL: [Self; 21] = [
        Self::DisallowedByMode,
        Self::WildcardOriginNotAllowed,
        Self::MissingAllowOriginHeader,
        Self::MultipleAllowOriginValues,
        Self::InvalidAllowOriginValue,
        Self::AllowOriginMismatch,
        Self::InvalidAllowCredentials,
        Self::CorsDisabledScheme,
        Self::PreflightInvalidStatus,
        Self::PreflightDisallowedRedirect,
        Self::PreflightWildcardOriginNotAllowed,
        Self::PreflightMissingAllowOriginHeader,
        Self::PreflightMultipleAllowOriginValues,
        Self::PreflightInvalidAllowOriginValue,
        Self::PreflightAllowOriginMismatch,
        Self::PreflightInvalidAllowCredentials,
        Self::InvalidAllowMethodsPreflightResponse,
        Self::InvalidAllowHeadersPreflightResponse,
        Self::MethodDisallowedByPreflightResponse,
        Self::HeaderDisallowedByPreflightResponse,
        Self::RedirectContainsCredentials,
    ];

    /// The name in Chrome's source: `kMissingAllowOriginHeader`.
    pub fn name(self) -> String {
        format!("k{self:?}")
    }

    /// Words of the sentence by which Chrome's console is recognised, whatever URL, origin and value stand in it.
    pub fn console(self) -> &'static str {
        match self {
            Self::DisallowedByMode => "not allowed by request mode",
            Self::WildcardOriginNotAllowed | Self::PreflightWildcardOriginNotAllowed => "must not be the wildcard '*'",
            Self::MissingAllowOriginHeader | Self::PreflightMissingAllowOriginHeader => {
                "No 'Access-Control-Allow-Origin' header"
            }
            Self::MultipleAllowOriginValues | Self::PreflightMultipleAllowOriginValues => "contains multiple values",
            Self::InvalidAllowOriginValue | Self::PreflightInvalidAllowOriginValue => "contains the invalid value",
            Self::AllowOriginMismatch | Self::PreflightAllowOriginMismatch => "not equal to the supplied origin",
            Self::InvalidAllowCredentials | Self::PreflightInvalidAllowCredentials => {
                "'Access-Control-Allow-Credentials' header"
            }
            Self::CorsDisabledScheme => "only supported for protocol schemes",
            Self::PreflightInvalidStatus => "does not have HTTP ok status",
            Self::PreflightDisallowedRedirect => "Redirect is not allowed for a preflight",
            Self::InvalidAllowMethodsPreflightResponse => "Cannot parse Access-Control-Allow-Methods",
            Self::InvalidAllowHeadersPreflightResponse => "Cannot parse Access-Control-Allow-Headers",
            Self::MethodDisallowedByPreflightResponse => "not allowed by Access-Control-Allow-Methods",
            Self::HeaderDisallowedByPreflightResponse => "not allowed by Access-Control-Allow-Headers",
            Self::RedirectContainsCredentials => "contains a username and password",
        }
    }

    /// Chrome's name of a failure; `None` where it is none of CORS to Chrome. `is_redirect`: the answer is a redirect
    /// that says whereto, at which Chrome looks before anything else in a preflight's.
    pub(crate) fn of(phase: Phase, reason: &Reason, is_redirect: bool) -> Option<Self> {
        if phase == Phase::Preflight && is_redirect {
            return Some(Self::PreflightDisallowedRedirect);
        }
        let of_the_actual = match reason {
            Reason::SameOriginMode => Self::DisallowedByMode,
            Reason::NotHttp(_) => Self::CorsDisabledScheme,
            Reason::AllowOriginMissing => Self::MissingAllowOriginHeader,
            Reason::AllowOriginWildcard => Self::WildcardOriginNotAllowed,
            Reason::AllowOrigin { value, .. } => of_value(value),
            Reason::AllowCredentials(_) => Self::InvalidAllowCredentials,
            Reason::PreflightStatus(_) => Self::PreflightInvalidStatus,
            Reason::AllowMethodsSyntax(_) => Self::InvalidAllowMethodsPreflightResponse,
            Reason::AllowHeadersSyntax(_) => Self::InvalidAllowHeadersPreflightResponse,
            Reason::Method(_) => Self::MethodDisallowedByPreflightResponse,
            Reason::Header(_) => Self::HeaderDisallowedByPreflightResponse,
            Reason::RedirectCredentials(_) => Self::RedirectContainsCredentials,
            Reason::BadPort(_)
            | Reason::NoCorsRedirectMode
            | Reason::NoAnswer
            | Reason::RedirectMode(_)
            | Reason::RedirectLocation
            | Reason::RedirectScheme(_)
            | Reason::RedirectCount => return None,
        };
        Some(if phase == Phase::Preflight { of_the_actual.in_a_preflight() } else { of_the_actual })
    }

    /// The six of the CORS check have a name of their own in a preflight.
    fn in_a_preflight(self) -> Self {
        match self {
            Self::WildcardOriginNotAllowed => Self::PreflightWildcardOriginNotAllowed,
            Self::MissingAllowOriginHeader => Self::PreflightMissingAllowOriginHeader,
            Self::MultipleAllowOriginValues => Self::PreflightMultipleAllowOriginValues,
            Self::InvalidAllowOriginValue => Self::PreflightInvalidAllowOriginValue,
            Self::AllowOriginMismatch => Self::PreflightAllowOriginMismatch,
            Self::InvalidAllowCredentials => Self::PreflightInvalidAllowCredentials,
            other => other,
        }
    }
}

/// What Chrome says of an `Access-Control-Allow-Origin` that does not match.
fn of_value(value: &[u8]) -> CorsError {
    let is_url = || std::str::from_utf8(value).is_ok_and(|value| Url::parse(value).is_ok());
    if value.iter().any(|byte| matches!(byte, b' ' | b',')) {
        CorsError::MultipleAllowOriginValues
    } else if value == b"null" || is_url() {
        CorsError::AllowOriginMismatch
    } else {
        CorsError::InvalidAllowOriginValue
    }
}

/// The name in Chrome's source.
impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
