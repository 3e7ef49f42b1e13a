//! The parts of a readable response that a page gets: headers, errors, redirects, cookies, a
//! streamed body, timing.

use corsac_testbed::{
    config::{Listener, Surroundings},
    upstream::Answer,
};
use serde_json::json;

use crate::{
    ledger::Ledger,
    session::{Call, ScriptResult, Session},
    world::{World, corsac, route},
};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

/// The policy of nearly all listeners here.
const POLICY: &str = r#"{
    "allowOrigins": ["https://app.example"], "allowMethods": ["PUT"], "allowHeaders": ["x-a"],
    "exposeHeaders": ["x-total", "ETag"], "allowCredentials": true, "timingAllowOrigin": true }"#;
const PUBLIC: &str = r#"{ "allowOrigins": ["*"], "allowMethods": ["*"], "exposeHeaders": ["*"] }"#;
const SANDBOXED: &str = r#"{ "allowOrigins": ["null"], "allowMethods": ["PUT"], "acceptRisks": ["null-origin"] }"#;

/// The answers in place of Corsac's, and who sends them.
const ERRORS: [(&str, Surroundings, u16); 8] = [
    ("a 401 of a filter after Corsac", Surroundings::LuaAfter, 401),
    ("a 403 of RBAC after Corsac", Surroundings::Rbac, 403),
    ("a 429 of a rate limit after Corsac", Surroundings::LocalRateLimit, 429),
    ("a 404 without a route", Surroundings::NoRoute, 404),
    ("a 503 without an upstream", Surroundings::NoUpstream, 503),
    ("a direct response of 410", Surroundings::DirectResponse, 410),
    ("a 500 of the upstream", Surroundings::Plain, 500),
    ("a 404 of the upstream", Surroundings::Plain, 404),
];

/// A world, its browser, and the cases so far.
struct ReadingCases {
    world: World,
    browser: Session,
    ledger: Ledger,
}

#[test]
fn a_page_reads_headers_errors_redirects_streams_and_timings_as_the_policy_says() {
    let api = |name: &str, policy: &str| Listener::new(name).route(route()).filter(corsac(policy));
    let errors = ERRORS.iter().enumerate().map(|(number, (_, surroundings, status))| {
        surroundings.listener(format!("error-{number}"), corsac(POLICY), &Answer::new(*status).body("why"), route())
    });
    let ahead = Surroundings::LuaBefore.listener("ahead", corsac(POLICY), &Answer::new(401), route());
    let redirect = Surroundings::Redirect.listener("redirect", corsac(POLICY), &Answer::new(302), route());
    let apis = [api("api", POLICY), api("public", PUBLIC), api("sandboxed", SANDBOXED), ahead, redirect];
    let world = World::of(apis.into_iter().chain(errors));
    let browser = world.browser();
    let mut cases = ReadingCases { world, browser, ledger: Ledger::default() };
    cases.headers();
    cases.errors();
    cases.redirects();
    cases.cookies();
    cases.sandboxes();
    cases.streams();
    cases.timings();
    cases.ledger.close("headers, errors, redirects, cookies, frames, streams, timings");
}

impl ReadingCases {
    fn url(&self, listener: &str, id: &str) -> String {
        format!("https://api.example:{}/items?case={id}", self.world.port(listener))
    }

    fn get(&self, listener: &str, id: &str) -> Call {
        Call { url: self.url(listener, id), cache: Some("no-store"), ..Call::default() }
    }

    /// Makes the call by `fetch` and by `XMLHttpRequest`.
    fn by_both(&self, call: &Call) -> [(&'static str, ScriptResult); 2] {
        [("fetch", false), ("XMLHttpRequest", true)]
            .map(|(way, xhr)| (way, self.browser.call(&Call { xhr, ..call.clone() })))
    }

    fn headers(&mut self) {
        let answer = Answer::new(200)
            .header("x-total", "7")
            .header("x-secret", "s")
            .header("etag", "\"e\"")
            .header("content-type", "text/plain")
            .header("cache-control", "no-store")
            .header("set-cookie", "hidden=1");
        self.world.upstream.script("headers", answer);
        self.browser.open(APP);
        let named: [(&str, Option<&str>); 6] = [
            ("x-total", Some("7")),
            ("etag", Some("\"e\"")),
            ("content-type", Some("text/plain")),
            ("cache-control", Some("no-store")),
            ("x-secret", None),
            ("set-cookie", None),
        ];
        for (listener, every) in [("api", false), ("public", true)] {
            for (way, outcome) in self.by_both(&self.get(listener, "headers")) {
                for (name, value) in named {
                    let expected = if every && name == "x-secret" { Some("s") } else { value };
                    let case = format!("{listener}, {way}: the header {name}");
                    self.ledger.check(case, expected, outcome.header(name));
                }
            }
        }
    }

    fn errors(&mut self) {
        for page in [APP, EVIL] {
            self.browser.open(page);
            for (number, (name, surroundings, status)) in ERRORS.iter().enumerate() {
                let id = format!("error-{number}");
                self.world.upstream.script(&id, Answer::new(*status).body("why"));
                let call = Call { credentials: Some("include"), ..self.get(&id, &id) };
                for (way, outcome) in self.by_both(&call) {
                    let expected = if page == APP { *status } else { 0 };
                    self.ledger.check(format!("{page}, {way}: {name}"), expected, outcome.status);
                    if page == APP
                        && matches!(
                            surroundings,
                            Surroundings::Plain | Surroundings::LuaAfter | Surroundings::DirectResponse
                        )
                    {
                        self.ledger.check(format!("{page}, {way}: the body of {name}"), "why", &outcome.body);
                    }
                }
            }
        }
        self.browser.open(APP);
        let outcome = self.browser.call(&self.get("ahead", "ahead"));
        self.ledger.check("a 401 of a filter ahead of Corsac is not readable", "error", &outcome.kind);
    }

    fn redirects(&mut self) {
        let to = |url: &str, status| Answer::new(status).header("location", url);
        let put = |call: Call| Call { method: Some("PUT".to_owned()), ..call };
        let (end, public, sandboxed) =
            (self.url("api", "end"), self.url("public", "end"), self.url("sandboxed", "end"));
        self.world.upstream.script("here", to("/items?case=end", 302));
        self.world.upstream.script("kept", to(&end, 307));
        self.world.upstream.script("to-public", to(&public, 307));
        self.world.upstream.script("to-sandboxed", to(&sandboxed, 307));
        self.world.upstream.script("to-other", to(&format!("{end}&from=elsewhere"), 307));
        self.browser.open(APP);
        // A cross-origin redirect of a cross-origin request makes the origin `null` (Fetch,
        // HTTP-redirect fetch).
        let cases = [
            ("a redirect within the API", self.get("api", "here"), true),
            ("a redirect of a preflighted request", put(self.get("api", "kept")), true),
            ("a redirect to an API for everybody", self.get("api", "to-public"), true),
            ("a preflighted one to an API for everybody", put(self.get("api", "to-public")), true),
            ("a redirect to an API for sandboxed frames", self.get("api", "to-sandboxed"), true),
            ("a preflighted one to an API for sandboxed frames", put(self.get("api", "to-sandboxed")), true),
            ("a redirect from another API to one that lists the page", self.get("public", "to-other"), false),
            ("a preflighted one", put(self.get("public", "to-other")), false),
        ];
        for (name, call, allowed) in cases {
            for (way, outcome) in self.by_both(&call) {
                let end = (outcome.status, outcome.url.contains("case=end"));
                self.ledger.check(format!("{way}: {name}"), if allowed { (200, true) } else { (0, false) }, end);
            }
        }
        for (page, kind) in [(APP, "opaqueredirect"), (EVIL, "error")] {
            self.browser.open(page);
            let call = Call { redirect: Some("manual"), ..self.get("redirect", "route") };
            let outcome = self.browser.call(&call);
            self.ledger.check(format!("{page}: a redirect of the route itself"), kind, &outcome.kind);
        }
    }

    fn cookies(&mut self) {
        let cookie = "session=1; SameSite=None; Secure";
        self.world.upstream.script("login", Answer::new(200).header("set-cookie", cookie));
        // Pages, credentials modes, and whether the cookie is sent and the response is read.
        let cases = [
            (APP, "include", true, true),
            (APP, "omit", false, true),
            (APP, "same-origin", false, true),
            (EVIL, "include", true, false),
            (EVIL, "omit", false, false),
        ];
        self.browser.open(APP);
        let login = self.browser.call(&Call { credentials: Some("include"), ..self.get("api", "login") });
        self.ledger.check("a login sets its cookie", 200, login.status);
        for (number, (page, credentials, sent, read)) in cases.into_iter().enumerate() {
            self.browser.open(page);
            for method in ["GET", "PUT"] {
                let id = format!("cookie-{number}-{method}");
                let call =
                    Call { credentials: Some(credentials), method: Some(method.to_owned()), ..self.get("api", &id) };
                let outcome = self.browser.call(&call);
                // After a failed preflight, the request and its cookie are not sent.
                let sent = (method == "GET" || read).then_some(sent);
                let received = self.world.upstream.received(&id);
                let got = received.first().map(|request| request.headers.has("cookie"));
                let name = format!("{page}: {method}, {credentials}");
                self.ledger.check(format!("{name}: the cookie is sent"), sent, got);
                self.ledger.check(format!("{name}: the answer is read"), read, outcome.kind == "cors");
            }
        }
        self.browser.open(APP);
        let outcome = self.browser.call(&Call { credentials: Some("include"), ..self.get("public", "cookie-public") });
        self.ledger.check("`*` is not for credentials", "error", &outcome.kind);
    }

    fn sandboxes(&mut self) {
        for (listener, allowed) in [("sandboxed", true), ("public", true), ("api", false)] {
            for method in ["GET", "PUT"] {
                let call = Call { method: Some(method.to_owned()), ..self.get(listener, "sandbox") };
                let outcome = self.browser.call_from("null", &[call]).remove(0);
                let name = format!("a sandboxed frame: {method} to {listener}");
                self.ledger.check(name, allowed, outcome.kind == "cors");
            }
        }
        self.browser.open(APP);
        let outcome = self.browser.call(&self.get("sandboxed", "sandbox"));
        self.ledger.check("an API for sandboxed frames is not for pages", "error", &outcome.kind);
    }

    /// The upstream announces more than it sends. The page can read the first part while it waits
    /// for the rest.
    fn streams(&mut self) {
        for (page, expected) in [(APP, "first"), (EVIL, "blocked")] {
            for method in ["GET", "PUT"] {
                let unfinished = Answer::new(200).header("content-length", "1000").body("first");
                self.world.upstream.script("stream", unfinished);
                self.browser.open(page);
                let call = Call { method: Some(method.to_owned()), ..self.get("api", "stream") };
                let got = self.browser.run("return harness.firstChunk(argument);", json!(call));
                self.ledger.check(
                    format!("{page}: {method}: the first bytes of a stream"),
                    expected,
                    got.as_str().unwrap(),
                );
            }
        }
    }

    /// Resource Timing: without `Timing-Allow-Origin`, a cross-origin resource reveals only its
    /// start and its end.
    fn timings(&mut self) {
        for (page, listener, told) in [(APP, "api", true), (EVIL, "api", false), (APP, "public", false)] {
            for mode in ["cors", "no-cors"] {
                // A no-cors request carries no Origin, so the answer lists the exact origins.
                self.browser.open(page);
                let url = self.url(listener, &format!("timing-{mode}"));
                let call = Call { url, mode: Some(mode), ..Call::default() };
                let got = self.browser.run("return harness.timing(argument);", json!(call));
                let name = format!("{page} -> {listener}, {mode}: the timing is told");
                self.ledger.check(name, told, got.as_bool().unwrap());
            }
        }
    }
}

impl ScriptResult {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.headers.iter().find(|(line, _)| line.eq_ignore_ascii_case(name));
        line.map(|(_, value)| value.as_str())
    }
}
