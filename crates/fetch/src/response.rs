//! Responses, and the part of them that a page reads.

use url::Url;

use crate::headers::Headers;
use crate::reason::Reason;

/// A [response](https://fetch.spec.whatwg.org/#concept-response) as it comes from the network,
/// without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status, 200 to 599.
    pub status: u16,
    /// The header lines, repeated ones kept.
    pub headers: Headers,
}

impl Response {
    /// A response with that status and those headers.
    ///
    /// ```
    /// let response = corsac_fetch::Response::new(200, [("access-control-allow-origin", "*")]);
    /// assert_eq!(response.headers.get("Access-Control-Allow-Origin").as_deref(), Some(&b"*"[..]));
    /// ```
    pub fn new<N: Into<String>, V: AsRef<[u8]>>(status: u16, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { status, headers: headers.into_iter().collect() }
    }

    /// [Ok status](https://fetch.spec.whatwg.org/#ok-status).
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// [Redirect status](https://fetch.spec.whatwg.org/#redirect-status).
    pub(crate) fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }

    /// Whether it is a redirect with a target.
    pub(crate) fn has_location(&self) -> bool {
        self.is_redirect() && self.headers.has("location")
    }

    /// [Location URL](https://fetch.spec.whatwg.org/#concept-response-location-url) of an answer
    /// from `url`; `None` where it names none.
    pub(crate) fn location(&self, url: &Url) -> Result<Option<Url>, Reason> {
        if !self.has_location() {
            return Ok(None);
        }
        let mut values = self.headers.values("location");
        let location = match (values.next(), values.next()) {
            (Some(location), None) => std::str::from_utf8(location).ok().and_then(|location| url.join(location).ok()),
            _ => None,
        };
        let mut location = location.ok_or(Reason::RedirectLocation)?;
        if location.fragment().is_none() {
            location.set_fragment(url.fragment());
        }
        Ok(Some(location))
    }
}

/// The response that a script gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its type, which decides how much of it the script reads.
    pub kind: Kind,
    /// The URL that it came from, after all redirects.
    pub url: Url,
    /// The status that the script reads: 0 where it may not.
    pub status: u16,
    /// The headers that the script reads.
    pub headers: Headers,
}

/// The [type](https://fetch.spec.whatwg.org/#concept-response-type) of a filtered response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `basic`: of the page's own origin; everything but cookies is read.
    Basic,
    /// `cors`: of another origin, which allows it; exposed headers are read.
    Cors,
    /// `opaque`: the answer to a `no-cors` request; nothing is read.
    Opaque,
    /// `opaqueredirect`: a redirect that the script wanted to see, and does not.
    OpaqueRedirect,
}

impl Kind {
    /// The standard's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Cors => "cors",
            Self::Opaque => "opaque",
            Self::OpaqueRedirect => "opaqueredirect",
        }
    }
}

impl Answer {
    /// [Filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response): what of
    /// `response` a script reads.
    pub(crate) fn filtered(kind: Kind, response: &Response, url: &Url, with_credentials: bool) -> Self {
        let headers = &response.headers;
        let (status, headers) = match kind {
            Kind::Basic => (response.status, select(headers, |_| true)),
            Kind::Cors => (response.status, exposed(headers, with_credentials)),
            Kind::Opaque | Kind::OpaqueRedirect => (0, Headers::new()),
        };
        Self { kind, url: url.clone(), status, headers }
    }
}

/// The headers of a [CORS filtered
/// response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors).
fn exposed(headers: &Headers, with_credentials: bool) -> Headers {
    const SAFELISTED: [&str; 7] =
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];
    // A list that is malformed exposes nothing.
    let names = headers.tokens("access-control-expose-headers").ok().flatten().unwrap_or_default();
    let every = !with_credentials && names.iter().any(|name| name == "*");
    select(headers, |name| {
        let is_name = |listed: &str| listed.eq_ignore_ascii_case(name);
        every || SAFELISTED.into_iter().any(is_name) || names.iter().any(|listed| is_name(listed))
    })
}

/// Those that are wanted, without any [forbidden response-header
/// name](https://fetch.spec.whatwg.org/#forbidden-response-header-name).
fn select(headers: &Headers, wanted: impl Fn(&str) -> bool) -> Headers {
    let is_forbidden =
        |name: &str| ["set-cookie", "set-cookie2"].iter().any(|listed| listed.eq_ignore_ascii_case(name));
    headers.iter().filter(|(name, _)| !is_forbidden(name) && wanted(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expose: &str, with_credentials: bool) -> Vec<String> {
        let lines = [
            ("Content-Type", "text/plain"),
            ("cache-control", "no-store"),
            ("ETag", "1"),
            ("x-a", "1"),
            ("set-cookie", "a=b"),
            ("access-control-expose-headers", expose),
        ];
        let url = Url::parse("https://api.example/").unwrap();
        let answer = Answer::filtered(Kind::Cors, &Response::new(200, lines), &url, with_credentials);
        answer.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect()
    }

    #[test]
    fn a_page_reads_safelisted_and_exposed_headers_and_never_a_cookie() {
        let safelisted = ["content-type", "cache-control"];
        assert_eq!(read("", false), safelisted);
        assert_eq!(read("X-A, set-cookie, absent", false), ["content-type", "cache-control", "x-a"]);
        assert_eq!(read("etag,, x-a", true), ["content-type", "cache-control", "etag", "x-a"]);
        let every = ["content-type", "cache-control", "etag", "x-a", "access-control-expose-headers"];
        assert_eq!(read("*", false), every);
        assert_eq!(read("*", true), safelisted);
        assert_eq!(read("x a, etag", false), safelisted);
    }

    #[test]
    fn a_location_is_resolved_against_the_url_and_keeps_its_fragment() {
        let url = Url::parse("https://api.example/a/b?c#d").unwrap();
        let location = |value: &str| Response::new(302, [("location", value)]).location(&url);
        let to = |value: &str| location(value).unwrap().unwrap().to_string();
        assert_eq!(to("/x"), "https://api.example/x#d");
        assert_eq!(to("x#e"), "https://api.example/a/x#e");
        assert_eq!(to("//other.example"), "https://other.example/#d");
        assert_eq!(location("https://["), Err(Reason::RedirectLocation));
        assert_eq!(Response::new(302, [("x-a", "1")]).location(&url), Ok(None));
        assert_eq!(Response::new(304, [("location", "/x")]).location(&url), Ok(None));
        let twice = Response::new(302, [("location", "/x"), ("location", "/y")]);
        assert_eq!(twice.location(&url), Err(Reason::RedirectLocation));
    }
}
