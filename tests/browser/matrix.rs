//! Origins × requests × credentials × two APIs, each by `fetch` and by `XMLHttpRequest`: which page
//! may read which response.

use std::collections::HashMap;

use corsac_testbed::config::Listener;

use crate::{
    ledger::Ledger,
    session::Call,
    world::{World, corsac, route},
};

/// One API for two origins, one for everybody.
const PARTNERS: &str = r#"{
    "allowOrigins": ["http://app.localhost", "https://app.example"],
    "allowMethods": ["PUT", "DELETE", "PATCH"], "allowHeaders": ["x-a", "Authorization", "content-type"],
    "allowCredentials": true }"#;
const PUBLIC: &str = r#"{ "allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*", "authorization"] }"#;

/// The pages' origins, and whether the partners' API lists them.
const ORIGINS: [(&str, bool); 8] = [
    ("http://app.localhost", true),
    ("https://app.example", true),
    ("https://app.localhost", false),
    ("http://app.localhost:8080", false),
    ("http://other.localhost", false),
    ("https://www.app.example", false),
    ("https://app.example.evil.example", false),
    ("null", false),
];

/// A request: its method, its headers, and whether the partners' API allows it.
struct Request(&'static str, &'static [(&'static str, &'static str)], bool);

const REQUESTS: [Request; 15] = [
    Request("GET", &[], true),
    Request("HEAD", &[], true),
    Request("POST", &[], true),
    Request("POST", &[("content-type", "text/plain")], true),
    Request("POST", &[("content-type", "application/json")], true),
    Request("GET", &[("x-a", "1")], true),
    Request("GET", &[("X-A", "1")], true),
    Request("GET", &[("authorization", "Bearer token")], true),
    Request("PUT", &[], true),
    Request("DELETE", &[("x-a", "1")], true),
    Request("PATCH", &[], true),
    // Browsers do not write `patch` in capitals, and methods are case-sensitive.
    Request("patch", &[], false),
    Request("LINK", &[], false),
    Request("OPTIONS", &[], false),
    Request("GET", &[("x-a", "1"), ("x-b", "1")], false),
];

/// One cell of the matrix.
struct Cell {
    name: String,
    origin: &'static str,
    call: Call,
    id: String,
    allowed: bool,
    /// Whether the actual request is sent, read or not: it needs no preflight, or its preflight
    /// succeeds.
    sent: bool,
}

#[test]
fn a_page_reads_only_what_its_origin_may() {
    let api = |name: &str, policy: &str| Listener::new(name).route(route()).filter(corsac(policy));
    let world = World::of([api("partners", PARTNERS), api("public", PUBLIC)]);
    let browser = world.browser_at(ORIGINS.map(|(origin, _)| origin), &[]);
    let mut ledger = Ledger::default();
    let mut by_origin: HashMap<&str, Vec<Cell>> = HashMap::new();
    for cell in cells(&world) {
        by_origin.entry(cell.origin).or_default().push(cell);
    }
    for (origin, cells) in by_origin {
        let calls: Vec<Call> = cells.iter().map(|cell| cell.call.clone()).collect();
        let outcomes = browser.call_from(origin, &calls);
        for (cell, outcome) in cells.iter().zip(outcomes) {
            let got = (outcome.kind != "error", world.upstream.received(&cell.id).len());
            ledger.check(&cell.name, (cell.allowed, usize::from(cell.sent)), got);
            if cell.allowed {
                let body = if cell.call.method.as_deref() == Some("HEAD") { "" } else { "upstream\n" };
                assert_eq!((outcome.status, outcome.body.as_str()), (200, body), "{}", cell.name);
            }
        }
    }
    ledger.close("origins and requests");
}

fn cells(world: &World) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (origin, listed) in ORIGINS {
        for request in &REQUESTS {
            for (include, xhr) in [(false, false), (false, true), (true, false), (true, true)] {
                // `*` does not cover credentials. A page that sends them cannot read the response.
                for (api, allowed) in [("partners", listed && request.2), ("public", !include)] {
                    let id = format!("matrix-{}", cells.len());
                    let url = format!("https://api.example:{}/items?case={id}", world.port(api));
                    cells.push(request.cell(origin, api, allowed, Call { url, xhr, ..with(include) }, id));
                }
            }
        }
    }
    cells
}

fn with(include: bool) -> Call {
    Call { credentials: Some(if include { "include" } else { "omit" }), ..Call::default() }
}

impl Request {
    fn cell(&self, origin: &'static str, api: &str, allowed: bool, call: Call, id: String) -> Cell {
        let &Request(method, headers, _) = self;
        let needs_no_preflight = matches!(method, "GET" | "HEAD" | "POST")
            && headers.iter().all(|header| *header == ("content-type", "text/plain"));
        let way = if call.xhr { "XMLHttpRequest" } else { "fetch" };
        Cell {
            name: format!("{origin} -> {api}: {method} {headers:?}, {}, {way}", call.credentials.unwrap_or_default()),
            origin,
            call: Call {
                method: Some(method.to_owned()),
                headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
                body: (method == "POST").then(|| "body".to_owned()),
                ..call
            },
            id,
            allowed,
            sent: needs_no_preflight || allowed,
        }
    }
}
