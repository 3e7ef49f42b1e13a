//! The test vectors in a real Envoy, wherever it runs: their listeners, their requests, and the
//! comparison.

mod compare;
mod listeners;

use corsac_vectors::{ExchangeVector, HttpRequest, Protocol, RedirectedTo};

pub use compare::{Observed, differences};
pub use listeners::{VectorListeners, scripted};

use crate::{
    Result,
    access_log::AccessLog,
    client::{self, Peer, Request, Response},
    upstream::{Answer, ID, Upstream},
};

/// An Envoy that serves the listeners of [`VectorListeners`].
pub struct ServingEnvoy<'a> {
    /// The upstream that its routes lead to.
    pub upstream: &'a Upstream,
    /// The access log of its listeners.
    pub log: AccessLog,
    /// How to reach a listener; an error if Envoy has refused it.
    pub peer: &'a dyn Fn(&str) -> Result<Peer>,
}

/// A vector over one protocol, in Envoy.
pub struct VectorResult<'v> {
    /// The vector.
    pub vector: &'v ExchangeVector,
    /// How Envoy's answer differs from the vector, described for a person; `None` if it does not.
    pub failure: Option<String>,
}

/// Sends every vector to its listener ([`VectorListeners::listener`]) over each protocol that can
/// carry it, and compares the answers. One result for each vector and protocol.
///
/// # Errors
/// If the access log stays incomplete.
pub fn run<'v>(vectors: &[(&'v ExchangeVector, String)], envoy: &ServingEnvoy<'_>) -> Result<Vec<VectorResult<'v>>> {
    // All requests first, since Envoy writes its access log later.
    let mut sent = Vec::new();
    for (number, (vector, listener)) in vectors.iter().enumerate() {
        for &protocol in &vector.protocols {
            let id = format!("{number}-{protocol:?}");
            sent.push((*vector, protocol, send(envoy, listener, vector, protocol, &id), id));
        }
    }
    let answered: Vec<&str> = sent.iter().filter(|sent| sent.2.is_ok()).map(|sent| sent.3.as_str()).collect();
    let log = envoy.log.wait_for_all(&answered)?;
    let result = |(vector, protocol, response, id): (&'v ExchangeVector, _, _, String)| {
        let differences = match response {
            Ok(response) => {
                let received = envoy.upstream.received(&id);
                let log = log.get(&id).cloned().unwrap_or_default();
                differences(vector, protocol, &Observed { response, received, log })
            }
            Err(reason) => format!("  no response: {reason}\n"),
        };
        let failure = (!differences.is_empty()).then(|| describe(vector, protocol, &differences));
        VectorResult { vector, failure }
    };
    Ok(sent.into_iter().map(result).collect())
}

fn describe(vector: &ExchangeVector, protocol: Protocol, differences: &str) -> String {
    let ExchangeVector { file, name, law, policy, request, .. } = vector;
    let request = request.to_text().replace('\n', "\n    ");
    format!(
        "{file}: {name} [{protocol:?}]\n  law: {law}\n  policy: {policy}\n  request:\n    {}\n{differences}",
        request.trim_end()
    )
}

fn send(
    envoy: &ServingEnvoy<'_>,
    listener: &str,
    vector: &ExchangeVector,
    protocol: Protocol,
    id: &str,
) -> std::result::Result<Response, String> {
    script(envoy.upstream, id, vector);
    let peer = (envoy.peer)(listener).map_err(|_| "Envoy has refused this policy".to_owned())?;
    let request = request(&vector.request).id(id);
    let (protocol, request) = match protocol {
        Protocol::Http1 => (client::Protocol::Http1, request),
        Protocol::Http2 => (client::Protocol::Http2, in_lower_case(request)),
    };
    protocol.send(peer, &request).map_err(|failure| failure.to_string())
}

/// The upstream's part in a vector: where Envoy follows a redirect itself, the first of two answers
/// is that redirect.
fn script(upstream: &Upstream, id: &str, vector: &ExchangeVector) {
    let answer = scripted(&vector.upstream);
    let Some(RedirectedTo { host, path }) = vector.redirected_to.clone() else { return upstream.script(id, answer) };
    upstream.script_by(id, move |received| {
        let is_second = received.target == path.as_bytes();
        if is_second { answer.clone() } else { Answer::new(302).header("location", format!("http://{host}{path}")) }
    });
}

/// The first `host` line becomes the authority. A `content-length` line gives the request a body of
/// that length.
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

/// RFC 9113 §8.2: HTTP/2 field names are in lower case.
fn in_lower_case(mut request: Request) -> Request {
    for (name, _) in &mut request.headers.0 {
        name.make_ascii_lowercase();
    }
    debug_assert!(request.headers.has(ID));
    request
}
