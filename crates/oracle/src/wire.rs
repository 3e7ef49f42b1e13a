//! Requests, responses and header lines, as both sides of the wire see them.

use super::choice::{Route, Target};
use super::lists::vary_with_origin;
use std::fmt;

/// Header lines, names in lower case.
pub type Headers = Vec<(String, Vec<u8>)>;

/// A request as Envoy shows it: repeated lines already joined.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: Target,
    pub headers: Headers,
}

/// A request, its routes, and the response.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: Request,
    pub request_route: Route,
    pub response_route: Route,
    /// The response of whoever answers after the filter.
    pub upstream: Headers,
    /// Lines that Envoy itself adds to a reply by the filter.
    pub meddling: Headers,
}

/// The client's view of the exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Status and response code details of the filter's own reply; `None` if the request went on to
    /// the upstream.
    pub reply: Option<(u16, String)>,
    /// The judged headers, sorted.
    pub headers: Headers,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { method, target, headers } = &self.request;
        let shown = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.escape_ascii().to_string());
        writeln!(f, "{method} {:?} at {:?}", shown(&target.path), shown(&target.authority))?;
        write_lines(f, headers)?;
        writeln!(f, "on {:?}, then {:?}; upstream:", self.request_route, self.response_route)?;
        write_lines(f, &self.upstream)?;
        writeln!(f, "Envoy adds to replies:")?;
        write_lines(f, &self.meddling)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reply {
            None => writeln!(f, "forwarded")?,
            Some((status, details)) => writeln!(f, "{status} {details}")?,
        }
        write_lines(f, &self.headers)
    }
}

fn write_lines(f: &mut fmt::Formatter<'_>, headers: &Headers) -> fmt::Result {
    headers.iter().try_for_each(|(name, value)| writeln!(f, "  {name}: {}", value.escape_ascii()))
}

/// The header with this name, if there is one.
pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_slice())
}

/// The headers that the comparison includes, sorted.
pub fn judged(headers: &Headers) -> Headers {
    let mut judged = headers.clone();
    judged.retain(|(name, _)| {
        name.starts_with("access-control-")
            || ["vary", "timing-allow-origin", "corsac-decision"].contains(&name.as_str())
    });
    judged.sort();
    judged
}

/// Header lines that are edited in place.
#[derive(Clone, Debug, Default)]
pub struct Lines(pub Headers);

impl Lines {
    /// Removes every line with this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Leaves one line with this name; `None` leaves none.
    pub fn put(&mut self, name: &str, value: Option<impl Into<Vec<u8>>>) {
        self.remove(name);
        if let Some(value) = value {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    /// Adds `Origin` to `vary`.
    pub fn merge_vary_origin(&mut self) {
        let merged = vary_with_origin(header(&self.0, "vary"));
        self.put("vary", Some(merged));
    }
}
