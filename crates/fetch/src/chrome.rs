//! Chrome's names for the failures.

use std::fmt;

use url::Url;

use crate::reason::Reason;
use crate::request::Phase;
use crate::response::Response;

/// The values of Chrome's `network::mojom::CorsError` that a server or a URL can cause. The
/// developer tools show them without the `k` (Network panel, Issues, `Network.loadingFailed`).
///
/// Those that are missing have other causes: `kDisallowedByMode` is for what Chrome's own renderer
/// lets no script ask, `kInvalidResponse` is a warning only, and those of local networks come of a
/// permission that a person gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are Chrome's, and say it; `Reason` tells what each is about")]
pub enum CorsError {
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
    pub const ALL: [Self; 20] = [
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

    /// Words of the sentence by which Chrome's console is recognised, whatever URL, origin and
    /// value stand in it.
    pub fn console(self) -> &'static str {
        match self {
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

    /// Chrome's name of a failure, with the response from `url` that it is about; `None` where it
    /// is not a CORS error in Chrome.
    pub(crate) fn of(phase: Phase, reason: &Reason, response: Option<&Response>, url: &Url) -> Option<Self> {
        // Chrome looks at a redirect before it looks at CORS. One that leads to the empty URL is
        // none to it.
        let redirect = response.filter(|response| response.headers.get("location").is_some_and(|it| !it.is_empty()));
        match redirect.map(|response| response.location(url)) {
            Some(Ok(Some(_))) if phase == Phase::Preflight => return Some(Self::PreflightDisallowedRedirect),
            Some(Err(_)) => return None,
            _ => {}
        }
        let of_the_actual = match reason {
            Reason::RedirectScheme(scheme) if is_of_chrome(scheme) => return None,
            Reason::NotHttp(_) | Reason::RedirectScheme(_) => Self::CorsDisabledScheme,
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
            | Reason::SameOriginMode
            | Reason::NoCorsRedirectMode
            | Reason::NoAnswer
            | Reason::RedirectMode(_)
            | Reason::RedirectLocation
            | Reason::RedirectCount => return None,
        };
        Some(if phase == Phase::Preflight { of_the_actual.in_a_preflight() } else { of_the_actual })
    }

    /// Chrome gives the six errors of the CORS check other names in a preflight.
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

/// Chrome's own schemes. It refuses a redirect to one before it looks at CORS.
fn is_of_chrome(scheme: &str) -> bool {
    const OTHERS: [&str; 8] =
        ["about", "blob", "data", "devtools", "file", "filesystem", "isolated-app", "view-source"];
    scheme.starts_with("chrome") || OTHERS.contains(&scheme)
}

/// What Chrome says of an `Access-Control-Allow-Origin` that does not match.
fn of_value(value: &[u8]) -> CorsError {
    // Chrome does not look into A-labels.
    let is_url = |value: &str| Url::parse(&value.to_ascii_lowercase().replace("xn--", "xn-")).is_ok();
    let is_url = || std::str::from_utf8(value).is_ok_and(is_url);
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
