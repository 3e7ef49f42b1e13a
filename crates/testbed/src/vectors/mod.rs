//! The test vectors in a real Envoy, wherever that runs: the listeners that they need, the requests, and the judgement.

mod judge;
mod stage;

use corsac_vectors::{Exchange, HttpRequest, Protocol, RedirectedTo};

pub use judge::{Seen, judge};
pub use stage::{Stage, scripted};

use crate::{
    Result,
    access_log::AccessLog,
    client::{self, Peer, Request, Response},
    upstream::{Answer, ID, Upstream},
};

/// A vector, and the name of its listener ([`Stage::listener`]).
pub type Staged<'v> = (&'v Exchange, String);

/// An Envoy that serves a [`Stage`]'s listeners.
pub struct Served<'a> {
    /// Where its routes lead.
    pub upstream: &'a Upstream,
    /// What its listeners write.
    pub log: AccessLog,
    /// How a listener is reached; an error where Envoy has refused it.
    pub peer: &'a dyn Fn(&str) -> Result<Peer>,
}

/// What came of it.
pub struct Report {
    /// How many exchanges there were: one a vector and protocol that carries it.
    pub exchanges: usize,
    /// Those that differ from their vector, described.
    pub failures: Vec<String>,
}

/// The listener of each vector, and the stage with all of them.
pub fn staged(vectors: &[Exchange], mut stage: Stage) -> (Vec<Staged<'_>>, Stage) {
    let staged = vectors.iter().map(|vector| (vector, stage.listener(vector))).collect();
    (staged, stage)
}

/// Sends every vector over each protocol that carries it, and judges what was seen.
///
/// # Errors
/// When the access log stays incomplete.
pub fn run(vectors: &[Staged<'_>], served: &Served<'_>) -> Result<Report> {
    // All requests first: the access log follows in its own time.
    let mut runs = Vec::new();
    for (number, (vector, listener)) in vectors.iter().enumerate() {
        for &protocol in &vector.protocols {
            let id = format!("{number}-{protocol:?}");
            runs.push((*vector, protocol, send(served, listener, vector, protocol, &id), id));
        }
    }
    let exchanges = runs.len();
    let answered: Vec<&str> = runs.iter().filter(|run| run.2.is_ok()).map(|run| run.3.as_str()).collect();
    let log = served.log.wait_for_all(&answered)?;
    let failure = |(vector, protocol, response, id): (&Exchange, _, _, String)| {
        let report = match response {
            Ok(response) => {
                let received = served.upstream.received(&id);
                judge(vector, protocol, &Seen { response, received, log: log.get(&id).cloned().unwrap_or_default() })
            }
            Err(why) => format!("  no response: {why}\n"),
        };
        (!report.is_empty()).then(|| describe(vector, protocol, &report))
    };
    Ok(Report { exchanges, failures: runs.into_iter().filter_map(failure).collect() })
}

fn describe(vector: &Exchange, protocol: Protocol, report: &str) -> String {
    let Exchange { file, name, law, policy, request, .. } = vector;
    let request = request.to_text().replace('\n', "\n    ");
    format!(
        "{file}: {name} [{protocol:?}]\n  law: {law}\n  policy: {policy}\n  request:\n    {}\n{report}",
        request.trim_end()
    )
}

fn send(
    served: &Served<'_>,
    listener: &str,
    vector: &Exchange,
    protocol: Protocol,
    id: &str,
) -> std::result::Result<Response, String> {
    script(served.upstream, id, vector);
    let peer = (served.peer)(listener).map_err(|_| "Envoy has refused this policy".to_owned())?;
    let request = request(&vector.request).id(id);
    let (protocol, request) = match protocol {
        Protocol::Http1 => (client::Protocol::Http1, request),
        Protocol::Http2 => (client::Protocol::Http2, in_lower_case(request)),
    };
    protocol.send(peer, &request).map_err(|failure| failure.to_string())
}

/// The upstream's part in a vector: where Envoy follows a redirect itself, the first of two answers
/// is that redirect.
fn script(upstream: &Upstream, id: &str, vector: &Exchange) {
    let answer = scripted(&vector.upstream);
    let Some(RedirectedTo { host, path }) = vector.redirected_to.clone() else { return upstream.script(id, answer) };
    upstream.script_by(id, move |received| {
        let is_second = received.target == path.as_bytes();
        if is_second { answer.clone() } else { Answer::new(302).header("location", format!("http://{host}{path}")) }
    });
}

/// The first `host` line is the authority; a `content-length` gets a body of that length.
fn request(written: &HttpRequest) -> Request {
    let mut request = Request { method: written.method.clone(), path: written.path.clone(), ..Request::default() };
    for (name, value) in &written.headers {
        if request.authority.is_none() && name.eq_ignore_ascii_case(b"host") {
            request.authority = Some(value.clone());
        } else {
            request.headers.push(name, value);
        }
    }
    let length =
        request.headers.joined("content-length").and_then(|length| String::from_utf8(length).ok()?.parse().ok());
    request.body = vec![b'x'; length.unwrap_or(0)];
    request
}

/// RFC 9113 §8.2: field names are in lower case.
fn in_lower_case(mut request: Request) -> Request {
    for (name, _) in &mut request.headers.0 {
        name.make_ascii_lowercase();
    }
    debug_assert!(request.headers.has(ID));
    request
}
