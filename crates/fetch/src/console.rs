//! What Chrome's console says of a failure. `tests/browser` compares it with Chromium's own.

use crate::chrome::CorsError;
use crate::reason::Reason;
use crate::verdict::Blocked;

impl Blocked {
    /// The sentence in Chrome's console for a request that `fetch` made; `None` where it is not a
    /// CORS error in Chrome. After a redirect Chrome also names the first URL; this does not.
    pub fn console(&self) -> Option<String> {
        let error = self.chrome?;
        let is_of_the_answer = error.name().starts_with("kPreflight");
        let preflight =
            if is_of_the_answer { "Response to preflight request doesn't pass access control check: " } else { "" };
        let Self { url, origin, .. } = self;
        let sentence = sentence(error, &self.reason);
        Some(format!(
            "Access to fetch at '{url}' from origin '{origin}' has been blocked by CORS policy: {preflight}{sentence}"
        ))
    }
}

fn sentence(error: CorsError, reason: &Reason) -> String {
    let value = match reason {
        Reason::AllowOrigin { value, .. } | Reason::AllowCredentials(Some(value)) => escaped(value),
        Reason::Method(name) | Reason::Header(name) => name.clone(),
        _ => String::new(),
    };
    match error {
        CorsError::WildcardOriginNotAllowed | CorsError::PreflightWildcardOriginNotAllowed => {
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when \
             the request's credentials mode is 'include'."
                .to_owned()
        }
        CorsError::MissingAllowOriginHeader | CorsError::PreflightMissingAllowOriginHeader => {
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned()
        }
        CorsError::MultipleAllowOriginValues | CorsError::PreflightMultipleAllowOriginValues => format!(
            "The 'Access-Control-Allow-Origin' header contains multiple values '{value}', but only one is allowed. \
             {ADVICE}"
        ),
        CorsError::InvalidAllowOriginValue | CorsError::PreflightInvalidAllowOriginValue => {
            format!("The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'. {ADVICE}")
        }
        CorsError::AllowOriginMismatch | CorsError::PreflightAllowOriginMismatch => format!(
            "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied origin. \
             {ADVICE}"
        ),
        CorsError::InvalidAllowCredentials | CorsError::PreflightInvalidAllowCredentials => format!(
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must be \
             'true' when the request's credentials mode is 'include'."
        ),
        CorsError::CorsDisabledScheme => {
            // Here Chrome lists them, another list in each version.
            "Cross origin requests are only supported for protocol schemes".to_owned()
        }
        CorsError::PreflightInvalidStatus => "It does not have HTTP ok status.".to_owned(),
        CorsError::PreflightDisallowedRedirect => "Redirect is not allowed for a preflight request.".to_owned(),
        CorsError::InvalidAllowMethodsPreflightResponse => {
            "Cannot parse Access-Control-Allow-Methods response header field in preflight response.".to_owned()
        }
        CorsError::InvalidAllowHeadersPreflightResponse => {
            "Cannot parse Access-Control-Allow-Headers response header field in preflight response.".to_owned()
        }
        CorsError::MethodDisallowedByPreflightResponse => {
            format!("Method {value} is not allowed by Access-Control-Allow-Methods in preflight response.")
        }
        CorsError::HeaderDisallowedByPreflightResponse => format!(
            "Request header field {value} is not allowed by Access-Control-Allow-Headers in preflight response."
        ),
        // Chrome leaves the place out.
        CorsError::RedirectContainsCredentials => "Redirect location '' contains a username and password, which is \
             disallowed for cross-origin requests."
            .to_owned(),
    }
}

const ADVICE: &str = "Have the server send the header with a valid value.";

/// A value as Chrome's console shows it: each byte that is not visible ASCII as its number.
fn escaped(value: &[u8]) -> String {
    let escaped = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\u00{byte:02X}"),
    };
    value.iter().map(escaped).collect()
}
