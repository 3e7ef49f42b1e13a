//! A proxy in memory: it answers the engine's questions as Envoy does, and records them.

use corsac_policy::{Decision, Policies, Request, Response, Route, RoutePolicy, Target, decide, edit};

use crate::{Answer, Call, HeaderLine, HeaderMap, Metadata, ProxiedExchange, Routing, printable};

/// An exchange as the engine answered it.
pub struct Played {
    /// The answer to the client.
    pub answer: Answer,
    /// The calls of the request phase, with the actions that the filter must take at once.
    pub request: Vec<Call>,
    /// The calls of the response phase.
    pub response: Vec<Call>,
    /// The forbidden calls, one a line.
    pub mistakes: Vec<String>,
}

/// Plays both phases of an exchange.
pub fn play(policies: &Policies, exchange: &ProxiedExchange) -> Played {
    let mut request = Side::new(exchange.request.clone(), &exchange.routing);
    let mut decision = decide(policies, &mut request);
    if let (Some(second), Some(first)) = (exchange.second_run(), decision.target()) {
        let first = Some(first.clone());
        request = Side { first, mistakes: request.mistakes, ..Side::new(second.request, &exchange.routing) };
        decision = decide(policies, &mut request);
    }
    let refusal = decision.record(policies).and_then(|record| record.notable_words(decision.difference()));
    request.calls.extend(refusal.as_ref().map(|_| Call::Refusal));

    let mut details = None;
    let (status, headers) = if let Decision::Reply(reply) = &decision {
        request.calls.push(Call::Reply);
        details = Some(reply.details().to_owned());
        let line = |(name, value): (&str, &[u8])| (name.as_bytes().to_vec(), value.to_vec());
        let lines: Vec<HeaderLine> = reply.headers(policies).iter().map(line).collect();
        exchange.reply(reply.status(policies), &lines)
    } else {
        (exchange.status, exchange.response.clone())
    };
    let forwarded = details.is_none();
    let mut response = Side { own: !forwarded, ..Side::new(headers, &exchange.response_routing) };
    edit(policies, &decision, &mut response);

    let headers = response.headers.lines().to_vec();
    Played {
        answer: Answer { status, headers, forwarded, details, refusal: refusal.unwrap_or_default() },
        request: request.calls,
        response: response.calls,
        mistakes: [request.mistakes, response.mistakes].concat(),
    }
}

/// One side of an exchange, as the engine asks for it.
struct Side<'e> {
    /// The header lines, edited in place.
    headers: HeaderMap,
    routing: &'e Routing,
    /// In a second run: the target that chose the first run's policy.
    first: Option<Target>,
    /// Whether this is the filter's own reply.
    own: bool,
    calls: Vec<Call>,
    mistakes: Vec<String>,
}

impl<'e> Side<'e> {
    fn new(headers: HeaderMap, routing: &'e Routing) -> Self {
        Self { headers, routing, first: None, own: false, calls: Vec::new(), mistakes: Vec::new() }
    }

    fn ask(&mut self, question: Call) {
        if self.calls.contains(&question) {
            self.mistakes.push(format!("  {question:?} was asked twice; every question costs a host call\n"));
        }
        self.calls.push(question);
    }

    fn get(&mut self, name: &str) -> Option<Vec<u8>> {
        self.ask(Call::Get(name.to_owned()));
        self.headers.get(name.as_bytes()).map(<[u8]>::to_vec)
    }
}

impl Route for Side<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.ask(Call::RouteName);
        self.routing.name.clone().map(String::into_bytes)
    }

    fn route_policy(&mut self) -> RoutePolicy {
        self.ask(Call::RoutePolicy);
        match self.routing.metadata.as_ref().or(self.routing.virtual_host_metadata.as_ref()) {
            None => RoutePolicy::Absent,
            Some(Metadata::Text(name)) => RoutePolicy::Named(name.clone().into_bytes()),
            Some(Metadata::Number(_)) => RoutePolicy::Invalid,
        }
    }
}

impl Request for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }

    fn first_target(&mut self) -> Option<Target> {
        self.first.take()
    }
}

impl Response for Side<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.ask(Call::GetAll);
        if !self.own {
            self.mistakes.push("  every header of an upstream's response was asked for\n".to_owned());
        }
        self.headers.lines().iter().for_each(|(name, value)| show(name, value));
    }

    fn replace(&mut self, name: &'static str, value: &[u8]) {
        self.calls.push(Call::Replace(name.to_owned()));
        if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            self.mistakes.push(format!("  {name} was given the value {}\n", printable(value)));
        }
        self.headers.replace(name.as_bytes(), value);
    }

    fn remove(&mut self, name: &[u8]) {
        self.calls.push(Call::Remove(String::from_utf8_lossy(name).into_owned()));
        self.headers.remove(name);
    }
}
