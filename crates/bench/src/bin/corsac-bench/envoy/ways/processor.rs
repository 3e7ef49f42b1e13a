//! The policy in an external processor: a gRPC server, in Rust, with the same answers.

use std::collections::HashSet;
use std::sync::Arc;

use corsac_bench::rivals;
use corsac_testbed::Result;
use corsac_testbed::external_processor::message::{self, HeaderBlock, Mutation, Phase};
use corsac_testbed::external_processor::{Exchange, ExternalProcessor, Reaction};
use regex_automata::meta::Regex;
use serde_json::{Value, json};

use crate::envoy::variant::{List, Variant};

/// The processor that a filter asks; `None` if it asks none.
pub fn of(variant: &Variant) -> Result<Option<ExternalProcessor>> {
    let policy = match variant {
        Variant::EmptyProcessor => return ExternalProcessor::start(|| Idle).map(Some),
        Variant::Processor(list) => Arc::new(Allowed::of(*list)),
        _ => return Ok(None),
    };
    ExternalProcessor::start(move || Decision { allowed: Arc::clone(&policy), origin: None }).map(Some)
}

/// The cluster of a processor. Every copy of the filter keeps a stream open for each request, which
/// together are more than Envoy's default limit.
pub fn cluster(processor: &ExternalProcessor, name: &str) -> Value {
    let mut cluster = processor.cluster(name);
    cluster["circuit_breakers"] = json!({ "thresholds": [{ "max_requests": 100_000 }] });
    cluster
}

/// Changes nothing.
struct Idle;

impl Exchange for Idle {
    fn react(&mut self, phase: Phase, _: &HeaderBlock<'_>) -> Reaction {
        Reaction::Send(message::go_on(phase, &Mutation::default()))
    }
}

/// The list of allowed origins.
enum Allowed {
    Exact(HashSet<String>),
    Regexes(Regex),
}

impl Allowed {
    fn of(list: List) -> Self {
        match list {
            List::Exact(_) => Self::Exact(rivals::hash_set(&list.entries())),
            List::Regexes(_) => Self::Regexes(rivals::regexes(&list.entries())),
        }
    }

    fn contains(&self, origin: &[u8]) -> bool {
        match self {
            Self::Exact(set) => rivals::is_in(set, origin),
            Self::Regexes(regexes) => regexes.is_match(origin),
        }
    }
}

/// One exchange, and the origin that its response allows.
struct Decision {
    allowed: Arc<Allowed>,
    origin: Option<Vec<u8>>,
}

const VARY_OF_PREFLIGHTS: (&str, &[u8]) =
    ("vary", b"origin, access-control-request-method, access-control-request-headers");

impl Exchange for Decision {
    fn react(&mut self, phase: Phase, headers: &HeaderBlock<'_>) -> Reaction {
        Reaction::Send(match phase {
            Phase::Request => self.request(headers),
            Phase::Response => self.response(headers),
        })
    }
}

impl Decision {
    fn request(&mut self, headers: &HeaderBlock<'_>) -> Vec<u8> {
        let nothing = message::go_on(Phase::Request, &Mutation::default());
        let Some(origin) = headers.get("origin") else { return nothing };
        let is_allowed = self.allowed.contains(origin);
        let method = headers.get("access-control-request-method");
        if let Some(method) = method.filter(|_| headers.get(":method") == Some(b"OPTIONS")) {
            let asked = headers.get("access-control-request-headers").unwrap_or_default();
            let is_allowed = is_allowed && [&b"GET"[..], b"PUT"].contains(&method) && names_are_allowed(asked);
            return answer_to_preflight(is_allowed.then_some(origin));
        }
        self.origin = is_allowed.then(|| origin.to_vec());
        nothing
    }

    fn response(&self, headers: &HeaderBlock<'_>) -> Vec<u8> {
        let mut mutation = Mutation { set: Vec::new(), remove: vec!["access-control-expose-headers"] };
        match &self.origin {
            Some(origin) => mutation
                .set
                .extend([("access-control-allow-origin", &origin[..]), ("access-control-allow-credentials", b"true")]),
            None => mutation.remove.extend(["access-control-allow-origin", "access-control-allow-credentials"]),
        }
        let vary = vary_by_origin(headers.get("vary"));
        mutation.set.extend(vary.as_deref().map(|vary| ("vary", vary)));
        message::go_on(Phase::Response, &mutation)
    }
}

fn answer_to_preflight(allowed: Option<&[u8]>) -> Vec<u8> {
    let Some(origin) = allowed else { return message::answer(403, &[VARY_OF_PREFLIGHTS]) };
    let headers: [(&str, &[u8]); 6] = [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", b"true"),
        ("access-control-allow-methods", b"GET, PUT"),
        ("access-control-allow-headers", b"content-type"),
        ("access-control-max-age", b"600"),
        VARY_OF_PREFLIGHTS,
    ];
    message::answer(204, &headers)
}

fn names_are_allowed(list: &[u8]) -> bool {
    let names = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    names.filter(|name| !name.is_empty()).all(|name| name.eq_ignore_ascii_case(b"content-type"))
}

/// The value of `Vary` with `origin` in it; `None` if it already has it.
fn vary_by_origin(vary: Option<&[u8]>) -> Option<Vec<u8>> {
    let Some(vary) = vary else { return Some(b"origin".to_vec()) };
    let mut names = vary.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let has_it = names.any(|name| name == b"*" || name.eq_ignore_ascii_case(b"origin"));
    (!has_it).then(|| [vary, b", origin"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_added_to_vary_once() {
        assert_eq!(vary_by_origin(None).as_deref(), Some(&b"origin"[..]));
        assert_eq!(vary_by_origin(Some(b"accept")).as_deref(), Some(&b"accept, origin"[..]));
        assert_eq!(vary_by_origin(Some(b"accept,Origin")), None);
        assert_eq!(vary_by_origin(Some(b"*")), None);
    }

    #[test]
    fn only_the_listed_header_may_be_asked_for() {
        assert!(names_are_allowed(b"Content-Type"));
        assert!(names_are_allowed(b""));
        assert!(!names_are_allowed(b"content-type, x-other"));
    }
}
