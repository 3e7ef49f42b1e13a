//! The requests that a browser sends.

use url::Url;

use crate::fetch::{Credentials, Fetch, Mode};
use crate::headers::Headers;
use crate::origin::Origin;
use crate::request_header::unsafe_header_names;
use crate::site::{is_trustworthy, sec_fetch_site};

/// Which of the two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request), which
    /// asks first.
    Preflight,
    /// The request itself.
    Actual,
}

/// A request as it leaves the browser, as far as the Fetch standard and Fetch Metadata say:
/// cookies, `User-Agent` and what concerns the connection are not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which of the two it is.
    pub phase: Phase,
    /// The method: `OPTIONS` for a preflight.
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// Its headers: what the script sets, `Accept`, `Origin`, `Access-Control-Request-*`,
    /// `Sec-Fetch-*`.
    pub headers: Headers,
    /// Whether cookies go along, and an answer may set some.
    pub with_credentials: bool,
}

/// What a response is tainted with ([response
/// tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// The request in its present state: a redirect changes it.
#[derive(Clone, Debug)]
pub(crate) struct Current<'f> {
    pub fetch: &'f Fetch,
    /// Every URL so far; the last is the current one.
    pub urls: Vec<Url>,
    pub method: String,
    pub headers: Headers,
    pub tainting: Tainting,
}

impl<'f> Current<'f> {
    pub fn new(fetch: &'f Fetch) -> Self {
        let (method, headers) = (fetch.method.clone(), fetch.headers.clone());
        Self { fetch, urls: vec![fetch.url.clone()], method, headers, tainting: Tainting::Basic }
    }

    /// The current URL.
    pub fn url(&self) -> &Url {
        self.urls.last().unwrap_or(&self.fetch.url)
    }

    /// [Serializing a request origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin):
    /// `null` once a server of another origin has redirected to yet another (redirect-taint).
    pub fn origin(&self) -> Origin {
        let is_tainted = self.urls.windows(2).any(|pair| match pair {
            [from, to] => !self.fetch.page.is_same(from) && !is_same_origin(from, to),
            _ => false,
        });
        if is_tainted { Origin::opaque() } else { self.fetch.page.clone() }
    }

    /// The preflight: [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch),
    /// steps 1 to 5.
    pub fn preflight(&self) -> Request {
        let mut headers = Headers::from_iter([("accept", "*/*")]);
        headers.append("access-control-request-method", &self.method);
        let names = unsafe_header_names(&self.headers);
        if !names.is_empty() {
            headers.append("access-control-request-headers", names.join(","));
        }
        headers.append("origin", self.origin().to_string());
        self.append_metadata(&mut headers, Mode::Cors);
        let method = "OPTIONS".to_owned();
        Request { phase: Phase::Preflight, method, url: self.url().clone(), headers, with_credentials: false }
    }

    /// The request itself: [HTTP-network-or-cache
    /// fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch).
    pub fn actual(&self) -> Request {
        let mut headers = self.headers.clone();
        if !headers.has("accept") {
            headers.append("accept", "*/*");
        }
        if let Some(origin) = self.origin_header() {
            headers.append("origin", origin.to_string());
        }
        self.append_metadata(&mut headers, self.fetch.mode);
        let with_credentials = match self.fetch.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        };
        Request {
            phase: Phase::Actual,
            method: self.method.clone(),
            url: self.url().clone(),
            headers,
            with_credentials,
        }
    }

    /// [Append a request `Origin`
    /// header](https://fetch.spec.whatwg.org/#append-a-request-origin-header), under the default
    /// referrer policy, `strict-origin-when-cross-origin`.
    fn origin_header(&self) -> Option<Origin> {
        let is_cors = self.tainting == Tainting::Cors;
        if !is_cors && matches!(self.method.as_str(), "GET" | "HEAD") {
            return None;
        }
        let hides_the_page = !is_cors && self.fetch.mode != Mode::Cors && self.is_a_downgrade();
        Some(if hides_the_page { Origin::opaque() } else { self.origin() })
    }

    fn is_a_downgrade(&self) -> bool {
        self.fetch.page.url().is_some_and(|page| page.scheme() == "https") && self.url().scheme() != "https"
    }

    /// [Append the Fetch metadata
    /// headers](https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-append-the-fetch-metadata-headers-for-a-request).
    fn append_metadata(&self, headers: &mut Headers, mode: Mode) {
        if !is_trustworthy(self.url()) {
            return;
        }
        headers.append("sec-fetch-dest", if mode == Mode::Navigate { "document" } else { "empty" });
        headers.append("sec-fetch-mode", mode.name());
        headers.append("sec-fetch-site", sec_fetch_site(&self.fetch.page, &self.urls, self.fetch.registrable_domain));
    }
}

/// Whether two URLs are of one origin; those with an opaque one are not.
pub(crate) fn is_same_origin(a: &Url, b: &Url) -> bool {
    Origin::of(a).is_same(b)
}
