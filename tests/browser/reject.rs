//! `disallowedOrigins: "reject"`: the actions that a refused origin can no longer cause in a
//! server, by forms, by sockets and by requests whose responses it could not read anyway; and the
//! actions that still work.

use corsac_testbed::{
    DEADLINE,
    config::Listener,
    poll,
    upstream::{Answer, Received},
};
use serde_json::json;

use crate::{
    ledger::Ledger,
    session::{Call, Session},
    websocket,
    world::{World, corsac, route},
};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

const REJECT: &str = r#"{ "allowOrigins": ["https://app.example"], "disallowedOrigins": "reject" }"#;
const FORWARD: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// A page of the API itself that hides its origin: its forms send `Origin: null`.
const OWN_PAGE: &str =
    r#"<!doctype html><meta name="referrer" content="no-referrer"><title>The API's own page</title>"#;

/// A world, its browser, and the cases so far.
struct RejectCases {
    world: World,
    browser: Session,
    ledger: Ledger,
}

#[test]
fn a_refused_origin_makes_no_request_and_the_apis_own_pages_do() {
    let api = |name: &str, policy: &str| Listener::new(name).route(route()).filter(corsac(policy));
    let world = World::of([api("reject", REJECT), api("forward", FORWARD)]);
    let browser = world.browser();
    let mut cases = RejectCases { world, browser, ledger: Ledger::default() };
    for scheme in ["https", "http"] {
        cases.forms(scheme);
        cases.web_sockets(scheme);
    }
    cases.requests();
    cases.ledger.close("disallowedOrigins");
}

impl RejectCases {
    fn url(&self, scheme: &str, listener: &str, id: &str) -> String {
        format!("{scheme}://api.example:{}/items?case={id}", self.world.port(listener))
    }

    /// The status in Envoy's access log for that id. The browser learns nothing from Envoy's own
    /// answers.
    fn status(&self, id: &str) -> u64 {
        let path = format!("/items?case={id}");
        let line = || self.world.envoy.access_log().lines().into_iter().find(|line| line.path == path);
        poll(DEADLINE, &format!("the access log has {id}"), line).unwrap().status
    }

    fn forms(&mut self, scheme: &str) {
        let own = Answer::new(200).header("content-type", "text/html").body(OWN_PAGE);
        self.world.upstream.script("own", own);
        let page = |page: &str| page.replace("https", scheme);
        for (listener, refused) in [("reject", 403), ("forward", 200)] {
            // Without TLS a browser sends no Sec-Fetch-Site, so the own page's null looks like
            // another's.
            let of_the_own = if scheme == "https" { 200 } else { refused };
            // Over http, it is not the listed origin.
            let of_the_listed = if scheme == "https" { 200 } else { refused };
            for (name, page, status) in [
                ("own", self.url(scheme, listener, "own"), of_the_own),
                ("listed", page(APP), of_the_listed),
                ("other", page(EVIL), refused),
            ] {
                let id = format!("form-{scheme}-{listener}-{name}");
                self.browser.open(&page);
                let action = self.url(scheme, listener, &id);
                self.browser.run("harness.submit(argument);", json!(action));
                let case = format!("{listener}: a form on {page}");
                self.ledger.check(&case, status, self.status(&id));
                let received = self.world.upstream.received(&id);
                self.ledger.check(format!("{case} reaches the upstream"), usize::from(status == 200), received.len());
                if let (200, "own", Some(request)) = (status, name, received.first()) {
                    let origin = request.headers.joined("origin");
                    self.ledger.check(format!("{case} says null"), Some(b"null".to_vec()), origin);
                }
            }
        }
    }

    fn web_sockets(&mut self, scheme: &str) {
        for (listener, opened) in [("reject", false), ("forward", true)] {
            for (page, opens) in [(APP, true), (EVIL, opened)] {
                let id = format!("socket-{scheme}-{listener}-{}", page == APP);
                self.world.upstream.script_by(&id, switch);
                let url = self.url("wss", listener, &id);
                // Over http, neither origin is the listed one.
                let (page, opens) =
                    if scheme == "https" { (page.to_owned(), opens) } else { (page.replace("https", scheme), opened) };
                self.browser.open(&page);
                let got = self.browser.run("return harness.openSocket(argument);", json!(url));
                let case = format!("{listener}: a WebSocket of {page}");
                self.ledger.check(format!("{case} opens"), opens, got.as_bool().unwrap());
                let received = self.world.upstream.received(&id).len();
                self.ledger.check(format!("{case} reaches the upstream"), usize::from(opens), received);
            }
        }
    }

    fn requests(&mut self) {
        // Method, mode, and whether the request names its origin.
        let kinds =
            [("GET", "cors", true), ("POST", "cors", true), ("GET", "no-cors", false), ("POST", "no-cors", true)];
        for (listener, rejects) in [("reject", true), ("forward", false)] {
            for (page, listed) in [(APP, true), (EVIL, false)] {
                self.browser.open(page);
                for (method, mode, named) in kinds {
                    let id = format!("request-{listener}-{listed}-{method}-{mode}");
                    let call = Call {
                        url: self.url("https", listener, &id),
                        method: Some(method.to_owned()),
                        mode: Some(mode),
                        ..Call::default()
                    };
                    let outcome = self.browser.call(&call);
                    let is_rejected = rejects && !listed && named;
                    let case = format!("{listener}: {method}, {mode}, of {page}");
                    let received = self.world.upstream.received(&id).len();
                    self.ledger.check(format!("{case} reaches the upstream"), usize::from(!is_rejected), received);
                    self.ledger.check(
                        format!("{case}: the status"),
                        if is_rejected { 403 } else { 200 },
                        self.status(&id),
                    );
                    let kind = if mode == "no-cors" {
                        "opaque"
                    } else if listed {
                        "cors"
                    } else {
                        "error"
                    };
                    self.ledger.check(format!("{case} is read"), kind, &outcome.kind);
                }
            }
        }
    }
}

/// The upstream's half of a WebSocket handshake.
fn switch(request: &Received) -> Answer {
    let answer = Answer::new(101).header("connection", "upgrade").header("upgrade", "websocket");
    match request.headers.joined("sec-websocket-key") {
        Some(key) => answer.header("sec-websocket-accept", websocket::accept(&key)),
        None => answer,
    }
}
