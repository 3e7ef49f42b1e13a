//! The algorithms of the standards that a step follows.

/// An algorithm of the Fetch standard, or of Fetch Metadata Request Headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Forbidden request-header: what no script may set.
    ForbiddenRequestHeader,
    /// Main fetch: same-origin, `no-cors`, CORS, CORS with a preflight, or nothing.
    MainFetch,
    /// CORS-unsafe request-header names: which headers make a preflight necessary.
    UnsafeRequestHeaderNames,
    /// CORS-preflight fetch: the request that asks first, and what its answer must say.
    PreflightFetch,
    /// CORS-preflight cache: how long an answer to a preflight is remembered.
    PreflightCache,
    /// HTTP fetch: the request itself.
    HttpFetch,
    /// CORS check: `Access-Control-Allow-Origin` and `Access-Control-Allow-Credentials`.
    CorsCheck,
    /// HTTP-redirect fetch: following `Location`.
    RedirectFetch,
    /// Filtered responses: what of an answer a script may read.
    FilteredResponse,
}

impl Section {
    /// The title that the standard gives it.
    pub fn title(self) -> &'static str {
        match self {
            Self::ForbiddenRequestHeader => "Forbidden request-header",
            Self::MainFetch => "Main fetch",
            Self::UnsafeRequestHeaderNames => "CORS-unsafe request-header names",
            Self::PreflightFetch => "CORS-preflight fetch",
            Self::PreflightCache => "CORS-preflight cache",
            Self::HttpFetch => "HTTP fetch",
            Self::CorsCheck => "CORS check",
            Self::RedirectFetch => "HTTP-redirect fetch",
            Self::FilteredResponse => "Filtered responses",
        }
    }

    /// Where it is read.
    pub fn link(self) -> &'static str {
        match self {
            Self::ForbiddenRequestHeader => "https://fetch.spec.whatwg.org/#forbidden-request-header",
            Self::MainFetch => "https://fetch.spec.whatwg.org/#main-fetch",
            Self::UnsafeRequestHeaderNames => "https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names",
            Self::PreflightFetch => "https://fetch.spec.whatwg.org/#cors-preflight-fetch",
            Self::PreflightCache => "https://fetch.spec.whatwg.org/#cors-preflight-cache",
            Self::HttpFetch => "https://fetch.spec.whatwg.org/#http-fetch",
            Self::CorsCheck => "https://fetch.spec.whatwg.org/#cors-check",
            Self::RedirectFetch => "https://fetch.spec.whatwg.org/#http-redirect-fetch",
            Self::FilteredResponse => "https://fetch.spec.whatwg.org/#concept-filtered-response",
        }
    }
}
