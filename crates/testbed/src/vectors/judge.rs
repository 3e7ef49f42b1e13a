//! How an answer of Envoy is held against a vector.

use std::{collections::BTreeMap, fmt::Write as _};

use corsac_vectors::{Exchange, HttpResponse, Protocol, difference, printable};

use crate::{
    Headers,
    access_log::Line,
    client::Response,
    upstream::{ID, Received},
};

/// All that was seen of one exchange.
pub struct Seen {
    /// What the client got.
    pub response: Response,
    /// What the upstream got.
    pub received: Vec<Received>,
    /// What the access log says of it.
    pub log: Line,
}

/// What is wrong with it; empty if nothing is.
pub fn judge(vector: &Exchange, protocol: Protocol, seen: &Seen) -> String {
    let expected = HttpResponse { status: expected_status(vector, protocol), headers: vector.expect.headers.clone() };
    let mut report = difference(&expected, seen.response.status, &seen.response.headers.0).unwrap_or_default();
    let mut differs = |what: &str, expected: &str, got: &str| {
        if expected != got {
            let _ = writeln!(report, "  {what}: expected {expected:?}, got {got:?}");
        }
    };
    let reached = if vector.redirected_to.is_some() { "2" } else { "1" };
    differs(
        "requests that reached the upstream",
        if vector.reached { reached } else { "0" },
        &seen.received.len().to_string(),
    );
    if let Some(details) = &vector.details {
        differs("details", details, &seen.log.details);
    }
    if let Some(refusal) = &vector.refusal {
        differs("refusal", refusal, seen.log.refusal.as_deref().unwrap_or_default());
    }
    if let Some(received) = seen.received.first() {
        differs("the forwarded request", &sent(vector), &got(vector, received));
    }
    report
}

/// RFC 8441 §5.1: over HTTP/2 the success of a WebSocket handshake is 200.
fn expected_status(vector: &Exchange, protocol: Protocol) -> u16 {
    if vector.expect.status == 101 && protocol == Protocol::Http2 { 200 } else { vector.expect.status }
}

/// The request as it must arrive upstream: what the client sent, with nothing added or taken away.
fn sent(vector: &Exchange) -> String {
    let path = vector.seen_path.as_deref().map(str::as_bytes).or(vector.request.path.as_deref());
    request(&vector.request.method, path, &Headers(vector.request.headers.clone()))
}

fn got(vector: &Exchange, received: &Received) -> String {
    // The target of a CONNECT is its authority.
    let path = vector.request.path.as_ref().map(|_| received.target.as_slice());
    request(&received.method, path, &received.headers)
}

/// One text for what is sent and what is got: lines of one name joined as Envoy joins them, without what
/// Envoy adds and what belongs to one hop only.
fn request(method: &[u8], path: Option<&[u8]>, headers: &Headers) -> String {
    let mut lines: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, _) in &headers.0 {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if !is_of_the_hop(&name) {
            lines.insert(name.clone(), joined(headers, &name));
        }
    }
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name}: {}", printable(value))).collect();
    format!("{} {}; {}", printable(method), printable(path.unwrap_or_default()), lines.join("; "))
}

/// Envoy joins lines with a comma, leaves empty ones out, and cuts the whitespace around a value.
fn joined(headers: &Headers, name: &str) -> Vec<u8> {
    let lines: Vec<&[u8]> = headers.lines(name).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    lines.join(&b',')
}

fn is_of_the_hop(name: &str) -> bool {
    let hop = ["connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade"];
    let envoy = ["x-forwarded-proto", "x-request-id", ID];
    hop.contains(&name) || envoy.contains(&name) || name.starts_with("x-envoy-")
}
