//! From a request as it was sent back to what a page asked for.
//!
//! Of the headers some are the script's, and some the browser's own: those say who the page is, and
//! whether cookies go along.

use corsac_fetch::{Credentials, Headers, Mode, is_forbidden_header, is_safelisted_method, unsafe_header_names};
use url::Url;

use crate::question::{Question, unsafe_value};

/// A request as it was sent.
pub(crate) struct Sent {
    pub url: String,
    pub method: String,
    pub headers: Vec<(String, String)>,
    /// Cookies go along, whatever the headers show.
    pub cookies: bool,
}

/// Headers that a script may set, and that browsers send by themselves. In a copied request they
/// are the browser's.
const BY_THE_BROWSER: [&str; 8] = [
    "accept-language",
    "if-modified-since",
    "if-none-match",
    "pragma",
    "priority",
    "purpose",
    "upgrade-insecure-requests",
    "user-agent",
];

impl Sent {
    /// What the page asked for. `page`: its origin, where the request's own does not count.
    /// `pages`: URLs at which the page may be.
    pub fn question(self, page: Option<&str>, pages: &[&str]) -> Result<Question, String> {
        let page = match page {
            Some(page) => page.to_owned(),
            None => self.page(pages).ok_or("The request has no Origin header: name the page's origin.")?,
        };
        let preflighted = self.preflighted();
        let has_cookies = self.cookies || self.header("cookie").is_some();
        let credentials = if has_cookies { Credentials::Include } else { Credentials::default() };
        let mode = match self.header("sec-fetch-mode") {
            Some("navigate") => Mode::Navigate,
            Some("no-cors") => Mode::NoCors,
            Some("same-origin") => Mode::SameOrigin,
            _ => Mode::Cors,
        };
        let question = Question { credentials, mode, cookies: has_cookies, ..Question::new(page, &self.url) };
        if let Some((method, headers)) = preflighted {
            let asks: Headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            // A preflight that nothing asks for comes of a listener on the upload.
            let upload_listener = is_safelisted_method(&method) && unsafe_header_names(&asks).is_empty();
            return Ok(Question { method, headers, upload_listener, mode: Mode::Cors, ..question });
        }
        let disables_the_cache = self.header("pragma").is_some();
        let is_the_scripts = |(name, value): &(String, String)| {
            let lower = name.to_ascii_lowercase();
            let is_the_browsers = BY_THE_BROWSER.contains(&lower.as_str())
                || (lower == "cache-control" && disables_the_cache)
                || lower.starts_with(':');
            !is_the_browsers && !is_forbidden_header(name, value.as_bytes())
        };
        let headers = self.headers.into_iter().filter(is_the_scripts).collect();
        Ok(Question { headers, method: self.method, ..question })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Who the page is: by `Origin`; by Fetch Metadata; by `Referer`; by where the page may be.
    fn page(&self, pages: &[&str]) -> Option<String> {
        if let Some(origin) = self.header("origin").filter(|origin| !origin.is_empty()) {
            return Some(origin.to_owned());
        }
        let is_same_origin = self.header("sec-fetch-site") == Some("same-origin");
        let own = is_same_origin.then_some(self.url.as_str());
        let urls = [own, self.header("referer")].into_iter().flatten().chain(pages.iter().copied());
        urls.filter_map(|url| Url::parse(url).ok())
            .map(|url| url.origin())
            .find(url::Origin::is_tuple)
            .map(|origin| origin.ascii_serialization())
    }

    /// What a preflight asks for, where the request is one: method and headers.
    fn preflighted(&self) -> Option<(String, Vec<(String, String)>)> {
        let method = self.header("access-control-request-method").filter(|_| self.method == "OPTIONS")?;
        let names = self.header("access-control-request-headers").unwrap_or_default();
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some((method.to_owned(), names.map(|name| (name.to_owned(), unsafe_value(name))).collect()))
    }
}
