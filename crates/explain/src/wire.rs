//! One exchange on the wire: a proxy in memory, with Corsac in it.
//!
//! [`answer`] takes any request, also what no browser sends; [`crate::explain`] takes a page's.

use corsac_policy::{Decision, Difference, Policies, Record, Route, RoutePolicy, decide, edit};
use url::Url;

use crate::explanation::Answerer;
use crate::question::{Reply, Routing};

/// Header lines as Envoy stores them: names in lower case, values without blanks around them, and
/// the lines of `origin`, `vary` and `access-control-*` joined into one by a comma.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderMap(Vec<(String, Vec<u8>)>);

impl HeaderMap {
    /// These lines.
    pub fn new<'l>(lines: impl IntoIterator<Item = (&'l str, &'l [u8])>) -> Self {
        let mut map = Self::default();
        lines.into_iter().for_each(|(name, value)| map.append(name, value));
        map
    }

    /// What every request has: the pseudo-headers of HTTP/2, and the scheme that Envoy adds.
    pub fn of_request(method: &str, url: &Url) -> Self {
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let authority = url.authority().rsplit('@').next().unwrap_or_default();
        let pseudo = [
            (":method", method),
            (":scheme", url.scheme()),
            (":path", &path),
            (":authority", authority),
            ("x-forwarded-proto", url.scheme()),
        ];
        Self::new(pseudo.map(|(name, value)| (name, value.as_bytes())))
    }

    /// One more line.
    pub fn append(&mut self, name: &str, value: &[u8]) {
        let (name, value) = (name.to_ascii_lowercase(), value.trim_ascii());
        let is_joined = matches!(&*name, "origin" | "vary" | ":authority") || name.starts_with("access-control-");
        let known = self.0.iter_mut().find(|(known, _)| is_joined && *known == name);
        let Some((_, joined)) = known else { return self.0.push((name, value.to_vec())) };
        if !joined.is_empty() && !value.is_empty() {
            joined.push(b',');
        }
        joined.extend_from_slice(value);
    }

    /// The value of a header: its first line's.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Makes `value` the header's only value.
    pub fn replace(&mut self, name: &str, value: &[u8]) {
        self.remove(name.as_bytes());
        self.0.push((name.to_owned(), value.to_vec()));
    }

    /// Every line.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    fn remove(&mut self, name: &[u8]) {
        self.0.retain(|(known, _)| known.as_bytes() != name);
    }
}

/// What leaves the proxy.
#[derive(Clone, Debug)]
pub struct Answer<'p> {
    /// Who answers.
    pub by: Answerer,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The decision; `None` where no policy governs.
    pub record: Option<Record<'p>>,
    /// Where the policy's trial decides otherwise.
    pub difference: Option<Difference>,
    /// The response code details of an answer of Corsac's own.
    pub details: Option<&'static str>,
}

/// What Corsac makes of an exchange. The request's headers include the pseudo-headers of HTTP/2;
/// `upstream` is what comes back where the request is forwarded.
pub fn answer<'p>(policies: &'p Policies, request: &HeaderMap, upstream: &Reply, routing: &Routing) -> Answer<'p> {
    let decision = decide(policies, &mut Side { headers: request.clone(), routing });
    let (by, status, headers, details) = match &decision {
        Decision::Reply(reply) => {
            let mut headers = HeaderMap::default();
            reply.headers(policies).iter().for_each(|(name, value)| headers.append(name, value));
            (Answerer::Corsac, reply.status(policies), headers, Some(reply.details()))
        }
        Decision::Untouched(_) | Decision::Forward(_) => {
            let lines = upstream.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
            (Answerer::Upstream, upstream.status, HeaderMap::new(lines), None)
        }
    };
    let mut response = Side { headers, routing };
    edit(policies, &decision, &mut response);
    let (record, difference) = (decision.record(policies), decision.difference());
    Answer { by, status, headers: response.headers, record, difference, details }
}

/// Whether the policy that governs `request` allows `origin`.
pub(crate) fn allows(policies: &Policies, request: &HeaderMap, routing: &Routing, origin: &[u8]) -> bool {
    let mut headers = request.clone();
    headers.replace("origin", origin);
    // A preflight is refused for more than its origin.
    headers.replace(":method", b"GET");
    let decision = decide(policies, &mut Side { headers, routing });
    decision.record(policies).is_some_and(|record| record.reason == corsac_policy::Reason::None)
}

/// What chooses the policy of `request`.
pub(crate) fn choice(policies: &Policies, request: &HeaderMap, routing: &Routing) -> corsac_policy::Choice {
    corsac_policy::choice(policies, &mut Side { headers: request.clone(), routing })
}

/// One side of an exchange, as the engine asks for it.
struct Side<'r> {
    headers: HeaderMap,
    routing: &'r Routing,
}

impl Route for Side<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.routing.route.clone().map(String::into_bytes)
    }

    fn route_policy(&mut self) -> RoutePolicy {
        let name = self.routing.metadata_policy.clone();
        name.map_or(RoutePolicy::Absent, |name| RoutePolicy::Named(name.into_bytes()))
    }
}

impl corsac_policy::Request for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.headers.get(name).map(<[u8]>::to_vec)
    }
}

impl corsac_policy::Response for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.headers.get(name).map(<[u8]>::to_vec)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.headers.lines().for_each(|(name, value)| show(name.as_bytes(), value));
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        self.headers.replace(name, value);
    }

    fn remove(&mut self, name: &[u8]) {
        self.headers.remove(name);
    }
}
