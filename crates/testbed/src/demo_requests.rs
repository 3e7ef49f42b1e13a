//! The requests that the demo shows, with the answers that the policy in `envoy/envoy.yaml` gives
//! them.

use std::fmt;

use crate::client::{Request, Response};
use crate::server::Answer;

/// A request and the answer it must get.
pub struct DemoRequest {
    /// What the request shows, as a sentence.
    pub shows: &'static str,
    method: &'static str,
    host: &'static str,
    headers: &'static [HeaderPair],
    status: u16,
    /// Every `access-control-*` and `vary` line of the answer, by name.
    answer: &'static [HeaderPair],
    /// How the line in the access log ends: response code details and Corsac's decision.
    pub logged: &'static str,
}

/// A header: its name and its value.
type HeaderPair = (&'static str, &'static str);

const PATH: &str = "/orders";

/// The answer to a preflight that the policy `partners` allows.
macro_rules! partners_preflight {
    ($origin:literal) => {
        &[
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-headers", "authorization, content-type"),
            ("access-control-allow-methods", "GET, PUT, DELETE"),
            ("access-control-allow-origin", $origin),
            ("access-control-expose-headers", "x-request-id"),
            ("access-control-max-age", "600"),
            ("vary", "origin, access-control-request-method, access-control-request-headers"),
        ]
    };
}

/// The demo's requests, in order.
pub const DEMO_REQUESTS: [DemoRequest; 7] = [
    DemoRequest {
        shows: "A preflight from a listed origin: 204 with the policy's lists.",
        method: "OPTIONS",
        host: "api.localhost",
        headers: &[("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT")],
        status: 204,
        answer: partners_preflight!("https://app.example.com"),
        logged: "204 corsac_preflight_allowed -",
    },
    DemoRequest {
        shows: "A preflight from localhost, any port: the pattern http://localhost:* allows it.",
        method: "OPTIONS",
        host: "api.localhost",
        headers: &[("Origin", "http://localhost:5173"), ("Access-Control-Request-Method", "DELETE")],
        status: 204,
        answer: partners_preflight!("http://localhost:5173"),
        logged: "204 corsac_preflight_allowed -",
    },
    DemoRequest {
        shows: "A preflight from a look-alike: 403, and nothing that a browser could take for consent.",
        method: "OPTIONS",
        host: "api.localhost",
        headers: &[("Origin", "https://app.example.com.evil.example"), ("Access-Control-Request-Method", "PUT")],
        status: 403,
        answer: &[("vary", "origin, access-control-request-method, access-control-request-headers")],
        logged: "403 corsac_preflight_denied_origin_not_listed partners;preflight;refused;origin-not-listed",
    },
    DemoRequest {
        shows: "A request from https://*.partner.example: the API's `*` is replaced by the origin, with credentials.",
        method: "GET",
        host: "api.localhost",
        headers: &[("Origin", "https://shop.partner.example")],
        status: 200,
        answer: &[
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-origin", "https://shop.partner.example"),
            ("access-control-expose-headers", "x-request-id"),
            ("vary", "origin"),
        ],
        logged: "200 via_upstream -",
    },
    DemoRequest {
        shows: "A request from another origin: the API answers, but its `*` is removed, so the browser keeps the page from reading it.",
        method: "GET",
        host: "api.localhost",
        headers: &[("Origin", "https://evil.example")],
        status: 200,
        answer: &[("vary", "origin")],
        logged: "200 via_upstream partners;actual;refused;origin-not-listed",
    },
    DemoRequest {
        shows: "The public host: every page may read it, without credentials, and caches may share it.",
        method: "GET",
        host: "public.localhost",
        headers: &[("Origin", "https://anyone.example")],
        status: 200,
        answer: &[("access-control-allow-origin", "*")],
        logged: "200 via_upstream -",
    },
    DemoRequest {
        shows: "A host without a rule: Corsac leaves it alone, the API's own header included.",
        method: "GET",
        host: "other.localhost",
        headers: &[("Origin", "https://anyone.example")],
        status: 200,
        answer: &[("access-control-allow-origin", "*")],
        logged: "200 via_upstream -",
    },
];

/// The answer of the API behind Envoy: like many APIs, it allows every origin.
pub fn careless_api() -> Answer {
    Answer::new(200)
        .header("content-type", "application/json")
        .header("x-request-id", "7")
        .header("access-control-allow-origin", "*")
        .body("{ \"orders\": [] }\n")
}

impl DemoRequest {
    /// The request as a person types it. curl resolves every name under `localhost` to this
    /// machine.
    pub fn curl(&self, port: u16) -> String {
        let method = if self.method == "GET" { String::new() } else { format!(" -X {}", self.method) };
        let curl = format!("curl -i{method} http://{}:{port}{PATH}", self.host);
        self.headers.iter().fold(curl, |curl, (name, value)| curl + &format!(" -H '{name}: {value}'"))
    }

    /// The request for the clients of this crate.
    pub fn request(&self, port: u16) -> Request {
        let request = Request::new(self.method, PATH).host(format!("{}:{port}", self.host));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The answer that the request must get.
    pub fn expected(&self) -> CorsAnswer {
        let lines = self.answer.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        CorsAnswer { status: self.status, lines: lines.collect() }
    }

    /// Whether a line of the access log belongs to this request.
    pub fn is_logged_by(&self, line: &str) -> bool {
        line.starts_with(&format!("{} {}", self.method, self.host)) && line.ends_with(&format!("-> {}", self.logged))
    }
}

/// The part of an answer that CORS is about: the status, and the `access-control-*` and `vary`
/// lines by name.
#[derive(Debug, PartialEq, Eq)]
pub struct CorsAnswer {
    status: u16,
    lines: Vec<(String, String)>,
}

impl From<&Response> for CorsAnswer {
    fn from(response: &Response) -> Self {
        let shown = response.headers.select(|name| name == "vary" || name.starts_with("access-control-"));
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let lines = shown.0.iter().map(|(name, value)| (text(&name.to_ascii_lowercase()), text(value)));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        Self { status: response.status, lines }
    }
}

impl fmt::Display for CorsAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.status)?;
        self.lines.iter().try_for_each(|(name, value)| write!(f, "\n  {name}: {value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;

    #[test]
    fn a_preflight_is_printed_as_a_line_for_the_shell() {
        assert_eq!(
            DEMO_REQUESTS[0].curl(10000),
            "curl -i -X OPTIONS http://api.localhost:10000/orders -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT'"
        );
        assert!(DEMO_REQUESTS[3].curl(1).starts_with("curl -i http://api.localhost:1/orders -H"));
    }

    #[test]
    fn other_headers_of_an_answer_do_not_count_and_order_and_case_do_not_either() {
        let mut headers = Headers::default();
        headers.push("server", "envoy");
        headers.push("Vary", "origin");
        headers.push("access-control-allow-origin", "https://a.example");
        let shown = CorsAnswer::from(&Response { status: 200, headers, body: Vec::new() });
        assert_eq!(shown.to_string(), "  200\n  access-control-allow-origin: https://a.example\n  vary: origin");
    }

    #[test]
    fn a_logged_line_belongs_to_the_request_whose_decision_it_holds() {
        let line =
            "OPTIONS api.localhost:10000/orders origin=https://app.example.com -> 204 corsac_preflight_allowed -";
        assert!(DEMO_REQUESTS[0].is_logged_by(line));
        assert!(!DEMO_REQUESTS[2].is_logged_by(line));
    }
}
