//! A proxy made of a vector: answers the engine's questions as Envoy does, and remembers them.

use corsac_policy::{Request, Response, Route, RoutePolicy};
use corsac_vectors::{Exchange, HeaderLine, Metadata, Scene, printable};

/// The request that a vector describes, as the filter sees it.
pub struct RequestSide<'v> {
    vector: &'v Exchange,
    questions: Questions,
}

/// A response on its way through the filter.
pub struct ResponseSide<'v> {
    vector: &'v Exchange,
    /// Whether it is the filter's own reply.
    pub own: bool,
    /// The header lines, edited in place.
    pub lines: Vec<HeaderLine>,
    questions: Questions,
}

/// What was asked in one phase, and what was wrong with that.
#[derive(Default)]
struct Questions {
    asked: Vec<String>,
    mistakes: Vec<String>,
}

impl Questions {
    fn ask(&mut self, what: &str) {
        if self.asked.iter().any(|asked| asked == what) {
            self.mistakes.push(format!("{what} was asked for twice; every question costs a host call"));
        }
        self.asked.push(what.to_owned());
    }

    fn report(self) -> Vec<String> {
        let asked = self.asked.join(", ");
        self.mistakes.into_iter().map(|mistake| format!("  {mistake} (asked: {asked})\n")).collect()
    }
}

impl<'v> RequestSide<'v> {
    pub fn new(vector: &'v Exchange) -> Self {
        Self { vector, questions: Questions::default() }
    }

    /// What the engine did that it must not do.
    pub fn mistakes(self) -> Vec<String> {
        self.questions.report()
    }
}

impl<'v> ResponseSide<'v> {
    /// The upstream's response, or Envoy's own.
    pub fn of_upstream(vector: &'v Exchange) -> Self {
        let mut lines = joined_lines(&vector.upstream.headers);
        if vector.scene == Scene::RouteHeaders {
            append_route_headers(&mut lines);
        }
        Self { vector, own: false, lines, questions: Questions::default() }
    }

    /// The filter's own reply, after Envoy wrote into it.
    pub fn of_reply(vector: &'v Exchange, status: u16, mut lines: Vec<HeaderLine>) -> Self {
        if vector.scene == Scene::RouteHeaders {
            append_route_headers(&mut lines);
        }
        if vector.scene == Scene::LocalReply && status == 403 {
            append(&mut lines, b"access-control-allow-origin", b"*");
        }
        Self { vector, own: true, lines, questions: Questions::default() }
    }

    /// What the engine did that it must not do.
    pub fn mistakes(self) -> Vec<String> {
        self.questions.report()
    }
}

impl Route for RequestSide<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.questions.ask("the route's name");
        route_name(self.vector, self.vector.route.as_deref())
    }

    fn route_policy(&mut self) -> RoutePolicy {
        self.questions.ask("the route's policy");
        route_policy(self.vector)
    }
}

impl Request for RequestSide<'_> {
    /// Whitespace that a vector escapes around a value is cut by the codec (RFC 9110, section 5.5).
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.questions.ask(name);
        let request = &self.vector.request;
        match name {
            ":method" => Some(request.method.clone()),
            ":path" => match &self.vector.seen_path {
                Some(path) => Some(path.clone().into_bytes()),
                None => request.path.clone(),
            },
            ":authority" => first_or_joined(&request.headers, b"host"),
            _ => first_or_joined(&request.headers, name.as_bytes()).map(|value| value.trim_ascii().to_vec()),
        }
    }
}

impl Route for ResponseSide<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.questions.ask("the route's name");
        route_name(self.vector, self.vector.response_route.as_deref().or(self.vector.route.as_deref()))
    }

    fn route_policy(&mut self) -> RoutePolicy {
        self.questions.ask("the route's policy");
        route_policy(self.vector)
    }
}

impl Response for ResponseSide<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.questions.ask(name);
        first_or_joined(&self.lines, name.as_bytes())
    }

    fn all(&mut self) -> Vec<HeaderLine> {
        self.questions.ask("every header");
        if !self.own {
            self.questions.mistakes.push("every header of an upstream's response was asked for".to_owned());
        }
        self.lines.clone()
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            self.questions.mistakes.push(format!("{name} was given the value {}", printable(value)));
        }
        self.remove(name.as_bytes());
        self.lines.push((name.as_bytes().to_vec(), value.to_vec()));
    }

    fn remove(&mut self, name: &[u8]) {
        self.lines.retain(|(line, _)| !line.eq_ignore_ascii_case(name));
    }
}

fn route_name(vector: &Exchange, name: Option<&str>) -> Option<Vec<u8>> {
    (vector.scene != Scene::NoRoute).then(|| name.unwrap_or_default().as_bytes().to_vec())
}

fn route_policy(vector: &Exchange) -> RoutePolicy {
    if vector.scene == Scene::NoRoute {
        return RoutePolicy::Absent;
    }
    match vector.route_metadata.as_ref().or(vector.virtual_host_metadata.as_ref()) {
        None => RoutePolicy::Absent,
        Some(Metadata::Text(name)) => RoutePolicy::Named(name.clone().into_bytes()),
        Some(Metadata::Number(_)) => RoutePolicy::Invalid,
    }
}

/// Envoy keeps these as single values and joins what repeats; of other headers a filter reads the first line.
fn is_joined(name: &[u8]) -> bool {
    matches!(name, b"origin" | b"vary" | b"host") || name.starts_with(b"access-control-")
}

fn first_or_joined(lines: &[HeaderLine], name: &[u8]) -> Option<Vec<u8>> {
    let mut values = lines.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let mut value = values.next()?.clone();
    if is_joined(name) {
        values.for_each(|more| join(&mut value, more));
    }
    Some(value)
}

/// The lines as Envoy stores them.
fn joined_lines(lines: &[HeaderLine]) -> Vec<HeaderLine> {
    let mut stored = Vec::new();
    for (name, value) in lines {
        if is_joined(name) { append(&mut stored, name, value) } else { stored.push((name.clone(), value.clone())) }
    }
    stored
}

fn append_route_headers(lines: &mut Vec<HeaderLine>) {
    append(lines, b"access-control-allow-origin", b"*");
    append(lines, b"access-control-allow-credentials", b"true");
}

fn append(lines: &mut Vec<HeaderLine>, name: &[u8], value: &[u8]) {
    match lines.iter_mut().find(|(line, _)| line == name) {
        Some((_, stored)) => join(stored, value),
        None => lines.push((name.to_vec(), value.to_vec())),
    }
}

/// Envoy's join: a comma without a space, and empty values vanish.
fn join(value: &mut Vec<u8>, more: &[u8]) {
    if !value.is_empty() && !more.is_empty() {
        value.push(b',');
    }
    value.extend_from_slice(more);
}
