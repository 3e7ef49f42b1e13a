//! A HAR file, as the developer tools of browsers save it
//! ([HTTP Archive 1.2](http://www.softwareishard.com/blog/har-12-spec/)).

use serde::Deserialize;
use url::Url;

use crate::question::{Question, Reply, Upstream};
use crate::sent::Sent;

/// Which entry is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// The first that failed; else the first that is a CORS request.
    #[default]
    Failed,
    /// The entry with that number, from 0 on.
    Number(usize),
    /// The first to that URL.
    Url(String),
}

/// The request of an entry and, where the file has them, the responses to it and to its preflight.
/// `page`: the page's origin, where the file's own does not count or is missing.
///
/// # Errors
/// A sentence that says what cannot be read, or that the origin is missing.
pub fn parse(har: &[u8], pick: &Pick, page: Option<&str>) -> Result<(Question, Upstream), String> {
    // Some tools write a byte order mark.
    let har = har.strip_prefix(b"\xef\xbb\xbf").unwrap_or(har);
    let Har { log } = serde_json::from_slice(har).map_err(|error| format!("This is not a HAR file: {error}."))?;
    let entry = pick.entry(&log.entries)?;
    let is_other = |other: &&Entry| other.request.is_preflight() != entry.request.is_preflight();
    let sibling = log.entries.iter().filter(|other| other.request.url == entry.request.url).find(is_other);
    let (preflight, actual) =
        if entry.request.is_preflight() { (Some(entry), sibling) } else { (sibling, Some(entry)) };
    let pages: Vec<&str> =
        log.pages.iter().filter(|page| Some(&page.id) == entry.page.as_ref()).map(|page| page.title.as_str()).collect();
    let question = actual.unwrap_or(entry).request.sent().question(page, &pages)?;
    let reply = |entry: &Entry| entry.response.reply();
    let upstream =
        Upstream { response: actual.and_then(reply).unwrap_or_default(), preflight: preflight.and_then(reply) };
    Ok((question, upstream))
}

impl Pick {
    fn entry<'e>(&self, entries: &'e [Entry]) -> Result<&'e Entry, String> {
        let found = match self {
            Self::Number(number) => entries.get(*number),
            Self::Url(url) => {
                let of_the_url = || entries.iter().filter(|entry| entry.request.url == *url);
                of_the_url().find(|entry| !entry.request.is_preflight()).or_else(|| of_the_url().next())
            }
            Self::Failed => {
                let failed = |entry: &&Entry| entry.has_failed() && !entry.request.is_preflight();
                let is_cors = |entry: &&Entry| entry.request.is_cross_origin() && !entry.request.is_preflight();
                let by = |is: &dyn Fn(&&Entry) -> bool| entries.iter().find(|entry| is(entry));
                by(&|entry| failed(entry) && is_cors(entry))
                    .or_else(|| by(&failed))
                    .or_else(|| by(&|entry| entry.has_failed_cors()))
                    .or_else(|| by(&is_cors))
                    .or_else(|| by(&|entry| entry.request.is_preflight()))
            }
        };
        let count = entries.len();
        found.ok_or_else(|| match self {
            Self::Number(number) => format!("There is no entry {number}; the file has {count}, counted from 0."),
            Self::Url(url) => format!("No entry is a request for {url}."),
            Self::Failed => {
                format!("None of the {count} entries failed or is a CORS request; name one by its number or URL.")
            }
        })
    }
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    pages: Vec<Page>,
    entries: Vec<Entry>,
}

/// Chrome writes the page's URL as its title.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "pageref")]
    page: Option<String>,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Line>,
    #[serde(default)]
    cookies: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Response {
    /// 0, or -1, where there was none.
    status: i64,
    #[serde(default)]
    headers: Vec<Line>,
    /// Chrome's: `net::ERR_FAILED`.
    #[serde(rename = "_error")]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    value: String,
}

impl Entry {
    fn has_failed(&self) -> bool {
        self.response.error.is_some() || !(100..600).contains(&self.response.status)
    }

    /// Firefox shows the response that the page was not given.
    fn has_failed_cors(&self) -> bool {
        let request = &self.request;
        let names = |line: &Line| line.name.eq_ignore_ascii_case("access-control-allow-origin");
        let allows = |line: &Line| names(line) && (line.value == "*" || Some(&*line.value) == request.header("origin"));
        request.is_cross_origin() && !request.is_preflight() && !self.response.headers.iter().any(allows)
    }
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|line| line.name.eq_ignore_ascii_case(name)).map(|line| line.value.as_str())
    }

    fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.header("access-control-request-method").is_some()
    }

    fn is_cross_origin(&self) -> bool {
        let own = Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        self.header("origin").is_some_and(|origin| own.as_deref() != Ok(origin))
    }

    fn sent(&self) -> Sent {
        let headers = self.headers.iter().map(|line| (line.name.clone(), line.value.clone())).collect();
        Sent { url: self.url.clone(), method: self.method.clone(), headers, cookies: !self.cookies.is_empty() }
    }
}

impl Response {
    fn reply(&self) -> Option<Reply> {
        let status = u16::try_from(self.status).ok().filter(|status| (200..600).contains(status))?;
        // Chrome joins repeated lines by a line feed.
        let lines = |line: &Line| {
            let name = line.name.to_ascii_lowercase();
            line.value.split('\n').map(|value| (name.clone(), value.as_bytes().to_vec())).collect::<Vec<_>>()
        };
        let headers = self.headers.iter().filter(|line| !line.name.starts_with(':')).flat_map(lines).collect();
        Some(Reply { status, headers })
    }
}
