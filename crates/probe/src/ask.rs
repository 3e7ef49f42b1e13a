//! What is asked: one request, which never changes anything on the server.

use corsac_fetch::{Phase, Request};
use url::Url;

/// The methods that a probe sends. None of them changes anything (RFC 9110, section 9.2.1), so a
/// destructive request cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
}

impl Verb {
    /// The method on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The method.
    pub verb: Verb,
    /// The URL, without a fragment.
    pub url: Url,
    /// The header lines that matter here, in order, with names in lower case.
    pub lines: Vec<(String, Vec<u8>)>,
    /// The user's own headers go along, where the URL is of the target's origin. A preflight never
    /// carries credentials.
    pub is_authorized: bool,
}

impl Ask {
    /// `GET`, without `Origin`.
    pub fn get(url: &Url) -> Self {
        let mut url = url.clone();
        url.set_fragment(None);
        Self { verb: Verb::Get, url, lines: Vec::new(), is_authorized: true }
    }

    /// The preflight of a page at `origin`. The names are in lower case, sorted, and joined by
    /// commas ([CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch)).
    pub fn preflight(url: &Url, origin: &str, method: &str, headers: &str) -> Self {
        let ask = Self { verb: Verb::Options, is_authorized: false, ..Self::get(url) };
        let ask = ask.with("origin", origin).with("access-control-request-method", method);
        if headers.is_empty() { ask } else { ask.with("access-control-request-headers", headers) }
    }

    /// With one more header line.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// With that `Origin`.
    #[must_use]
    pub fn from(self, origin: &str) -> Self {
        self.with("origin", origin)
    }

    /// With that method.
    #[must_use]
    pub fn verb(self, verb: Verb) -> Self {
        Self { verb, ..self }
    }

    /// Without the user's own headers.
    #[must_use]
    pub fn anonymous(self) -> Self {
        Self { is_authorized: false, ..self }
    }

    /// What a browser sends, as far as the answer may depend on it; `None` where its method is not
    /// one that a probe sends.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let verb = match request.method.as_str() {
            "GET" => Verb::Get,
            "HEAD" => Verb::Head,
            "OPTIONS" if request.phase == Phase::Preflight => Verb::Options,
            _ => return None,
        };
        let is_authorized = request.phase == Phase::Actual;
        let mut ask = Self { verb, is_authorized, ..Self::get(&request.url) };
        for name in ["origin", "access-control-request-method", "access-control-request-headers"] {
            if let Some(value) = request.headers.get(name) {
                ask = ask.with(name, value);
            }
        }
        Some(ask)
    }

    /// The value of a header line.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The `Origin`, as a person reads it.
    pub fn origin(&self) -> Option<String> {
        self.value("origin").map(printable)
    }

    /// Whether it is a preflight.
    pub fn is_preflight(&self) -> bool {
        self.verb == Verb::Options
            && self.value("origin").is_some()
            && self.value("access-control-request-method").is_some()
    }
}

/// Bytes as a person reads them: ASCII as it is, the rest as `\xNN`.
pub(crate) fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"")
}
