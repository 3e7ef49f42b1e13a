//! The one comparison that every runner uses.

use std::fmt::Write as _;

use crate::{ExchangeVector, HeaderLine, HttpResponse, printable};

/// The result of an exchange in a runner without Envoy.
#[derive(Debug)]
pub struct Answer {
    /// The status that reaches the client.
    pub status: u16,
    /// The headers that reach the client.
    pub headers: Vec<HeaderLine>,
    /// Whether the filter let the request pass.
    pub forwarded: bool,
    /// The response code details of the filter's own reply.
    pub details: Option<String>,
    /// The filter state `corsac`; empty where it was not set.
    pub refusal: String,
}

impl ExchangeVector {
    /// Every difference between an answer and the one that the vector demands; empty if there is
    /// none.
    pub fn difference(&self, answer: &Answer) -> String {
        let mut report = difference(&self.expect, answer.status, &answer.headers).unwrap_or_default();
        let mut compare = |what: &str, expected: &str, got: &str| {
            if expected != got {
                let _ = writeln!(report, "  {what}: expected {expected:?}, got {got:?}");
            }
        };
        let reached = answer.forwarded && self.placement.has_upstream();
        compare("the upstream was reached", &self.reached.to_string(), &reached.to_string());
        if let Some(details) = &self.details {
            compare("details", details, answer.details.as_deref().unwrap_or("none, it was forwarded"));
        }
        if let Some(refusal) = &self.refusal {
            compare("refusal", refusal, &answer.refusal);
        }
        report
    }
}

/// Whether the comparison includes a response header. All others (`server`, `date`,
/// `content-length`, …) are their senders' own affair.
pub fn is_judged(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with(b"access-control-")
        || matches!(name.as_slice(), b"vary" | b"timing-allow-origin" | b"corsac-decision")
}

/// The difference between the expected answer and the one that reached the client; `None` if there
/// is none.
///
/// The status must be equal, and the judged header lines must be the same lines. A missing line, an
/// extra line, a second line of the same name and another spelling of a value are all differences.
/// The order of the lines is free, and the case of names does not matter.
pub fn difference(expected: &HttpResponse, status: u16, headers: &[HeaderLine]) -> Option<String> {
    let wanted = judged(&expected.headers);
    let got = judged(headers);
    let mut report = String::new();
    if status != expected.status {
        let _ = writeln!(report, "  status: expected {}, got {status}", expected.status);
    }
    for line in without(&wanted, &got) {
        let _ = writeln!(report, "  missing: {line}");
    }
    for line in without(&got, &wanted) {
        let _ = writeln!(report, "  extra:   {line}");
    }
    (!report.is_empty()).then_some(report)
}

/// The judged lines as text, sorted.
fn judged(headers: &[HeaderLine]) -> Vec<String> {
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| is_judged(name))
        .map(|(name, value)| format!("{}: {}", printable(&name.to_ascii_lowercase()), printable(value)))
        .collect();
    lines.sort();
    lines
}

/// The lines that `lines` has more often than `others`.
fn without<'a>(lines: &'a [String], others: &[String]) -> Vec<&'a str> {
    let mut others: Vec<_> = others.iter().collect();
    lines
        .iter()
        .filter(|line| match others.iter().position(|other| other == line) {
            Some(at) => {
                others.swap_remove(at);
                false
            }
            None => true,
        })
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(text: &str) -> HttpResponse {
        HttpResponse::from_text(text).unwrap()
    }

    #[test]
    fn order_case_of_names_and_other_headers_do_not_matter() {
        let expected = response("200\nvary: origin\naccess-control-allow-origin: *");
        let actual = response("200\nserver: envoy\nAccess-Control-Allow-Origin: *\nVary: origin");
        assert_eq!(difference(&expected, actual.status, &actual.headers), None);
    }

    #[test]
    fn a_second_line_of_the_same_name_differs() {
        let expected = response("200\nvary: origin");
        let actual = response("200\nvary: origin\nvary: origin");
        let report = difference(&expected, actual.status, &actual.headers).unwrap();
        assert_eq!(report, "  extra:   vary: origin\n");
    }

    #[test]
    fn a_wrong_status_and_value_are_both_named() {
        let expected = response("204\nvary: origin");
        let actual = response("200\nvary: Origin");
        let report = difference(&expected, actual.status, &actual.headers).unwrap();
        assert_eq!(report, "  status: expected 204, got 200\n  missing: vary: origin\n  extra:   vary: Origin\n");
    }
}
