//! The request that a page's script makes.

use std::fmt;

use url::Url;

use crate::headers::{Headers, token, trim};
use crate::method::{is_forbidden_method, normalize_method};
use crate::origin::Origin;
use crate::request_header::is_forbidden_header;
use crate::site::{RegistrableDomain, last_two_labels};

/// A request as a page's script makes it, by `fetch` or by `XMLHttpRequest`
/// ([Fetch, requests](https://fetch.spec.whatwg.org/#requests)).
///
/// Its defaults are those of `fetch(url)`: `GET`, no headers, mode `cors`, credentials mode
/// `same-origin`, redirects are followed.
#[derive(Clone, Debug)]
pub struct Fetch {
    pub(crate) page: Origin,
    pub(crate) url: Url,
    pub(crate) method: String,
    pub(crate) headers: Headers,
    /// The names of forbidden headers that the script set in vain.
    pub(crate) ignored: Vec<String>,
    pub(crate) mode: Mode,
    pub(crate) credentials: Credentials,
    pub(crate) redirect: Redirect,
    pub(crate) use_preflight: bool,
    pub(crate) registrable_domain: RegistrableDomain,
}

/// The [mode](https://fetch.spec.whatwg.org/#concept-request-mode) of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `cors`: what `fetch` and `XMLHttpRequest` use.
    #[default]
    Cors,
    /// `no-cors`: what `<img>` and `<script>` use. The page reads nothing.
    NoCors,
    /// `same-origin`: nothing of another origin is fetched.
    SameOrigin,
    /// `navigate`: a link or a form; the answer becomes the page.
    Navigate,
}

/// The [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode) of a
/// request. An `XMLHttpRequest` has `include` with `withCredentials`, and `same-origin` without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// `omit`: never send cookies.
    Omit,
    /// `same-origin`: send cookies to the page's own origin.
    #[default]
    SameOrigin,
    /// `include`: send cookies to every origin. The rules for the response are stricter.
    Include,
}

/// The [redirect mode](https://fetch.spec.whatwg.org/#concept-request-redirect-mode) of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// `follow`.
    #[default]
    Follow,
    /// `error`: a redirect is a failure.
    Error,
    /// `manual`: a redirect is an answer that the page cannot look into.
    Manual,
}

/// Why a script gets a `TypeError` before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// The URL cannot be parsed.
    Url(String),
    /// The URL includes a user name or a password.
    UrlCredentials(String),
    /// The method is not a token.
    Method(String),
    /// The method is `CONNECT`, `TRACE` or `TRACK`.
    ForbiddenMethod(String),
    /// The header's name is not a token.
    HeaderName(String),
    /// The header's value contains NUL, CR or LF.
    HeaderValue(String),
}

impl Fetch {
    /// `fetch(url)`, called by a page of that origin ([new
    /// Request](https://fetch.spec.whatwg.org/#dom-request)). The URL is absolute.
    ///
    /// # Errors
    /// [`ScriptError`] where the script would get a `TypeError`.
    pub fn new(page: Origin, url: &str) -> Result<Self, ScriptError> {
        let parsed = Url::parse(url).map_err(|_| ScriptError::Url(url.to_owned()))?;
        if includes_credentials(&parsed) {
            return Err(ScriptError::UrlCredentials(url.to_owned()));
        }
        Ok(Self {
            page,
            url: parsed,
            method: "GET".to_owned(),
            headers: Headers::new(),
            ignored: Vec::new(),
            mode: Mode::default(),
            credentials: Credentials::default(),
            redirect: Redirect::default(),
            use_preflight: false,
            registrable_domain: last_two_labels,
        })
    }

    /// With that method, [normalized](normalize_method).
    ///
    /// # Errors
    /// [`ScriptError`] where it is not a token or is [forbidden](is_forbidden_method).
    pub fn method(mut self, method: &str) -> Result<Self, ScriptError> {
        if token(method.as_bytes()).is_none() {
            return Err(ScriptError::Method(method.to_owned()));
        }
        if is_forbidden_method(method) {
            return Err(ScriptError::ForbiddenMethod(method.to_owned()));
        }
        normalize_method(method).clone_into(&mut self.method);
        Ok(self)
    }

    /// With one more header ([append](https://fetch.spec.whatwg.org/#concept-headers-append)). A
    /// [forbidden](is_forbidden_header) one is not heard, as in a browser; [`Fetch::judge`] says
    /// so.
    ///
    /// # Errors
    /// [`ScriptError`] where name or value cannot be a header's.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, ScriptError> {
        let value = trim(value.as_ref());
        if token(name.as_bytes()).is_none() {
            return Err(ScriptError::HeaderName(name.to_owned()));
        }
        if value.iter().any(|byte| matches!(byte, b'\0' | b'\r' | b'\n')) {
            return Err(ScriptError::HeaderValue(name.to_owned()));
        }
        if is_forbidden_header(name, value) {
            self.ignored.push(name.to_owned());
        } else {
            self.headers.append(name, value);
        }
        Ok(self)
    }

    /// With that mode.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// With that credentials mode.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// With that redirect mode.
    #[must_use]
    pub fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    /// With the [use-CORS-preflight flag](https://fetch.spec.whatwg.org/#use-cors-preflight-flag):
    /// an `XMLHttpRequest` with a listener on its upload, or a `fetch` whose body is a stream.
    #[must_use]
    pub fn use_preflight(self) -> Self {
        Self { use_preflight: true, ..self }
    }

    /// With a list of public suffixes, by which `Sec-Fetch-Site` tells `same-site` from
    /// `cross-site`. Without one, the last two labels of a name make a site. Nothing else asks for
    /// it.
    #[must_use]
    pub fn registrable_domain(self, registrable_domain: RegistrableDomain) -> Self {
        Self { registrable_domain, ..self }
    }

    /// The page's origin.
    pub fn page(&self) -> &Origin {
        &self.page
    }

    /// Where the request goes first.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The method, as it is sent.
    pub fn sent_method(&self) -> &str {
        &self.method
    }

    /// The headers that the script sets, without those that are not heard.
    pub fn sent_headers(&self) -> &Headers {
        &self.headers
    }

    /// Whether the credentials mode is `include`, which the rules for an answer ask.
    pub(crate) fn includes_credentials(&self) -> bool {
        self.credentials == Credentials::Include
    }
}

impl Mode {
    /// The standard's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cors => "cors",
            Self::NoCors => "no-cors",
            Self::SameOrigin => "same-origin",
            Self::Navigate => "navigate",
        }
    }
}

impl Credentials {
    /// The standard's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Omit => "omit",
            Self::SameOrigin => "same-origin",
            Self::Include => "include",
        }
    }
}

/// URL, [include credentials](https://url.spec.whatwg.org/#include-credentials).
pub(crate) fn includes_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some_and(|password| !password.is_empty())
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "\"{url}\" is not an absolute URL."),
            Self::UrlCredentials(url) => {
                write!(f, "\"{url}\" holds a user name or a password; no script may fetch that.")
            }
            Self::Method(method) => write!(f, "\"{method}\" is not a method."),
            Self::ForbiddenMethod(method) => write!(f, "No script may use the method {method}."),
            Self::HeaderName(name) => write!(f, "\"{name}\" is not a header name."),
            Self::HeaderValue(name) => write!(f, "The value of {name} contains NUL, CR or LF."),
        }
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(url: &str) -> Result<Fetch, ScriptError> {
        Fetch::new(Origin::opaque(), url)
    }

    #[test]
    fn a_script_that_asks_for_what_cannot_be_asked_gets_an_error() {
        assert_eq!(fetch("/relative").unwrap_err(), ScriptError::Url("/relative".into()));
        for url in ["https://u@api.example/", "https://u:p@api.example/", "https://:p@api.example/"] {
            assert_eq!(fetch(url).unwrap_err(), ScriptError::UrlCredentials(url.into()));
        }
        let fetch = fetch("https://@api.example/").unwrap();
        assert_eq!(fetch.clone().method("tracE").unwrap_err(), ScriptError::ForbiddenMethod("tracE".into()));
        assert_eq!(fetch.clone().method("P T").unwrap_err(), ScriptError::Method("P T".into()));
        assert_eq!(fetch.clone().method("").unwrap_err(), ScriptError::Method(String::new()));
        assert_eq!(fetch.clone().header("x a", "1").unwrap_err(), ScriptError::HeaderName("x a".into()));
        assert_eq!(fetch.header("x-a", "1\r\nx-b: 1").unwrap_err(), ScriptError::HeaderValue("x-a".into()));
    }

    #[test]
    fn forbidden_headers_are_not_heard() {
        let fetch = fetch("https://api.example/").unwrap();
        let fetch = fetch.header("Cookie", "a=b").unwrap().header("x-a", " 1 ").unwrap();
        assert_eq!(fetch.sent_headers(), &Headers::from_iter([("x-a", "1")]));
        assert_eq!(fetch.ignored, ["Cookie"]);
    }
}
