//! A message of a browser's console.

use corsac_fetch::{CorsError, Credentials, FirefoxKey};

use crate::question::Question;
use crate::question::unsafe_value;

/// What the message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The page's origin, where the message names it. Firefox does not.
    pub origin: Option<String>,
    /// The URL that the page asked for.
    pub url: String,
    /// It is about the answer to a preflight.
    pub preflight: bool,
    /// Chrome's name for the failure.
    pub chrome: Option<CorsError>,
    /// Firefox's key for the failure.
    pub firefox: Option<FirefoxKey>,
    /// What the failure is about: a method, a header's name, a value.
    pub about: Option<String>,
}

/// Reads a CORS message of Chrome's or Firefox's.
///
/// ```
/// let message = "Access to fetch at 'https://api.example/items' from origin 'https://app.example' has been blocked \
///     by CORS policy: Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.";
/// let message = corsac_explain::console::parse(message).expect("Chrome's message");
/// assert_eq!(message.chrome, Some(corsac_fetch::CorsError::MethodDisallowedByPreflightResponse));
/// assert_eq!(message.question(None).expect("a question").method, "PUT");
/// ```
///
/// # Errors
/// A sentence that says what cannot be read.
pub fn parse(message: &str) -> Result<Message, String> {
    of_chrome(message)
        .or_else(|| of_firefox(message))
        .ok_or_else(|| "This is not a message about CORS as Chrome or Firefox write it.".to_owned())
}

impl Message {
    /// The request that the message is about, as far as it tells. `page`: the page's origin, where
    /// the message's own does not count or is missing.
    ///
    /// # Errors
    /// A sentence that says that the origin is missing.
    pub fn question(&self, page: Option<&str>) -> Result<Question, String> {
        let page = page.or(self.origin.as_deref());
        let page = page.ok_or("The message does not name the page's origin: Firefox's never do.")?;
        let mut question = Question::new(page, &self.url);
        let is_about_credentials = matches!(
            self.chrome,
            Some(
                CorsError::WildcardOriginNotAllowed
                    | CorsError::PreflightWildcardOriginNotAllowed
                    | CorsError::InvalidAllowCredentials
                    | CorsError::PreflightInvalidAllowCredentials
            )
        ) || matches!(
            self.firefox,
            Some(FirefoxKey::CORSNotSupportingCredentials | FirefoxKey::CORSMissingAllowCredentials)
        );
        if is_about_credentials {
            question.credentials = Credentials::Include;
        }
        let is_about_a_header = self.chrome == Some(CorsError::HeaderDisallowedByPreflightResponse)
            || self.firefox == Some(FirefoxKey::CORSMissingAllowHeaderFromPreflight2);
        match &self.about {
            Some(method) if self.chrome == Some(CorsError::MethodDisallowedByPreflightResponse) => {
                question.method.clone_from(method);
            }
            Some(name) if is_about_a_header => question.headers.push((name.clone(), unsafe_value(name))),
            // The message does not tell what made the browser ask first.
            _ => question.upload_listener = self.preflight,
        }
        Ok(question)
    }
}

/// `Access to fetch at 'URL' from origin 'ORIGIN' has been blocked by CORS policy: …`
fn of_chrome(message: &str) -> Option<Message> {
    let (head, reason) = message.split_once(" has been blocked by CORS policy: ")?;
    let url = between(head, " at '", "'")?;
    let origin = between(head, " from origin '", "'");
    let preflight = reason.contains("preflight");
    let matching = || CorsError::ALL.into_iter().filter(|error| reason.contains(error.console()));
    let is_of_the_phase = |error: &CorsError| error.name().starts_with("kPreflight") == preflight;
    let chrome = matching().find(is_of_the_phase).or_else(|| matching().next());
    let about = between(reason, "Method ", " is not allowed")
        .or_else(|| between(reason, "Request header field ", " is not allowed"))
        .or_else(|| between(reason, "has a value '", "'"))
        .or_else(|| between(reason, "value '", "'"))
        .or_else(|| between(reason, "values '", "'"));
    Some(Message { origin, url, preflight, chrome, firefox: None, about })
}

/// Words of Firefox's messages, with straight quotes, and their keys.
const OF_FIREFOX: [(&str, FirefoxKey); 13] = [
    ("header 'Access-Control-Allow-Origin' missing", FirefoxKey::CORSMissingAllowOrigin2),
    ("Multiple CORS header", FirefoxKey::CORSMultipleAllowOriginNotAllowed),
    ("'Access-Control-Allow-Origin' does not match", FirefoxKey::CORSAllowOriginNotMatchingOrigin),
    ("Credential is not supported", FirefoxKey::CORSNotSupportingCredentials),
    ("expected 'true' in CORS header 'Access-Control-Allow-Credentials'", FirefoxKey::CORSMissingAllowCredentials),
    ("Did not find method in CORS header", FirefoxKey::CORSMethodNotFound),
    (
        "is not allowed according to header 'Access-Control-Allow-Headers'",
        FirefoxKey::CORSMissingAllowHeaderFromPreflight2,
    ),
    ("in CORS header 'Access-Control-Allow-Methods'", FirefoxKey::CORSInvalidAllowMethod),
    ("in CORS header 'Access-Control-Allow-Headers'", FirefoxKey::CORSInvalidAllowHeader),
    ("CORS preflight response did not succeed", FirefoxKey::CORSPreflightDidNotSucceed3),
    ("external redirect not allowed", FirefoxKey::CORSExternalRedirectNotAllowed),
    ("CORS request not http", FirefoxKey::CORSRequestNotHttp),
    ("CORS request did not succeed", FirefoxKey::CORSDidNotSucceed2),
];

/// `Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at
/// URL. (Reason: …).`
fn of_firefox(message: &str) -> Option<Message> {
    let straight = message.replace(['\u{2018}', '\u{2019}'], "'");
    let (head, reason) = straight.split_once(" (Reason: ")?;
    let (_, url) = head.split_once("disallows reading the remote resource at ")?;
    let url = url.strip_suffix('.').unwrap_or(url).to_owned();
    let firefox = OF_FIREFOX.iter().find(|(words, _)| reason.contains(words)).map(|(_, key)| *key);
    let about = between(reason, "does not match '", "'")
        .or_else(|| between(reason, "invalid token '", "'"))
        .or_else(|| between(reason, "header '", "' is not allowed"));
    let preflight = reason.contains("preflight")
        || matches!(
            firefox,
            Some(
                FirefoxKey::CORSMethodNotFound
                    | FirefoxKey::CORSInvalidAllowMethod
                    | FirefoxKey::CORSInvalidAllowHeader
                    | FirefoxKey::CORSExternalRedirectNotAllowed
            )
        );
    Some(Message { origin: None, url, preflight, chrome: None, firefox, about })
}

/// The text between two others, the second after the first.
fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(between, _)| between.to_owned())
}
