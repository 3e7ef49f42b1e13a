//! What is asked: one request of one page, what the upstream answers, and where the filter is.

use std::fmt;

use corsac_fetch::{Credentials, Fetch, Mode, Redirect, ScriptError, is_safelisted_header};

/// One request of one page, with the defaults of `fetch(url)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The page's origin, as browsers send it: `https://app.example`, or `null`.
    pub page: String,
    /// The absolute URL that the page asks for.
    pub url: String,
    /// The method; `patch` is not `PATCH`.
    pub method: String,
    /// The headers that the page's script sets. What no script may set is left out; a step says so.
    pub headers: Vec<(String, String)>,
    /// The credentials mode.
    pub credentials: Credentials,
    /// The mode.
    pub mode: Mode,
    /// The redirect mode.
    pub redirect: Redirect,
    /// Somebody listens to the upload, or the body is a stream: a preflight is sent in any case.
    pub upload_listener: bool,
    /// The request carries cookies where the credentials mode lets it.
    pub cookies: bool,
}

impl Question {
    /// `fetch(url)`, called by a page of that origin.
    pub fn new(page: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            page: page.into(),
            url: url.into(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            credentials: Credentials::default(),
            mode: Mode::default(),
            redirect: Redirect::default(),
            upload_listener: false,
            cookies: false,
        }
    }

    /// One more header, as `NAME: VALUE` or as `NAME` alone. Without a value it gets one for which
    /// a browser asks first: `content-type` is safelisted by its value.
    pub fn add_header(&mut self, line: &str) {
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name.trim(), value.trim().to_owned()),
            None => (line.trim(), unsafe_value(line.trim())),
        };
        self.headers.push((name.to_owned(), value));
    }

    /// The same as the page's script asks for it, by a page of `page`.
    pub(crate) fn fetch(&self, page: corsac_fetch::Origin) -> Result<Fetch, ScriptError> {
        let mut fetch = Fetch::new(page, &self.url)?.method(&self.method)?;
        for (name, value) in &self.headers {
            fetch = fetch.header(name, value)?;
        }
        if self.upload_listener {
            fetch = fetch.use_preflight();
        }
        let fetch = fetch.registrable_domain(corsac_policy::registrable_domain);
        Ok(fetch.mode(self.mode).credentials(self.credentials).redirect(self.redirect))
    }
}

/// A response of the upstream, before Corsac edits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status, 200 to 599.
    pub status: u16,
    /// The header lines, repeated ones kept.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// 200 without headers.
impl Default for Reply {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new() }
    }
}

/// What the upstream answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// To the request itself. A redirect is followed; what comes after it is 200 without headers.
    pub response: Reply,
    /// To a preflight, where one reaches it; `None`: the same as to the request.
    pub preflight: Option<Reply>,
}

/// What Envoy's routing says about the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The name of the route, empty for a route without a name; `None` where no route matches.
    pub route: Option<String>,
    /// The policy that the metadata of the route, or of its virtual host, name.
    pub metadata_policy: Option<String>,
}

/// A route without a name and without metadata.
impl Default for Routing {
    fn default() -> Self {
        Self { route: Some(String::new()), metadata_policy: None }
    }
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The configuration is refused.
    Configuration(Vec<corsac_policy::Diagnostic>),
    /// The script gets a `TypeError` before anything is sent.
    Script(ScriptError),
    /// The page's origin is neither an origin nor `null` nor a URL.
    Page(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(diagnostics) => {
                let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Script(error) => write!(f, "{error}"),
            Self::Page(page) => {
                write!(f, "\"{page}\" is not an origin: write one as \"https://app.example.com\", or \"null\".")
            }
        }
    }
}

impl std::error::Error for Problem {}

/// A value with which a preflight asks for the header.
pub(crate) fn unsafe_value(name: &str) -> String {
    let value = if name.eq_ignore_ascii_case("content-type") { "application/json" } else { "-" };
    if is_safelisted_header(name, value.as_bytes()) { "a".repeat(129) } else { value.to_owned() }
}
