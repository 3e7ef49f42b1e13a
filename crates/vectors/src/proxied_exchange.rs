//! One exchange as a filter in Envoy meets it: the header maps that it reads and edits, and the
//! routing.
//!
//! Every runner without Envoy plays it: the engine natively, the engine in Node, the module in an
//! interpreter.

use crate::{ExchangeVector, HeaderLine, HttpRequest, HttpResponse, Metadata, Placement, RedirectedTo};

/// An exchange at the filter.
#[derive(Debug, Clone)]
pub struct ProxiedExchange {
    /// The request's headers, pseudo-headers included.
    pub request: HeaderMap,
    redirected: Option<HeaderMap>,
    /// The status of the response that comes back to a forwarded request.
    pub status: u16,
    /// Its headers.
    pub response: HeaderMap,
    /// The routing in the request phase.
    pub routing: Routing,
    /// The routing in the response phase.
    pub response_routing: Routing,
    placement: Placement,
}

/// The result of Envoy's routing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    /// The route's name, empty for a route without one; `None` where there is no route.
    pub name: Option<String>,
    /// `corsac`/`policy` in the route's metadata.
    pub metadata: Option<Metadata>,
    /// `corsac`/`policy` in the metadata of its virtual host.
    pub virtual_host_metadata: Option<Metadata>,
}

impl ProxiedExchange {
    /// A request and the response to it, on a route, without other filters.
    pub fn plain(request: &HttpRequest, upstream: &HttpResponse, routing: Routing) -> Self {
        Self::staged(request, None, upstream, Placement::Plain, [routing.clone(), routing])
    }

    fn staged(
        request: &HttpRequest,
        seen_path: Option<&str>,
        upstream: &HttpResponse,
        placement: Placement,
        [routing, response_routing]: [Routing; 2],
    ) -> Self {
        let response = HeaderMap::of_response(upstream.status, &upstream.headers, placement);
        let request = HeaderMap::of_request(request, seen_path);
        Self { request, redirected: None, status: upstream.status, response, routing, response_routing, placement }
    }

    /// The second run, if Envoy itself follows a redirect of the upstream.
    pub fn second_run(&self) -> Option<Self> {
        self.redirected.as_ref().map(|request| Self { request: request.clone(), redirected: None, ..self.clone() })
    }

    /// A local reply as it reaches the client's side of the filter, with the headers that Envoy
    /// adds. Returns the status that the client sees, and the headers.
    pub fn reply(&self, status: u16, lines: &[HeaderLine]) -> (u16, HeaderMap) {
        let status_seen = if self.is_grpc() { 200 } else { status };
        let mut headers = HeaderMap::of_response(status_seen, lines, self.placement);
        if self.placement == Placement::LocalReply && status == 403 {
            headers.append(b"access-control-allow-origin", b"*");
        }
        (status_seen, headers)
    }

    /// Whether Envoy answers as gRPC demands: a local reply then has status 200 and `grpc-status`.
    fn is_grpc(&self) -> bool {
        let content_type = self.request.get(b"content-type").and_then(|value| value.strip_prefix(b"application/grpc"));
        content_type.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
    }
}

impl From<&ExchangeVector> for ProxiedExchange {
    fn from(vector: &ExchangeVector) -> Self {
        let routing = |name: Option<&String>| match vector.placement {
            Placement::NoRoute => Routing::default(),
            _ => Routing {
                name: Some(name.cloned().unwrap_or_default()),
                metadata: vector.route_metadata.clone(),
                virtual_host_metadata: vector.virtual_host_metadata.clone(),
            },
        };
        let route = vector.route.as_ref();
        let routing = [routing(route), routing(vector.response_route.as_ref().or(route))];
        let staged =
            Self::staged(&vector.request, vector.seen_path.as_deref(), &vector.upstream, vector.placement, routing);
        let redirected = vector.redirected_to.as_ref().map(|url| staged.request.clone().redirected_to(url));
        Self { redirected, ..staged }
    }
}

/// Header lines as Envoy stores them: names in lower case, values trimmed, and the lines of
/// `origin`, `vary` and `access-control-*` joined into one. Of other headers a filter reads the
/// first line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderMap {
    lines: Vec<HeaderLine>,
}

impl HeaderMap {
    fn of_response(status: u16, lines: &[HeaderLine], placement: Placement) -> Self {
        let mut map = Self::default();
        map.add(b":status", status.to_string().as_bytes());
        for (name, value) in lines {
            map.add(&name.to_ascii_lowercase(), value.trim_ascii());
        }
        if placement == Placement::RouteHeaders {
            map.append(b"access-control-allow-origin", b"*");
            map.append(b"access-control-allow-credentials", b"true");
        }
        map
    }

    /// The `host` lines become the authority. Envoy adds the scheme of the connection, `http`, and
    /// keeps the `x-forwarded-proto` of a client that it trusts.
    fn of_request(request: &HttpRequest, seen_path: Option<&str>) -> Self {
        let mut map = Self::default();
        map.add(b":method", &request.method);
        map.add(b":scheme", b"http");
        if let Some(path) = seen_path.map(str::as_bytes).or(request.path.as_deref()) {
            map.add(b":path", path);
        }
        for (name, value) in &request.headers {
            let name = name.to_ascii_lowercase();
            map.add(if name == b"host" { b":authority" } else { &name }, value.trim_ascii());
        }
        if map.get(b"x-forwarded-proto").is_none() {
            map.add(b"x-forwarded-proto", b"http");
        }
        map
    }

    fn redirected_to(mut self, url: &RedirectedTo) -> Self {
        let first = [":authority", ":path"].map(|name| self.get(name.as_bytes()).unwrap_or_default().to_vec()).concat();
        self.replace(b"x-envoy-original-url", &[b"http://".to_vec(), first].concat());
        self.replace(b":authority", url.host.as_bytes());
        self.replace(b":path", url.path.as_bytes());
        self
    }

    fn add(&mut self, name: &[u8], value: &[u8]) {
        if matches!(name, b"origin" | b"vary" | b":authority") || name.starts_with(b"access-control-") {
            self.append(name, value);
        } else {
            self.lines.push((name.to_vec(), value.to_vec()));
        }
    }

    /// Envoy's join: a comma without a space. Empty values disappear.
    fn append(&mut self, name: &[u8], value: &[u8]) {
        let Some((_, stored)) = self.lines.iter_mut().find(|(line, _)| line == name) else {
            return self.lines.push((name.to_vec(), value.to_vec()));
        };
        if !stored.is_empty() && !value.is_empty() {
            stored.push(b',');
        }
        stored.extend_from_slice(value);
    }

    /// The value of the first line of a header (lower-case name).
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.lines.iter().find(|(line, _)| line == name).map(|(_, value)| value.as_slice())
    }

    /// Replaces all lines of a header with one line.
    pub fn replace(&mut self, name: &[u8], value: &[u8]) {
        self.remove(name);
        self.lines.push((name.to_ascii_lowercase(), value.to_vec()));
    }

    /// Removes every line of a header.
    pub fn remove(&mut self, name: &[u8]) {
        self.lines.retain(|(line, _)| !line.eq_ignore_ascii_case(name));
    }

    /// Every line.
    pub fn lines(&self) -> &[HeaderLine] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_joins_what_envoy_joins_and_shows_the_first_of_other_lines() {
        let text = "GET /\nhost: api.test\nOrigin: \\x20https://a.test\norigin: \norigin: b\ncookie: a=1\ncookie: b=2";
        let map = HeaderMap::of_request(&HttpRequest::from_text(text).unwrap(), None);
        assert_eq!(map.get(b"origin"), Some(&b"https://a.test,b"[..]));
        assert_eq!(map.get(b"cookie"), Some(&b"a=1"[..]));
        assert_eq!(map.get(b":authority"), Some(&b"api.test"[..]));
    }

    #[test]
    fn a_replaced_header_has_one_line() {
        let lines = [(b"X".to_vec(), b"1".to_vec()), (b"x".to_vec(), b"2".to_vec())];
        let mut map = HeaderMap::of_response(200, &lines, Placement::Plain);
        map.replace(b"x", b"3");
        assert_eq!(map.lines(), [(b":status".to_vec(), b"200".to_vec()), (b"x".to_vec(), b"3".to_vec())]);
        map.remove(b"X");
        assert_eq!(map.get(b"x"), None);
    }
}
