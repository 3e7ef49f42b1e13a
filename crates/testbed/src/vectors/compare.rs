//! The differences between a vector and what Envoy did with it.

use std::{collections::BTreeMap, fmt::Write as _};

use corsac_vectors::{ExchangeVector, HttpResponse, Protocol, difference, printable};

use crate::{
    Headers,
    access_log::LogLine,
    client::Response,
    upstream::{ID, Received},
};

/// Everything that was observed of one exchange.
pub struct Observed {
    /// The response that the client received.
    pub response: Response,
    /// The requests that the upstream received.
    pub received: Vec<Received>,
    /// Its line in the access log.
    pub log: LogLine,
}

/// One line for each difference; empty if there is none.
pub fn differences(vector: &ExchangeVector, protocol: Protocol, observed: &Observed) -> String {
    let expected = HttpResponse { status: expected_status(vector, protocol), headers: vector.expect.headers.clone() };
    let mut report = difference(&expected, observed.response.status, &observed.response.headers.0).unwrap_or_default();
    let mut differs = |what: &str, expected: &str, got: &str| {
        if expected != got {
            let _ = writeln!(report, "  {what}: expected {expected:?}, got {got:?}");
        }
    };
    let reached = if vector.redirected_to.is_some() { "2" } else { "1" };
    differs(
        "requests that reached the upstream",
        if vector.reached { reached } else { "0" },
        &observed.received.len().to_string(),
    );
    if let Some(details) = &vector.details {
        differs("details", details, &observed.log.details);
    }
    if let Some(refusal) = &vector.refusal {
        differs("refusal", refusal, observed.log.refusal.as_deref().unwrap_or_default());
    }
    if let Some(received) = observed.received.first() {
        differs("the forwarded request", &sent(vector), &self::received(vector, received));
    }
    report
}

/// RFC 8441 §5.1: over HTTP/2 a successful WebSocket handshake answers 200.
fn expected_status(vector: &ExchangeVector, protocol: Protocol) -> u16 {
    if vector.expect.status == 101 && protocol == Protocol::Http2 { 200 } else { vector.expect.status }
}

/// The request as it must reach the upstream: exactly what the client sent.
fn sent(vector: &ExchangeVector) -> String {
    let path = vector.seen_path.as_deref().map(str::as_bytes).or(vector.request.path.as_deref());
    request(&vector.request.method, path, &Headers(vector.request.headers.clone()))
}

fn received(vector: &ExchangeVector, received: &Received) -> String {
    // The target of a CONNECT is its authority.
    let path = vector.request.path.as_ref().map(|_| received.target.as_slice());
    request(&received.method, path, &received.headers)
}

/// A request as text, to compare the one sent with the one received. It joins the lines of a name
/// as Envoy does, and leaves out hop-by-hop headers and those that Envoy adds.
fn request(method: &[u8], path: Option<&[u8]>, headers: &Headers) -> String {
    let mut lines: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, _) in &headers.0 {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if !is_left_out(&name) {
            lines.insert(name.clone(), joined(headers, &name));
        }
    }
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name}: {}", printable(value))).collect();
    format!("{} {}; {}", printable(method), printable(path.unwrap_or_default()), lines.join("; "))
}

/// Envoy joins lines with a comma, drops empty ones, and trims the whitespace around a value.
fn joined(headers: &Headers, name: &str) -> Vec<u8> {
    let lines: Vec<&[u8]> = headers.lines(name).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    lines.join(&b',')
}

fn is_left_out(name: &str) -> bool {
    let hop_by_hop =
        ["connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade"];
    let added_by_envoy = ["x-forwarded-proto", "x-request-id", ID];
    hop_by_hop.contains(&name) || added_by_envoy.contains(&name) || name.starts_with("x-envoy-")
}
