//! The vectors that a browser can send, and the call by which a page sends each.

use std::collections::{BTreeMap, BTreeSet};

use corsac_fetch::{
    Origin, is_forbidden_header, is_forbidden_method, is_safelisted_header, is_safelisted_method, normalize_method,
};
use url::Url;

use crate::{ExchangeVector, Placement};

/// The page's call that makes the browser send a vector's request.
#[derive(Clone, Debug)]
pub struct Sendable {
    /// The page's origin.
    pub origin: Origin,
    /// The values that the page's script sets.
    pub asked: Asked,
    /// The host, without a port.
    pub host: String,
    /// The path with its query.
    pub path: String,
}

/// The values that its script sets.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As the script writes it.
    pub method: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Whether the page listens to the upload only to make a preflight necessary.
    pub use_preflight: bool,
}

/// The call by which a page sends the vector's request, or the reason why none can.
pub fn sendable(vector: &ExchangeVector) -> Result<Sendable, &'static str> {
    match vector.placement {
        Placement::Grpc => return Err("no browser speaks gRPC"),
        Placement::InternalRedirect => return Err("the upstream is asked twice for it; see tests/envoy/redirects.rs"),
        Placement::Websocket => return Err("a WebSocket handshake has no CORS check; see reject.rs"),
        _ => {}
    }
    let request = &vector.request;
    let method = text(&request.method).ok_or("the method is not a token")?;
    let path = text(request.path.as_deref().ok_or("CONNECT has no path")?).ok_or("bytes in the path")?;
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &request.headers {
        let name = text(name).ok_or("bytes in a header's name")?.to_ascii_lowercase();
        let value = text(value).ok_or("bytes outside ASCII in a header")?;
        if lines.insert(name, value).is_some() {
            return Err("browsers join repeated header lines");
        }
    }
    let host = host(&lines.remove("host").ok_or("no host")?)?;
    let path = canonical_path(&host, &path)?;
    let origin = lines.remove("origin").filter(|origin| !origin.is_empty());
    let origin = origin.ok_or("a request without Origin is not cross-origin, so there is nothing to judge")?;
    let origin = check_origin(&origin, &host)?;
    let requested = lines.remove("access-control-request-method");
    let names = lines.remove("access-control-request-headers");
    let asked = match (method.as_str(), requested.filter(|requested| !requested.is_empty())) {
        ("OPTIONS", Some(requested)) => preflighted(&requested, names.as_deref(), &lines)?,
        (_, Some(_)) => return Err("only a preflight carries Access-Control-Request-Method"),
        (_, None) if names.is_some() => return Err("only a preflight carries Access-Control-Request-Headers"),
        (_, None) => actual(method, lines)?,
    };
    Ok(Sendable { origin, asked, host, path })
}

/// A request whose preflight is the vector's.
fn preflighted(method: &str, names: Option<&str>, others: &BTreeMap<String, String>) -> Result<Asked, &'static str> {
    if !others.is_empty() {
        return Err("no page adds a header to a preflight");
    }
    check_method(method)?;
    let mut headers = Vec::new();
    let mut distinct = BTreeSet::new();
    for name in names.into_iter().flat_map(|names| names.split(',')).map(str::trim) {
        check_header(name, "1")?;
        if !distinct.insert(name) {
            return Err("a browser asks for each header once");
        }
        headers.push((name.to_owned(), unsafe_value(name)));
    }
    if names.is_some_and(|names| names.trim().is_empty()) {
        return Err("a browser leaves an empty Access-Control-Request-Headers out");
    }
    let use_preflight = is_safelisted_method(method) && headers.is_empty();
    if use_preflight && method != "POST" {
        return Err("a browser sends no preflight for GET or HEAD alone");
    }
    Ok(Asked { method: method.to_owned(), headers, use_preflight })
}

/// The vector's request itself. The browser may send a preflight before it.
fn actual(method: String, lines: BTreeMap<String, String>) -> Result<Asked, &'static str> {
    check_method(&method)?;
    for (name, value) in &lines {
        check_header(name, value)?;
        if value.is_empty() {
            return Err("the header is empty");
        }
    }
    Ok(Asked { method, headers: lines.into_iter().collect(), use_preflight: false })
}

fn check_method(method: &str) -> Result<(), &'static str> {
    if is_forbidden_method(method) {
        return Err("no page may use CONNECT, TRACE or TRACK");
    }
    if normalize_method(method) != method {
        return Err("browsers write that method in capitals");
    }
    if is_token(method) { Ok(()) } else { Err("the method is not a token") }
}

/// A preflight's names are in lower case.
fn check_header(name: &str, value: &str) -> Result<(), &'static str> {
    if !is_token(name) {
        return Err("a header's name is not a token");
    }
    if name != name.to_ascii_lowercase() {
        return Err("browsers ask for headers in lower case");
    }
    // As the standard says, Chromium lets a page set User-Agent, but it keeps its own.
    let is_the_browsers = name == "user-agent" || is_forbidden_header(name, value.as_bytes());
    if is_the_browsers { Err("no page may set that header") } else { Ok(()) }
}

/// A value with which that header is not CORS-safelisted.
fn unsafe_value(name: &str) -> String {
    let value = if is_safelisted_header(name, b"1") { "a".repeat(129) } else { "1".to_owned() };
    // These names are safelisted by value only. No value of one letter is a media type or a range.
    debug_assert!(!is_safelisted_header(name, value.as_bytes()));
    value
}

/// The origin, if a page can have it here, and if the request is cross-origin.
fn check_origin(origin: &str, host: &str) -> Result<Origin, &'static str> {
    let parsed = Origin::parse(origin).ok_or("no page has such an origin")?;
    if parsed.is_opaque() {
        return Ok(parsed);
    }
    let url = Url::parse(origin).map_err(|_| "no page has such an origin")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https pages are served here");
    }
    // RFC 1035 section 2.3.4, in text.
    if url.host_str().unwrap_or_default().len() > 253 {
        return Err("no name is that long");
    }
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:[]".contains(&byte);
    if !url.host_str().unwrap_or_default().bytes().all(is_usual) {
        return Err("Envoy, which serves the pages, does not accept such a host");
    }
    if url.host_str() == Some(host) {
        return Err("page and API share the host, so that ports decide what is same-origin");
    }
    // Fetch, bad port: those in the vectors.
    if matches!(url.port(), Some(0 | 1)) { Err("browsers do not open a page on that port") } else { Ok(parsed) }
}

/// The host, if it goes on the wire as written. The API's ports differ from a vector's.
fn host(written: &str) -> Result<String, &'static str> {
    let url = Url::parse(&format!("https://{written}/")).map_err(|_| "no URL has such a host")?;
    match url.host_str() {
        Some(host) if host == written => Ok(host.to_owned()),
        _ if url.port_or_known_default().is_some() && written.contains(':') => Err("the host has a port"),
        _ => Err("browsers write that host differently"),
    }
}

/// The path, if it goes on the wire as written.
fn canonical_path(host: &str, written: &str) -> Result<String, &'static str> {
    let url = Url::parse(&format!("https://{host}{written}")).map_err(|_| "no URL has such a path")?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    if path == written && url.host_str() == Some(host) { Ok(path) } else { Err("browsers write that path differently") }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Printable ASCII as text.
fn text(bytes: &[u8]) -> Option<String> {
    let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    printable.then(|| String::from_utf8_lossy(bytes).into_owned())
}
