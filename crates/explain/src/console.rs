//! A message of a browser's console.

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
    pub chrome: Option<String>,
    /// Firefox's key for the failure.
    pub firefox: Option<String>,
    /// What the failure is about: a method, a header's name, a value.
    pub about: Option<String>,
}

/// Reads a CORS message of Chrome's or Firefox's.
///
/// # Errors
/// A sentence that says what cannot be read.
pub fn parse(message: &str) -> Result<Message, String> {
    Err(format!("not written yet: {message}"))
}
