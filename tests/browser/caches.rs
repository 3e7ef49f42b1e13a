//! The caches of a browser: the preflight cache, and the HTTP cache, where a response outlives the
//! request that caused it. Each attack on the HTTP cache succeeds against a chain without one of
//! Corsac's edits. So its failure against Corsac means something.
//!
//! Chromium partitions its cache by site, so pages and attackers are origins of one site here, like
//! `https://www.shop.example` and a forum at `https://forum.shop.example`.

use corsac_testbed::{
    config::{Listener, Route},
    upstream::{Answer, Received},
};
use serde_json::json;

use crate::{
    ledger::Ledger,
    session::{Call, ScriptResult, Session},
    world::{World, corsac, route},
};

/// The policies here list both.
const WWW: &str = "https://www.shop.example";
const PAY: &str = "https://pay.shop.example";
/// No policy lists it.
const FORUM: &str = "https://forum.shop.example";

const POLICY: &str = r#"{ "allowOrigins": ["https://www.shop.example", "https://pay.shop.example"],
    "allowMethods": ["PUT", "DELETE"], "allowHeaders": ["x-a", "x-b"], "maxAge": 600 }"#;
const FORGETFUL: &str = r#"{ "allowOrigins": ["https://www.shop.example"], "allowMethods": ["PUT"], "maxAge": 0 }"#;
const PUBLIC: &str = r#"{ "allowOrigins": ["*"] }"#;

/// A world, its browser, and the cases so far.
struct CacheCases {
    world: World,
    browser: Session,
    ledger: Ledger,
}

#[test]
fn only_allowed_origins_read_what_a_browser_stores() {
    let api = |name: &str| Listener::new(name).route(route());
    let native = json!({
        "allow_origin_string_match": [{ "exact": WWW }, { "exact": PAY }], "allow_methods": "PUT, DELETE",
    });
    let world = World::of([
        api("corsac").filter(corsac(POLICY)),
        api("forgetful").filter(corsac(FORGETFUL)),
        api("public").filter(corsac(PUBLIC)),
        api("native").native_cors(native),
        api("bare"),
        Listener::new("star").route(star()),
    ]);
    let browser = world.browser();
    let mut cases = CacheCases { world, browser, ledger: Ledger::default() };
    cases.preflights_are_sent_once();
    cases.one_answer_serves_two_origins("corsac", true);
    cases.one_answer_serves_two_origins("native", false);
    cases.a_stored_star_is_revived("bare", true);
    cases.a_stored_star_is_revived("native", true);
    cases.a_stored_star_is_revived("corsac", false);
    cases.a_stored_true_is_revived("bare", true);
    cases.a_stored_true_is_revived("native", true);
    cases.a_stored_true_is_revived("corsac", false);
    cases.a_personal_body_is_read("star", true);
    cases.a_personal_body_is_read("public", false);
    cases.the_stored_answer_is_still_used();
    cases.ledger.close("the caches");
}

/// A route that sends `*` with everything, as configurations without a CORS filter do.
fn star() -> Route {
    let mut route = route();
    let star = json!([{ "header": { "key": "access-control-allow-origin", "value": "*" } }]);
    route.fields.push(("response_headers_to_add", star));
    route
}

impl CacheCases {
    fn call(&self, listener: &str, id: &str) -> Call {
        Call {
            url: format!("https://api.shop.example:{}/items?case={id}", self.world.port(listener)),
            ..Call::default()
        }
    }

    /// Makes a call from a page of that origin, and keeps the HTTP cache.
    fn from(&self, page: &str, call: &Call) -> ScriptResult {
        self.browser.open(page);
        self.browser.call(call)
    }

    /// Stores a response that the page need not be able to read, as an image or a script does.
    fn store(&self, page: &str, call: &Call) {
        let stored = self.from(page, &Call { mode: Some("no-cors"), ..call.clone() });
        assert_eq!(stored.kind, "opaque");
    }

    /// The methods that the spy received with that id, and the number of preflights that Envoy
    /// answered.
    fn traffic(&self, id: &str) -> (Vec<String>, usize) {
        let received = self.world.upstream.received(id);
        let methods: Vec<String> =
            received.iter().map(|request| String::from_utf8_lossy(&request.method).into_owned()).collect();
        let path = format!("/items?case={id}");
        let lines =
            || self.world.envoy.access_log().lines().into_iter().filter(|line| line.path == path).collect::<Vec<_>>();
        // Envoy writes the log after the response. Once it holds every request that the spy
        // received, it holds all earlier ones too.
        let is_complete = || lines().iter().filter(|line| line.method != "OPTIONS").count() >= methods.len();
        corsac_testbed::poll(corsac_testbed::DEADLINE, "the access log is complete", || is_complete().then_some(()))
            .unwrap();
        (methods, lines().iter().filter(|line| line.details == "corsac_preflight_allowed").count())
    }

    fn preflights_are_sent_once(&mut self) {
        // Each case: an API, two successive requests of pages, and the number of preflights for
        // them.
        let put = (WWW, "PUT", "");
        self.preflights("max-age 600: the second request sends none", "corsac", [put, put], 1);
        self.preflights("max-age 600: one serves every listed method", "corsac", [put, (WWW, "DELETE", "")], 1);
        self.preflights("max-age 600: and header", "corsac", [(WWW, "PUT", "x-a"), (WWW, "DELETE", "x-b")], 1);
        self.preflights("max-age 600: another origin asks for itself", "corsac", [put, (PAY, "PUT", "")], 2);
        self.preflights("max-age 0: every request sends one", "forgetful", [put, put], 2);
    }

    fn preflights(&mut self, name: &str, listener: &str, requests: [(&str, &str, &str); 2], preflights: usize) {
        let id = format!("preflight-{}", name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
        for (page, method, header) in requests {
            let headers = if header.is_empty() { Vec::new() } else { vec![(header.to_owned(), "1".to_owned())] };
            let call = Call { method: Some(method.to_owned()), headers, ..self.call(listener, &id) };
            let outcome = self.from(page, &call);
            self.ledger.check(format!("{name}: {method} is read"), 200, outcome.status);
        }
        let (methods, got) = self.traffic(&id);
        let expected = requests.map(|(_, method, _)| method.to_owned()).to_vec();
        self.ledger.check(format!("{name}: the upstream gets the requests and nothing else"), expected, methods);
        self.ledger.check(name, preflights, got);
    }

    /// Two listed origins, and one cacheable URL. Without `Vary: origin`, the second origin gets
    /// the stored response for the first, which names the first.
    fn one_answer_serves_two_origins(&mut self, listener: &str, both: bool) {
        let id = format!("two-{listener}");
        self.world.upstream.script(&id, Answer::new(200).header("cache-control", "max-age=600"));
        let call = self.call(listener, &id);
        let [first, second, again] = [WWW, PAY, WWW].map(|page| self.from(page, &call).status);
        self.ledger.check(format!("{listener}: the first origin reads"), 200, first);
        self.ledger.check(format!("{listener}: the second origin reads"), if both { 200 } else { 0 }, second);
        self.ledger.check(format!("{listener}: the first origin reads again"), 200, again);
    }

    /// An upstream that sends `*` to requests without `Origin`, and nothing to the others. A CORS
    /// filter that only edits responses to CORS requests has this effect. The forum's page stores
    /// the former, then asks for itself. The cache does not match, validates with `If-None-Match`,
    /// and merges the 304 into the stored response, with its `*`.
    fn a_stored_star_is_revived(&mut self, listener: &str, read: bool) {
        let id = format!("star-{listener}");
        self.world.upstream.script_by(&id, |request| validated(request, "access-control-allow-origin", "*"));
        let call = self.call(listener, &id);
        self.store(FORUM, &call);
        let outcome = self.from(FORUM, &call);
        self.assert_that_it_was_validated(&id);
        let name = format!("{listener}: a stored `*` is revived by a 304 without it");
        self.ledger.check(name, read, outcome.kind == "cors");
    }

    /// The same with credentials: the page may read, but not with cookies, and the stored response
    /// says `true`.
    fn a_stored_true_is_revived(&mut self, listener: &str, read: bool) {
        let id = format!("true-{listener}");
        self.world.upstream.script_by(&id, |request| {
            let answer = validated(request, "access-control-allow-credentials", "true");
            // The filter's addition to a response to a request with `Origin`.
            if request.headers.has("origin") { answer.header("access-control-allow-origin", WWW) } else { answer }
        });
        let call = Call { credentials: Some("include"), ..self.call(listener, &id) };
        self.store(WWW, &call);
        let outcome = self.from(WWW, &call);
        self.assert_that_it_was_validated(&id);
        let name = format!("{listener}: a stored `true` is revived by a 304 without it");
        self.ledger.check(name, read, outcome.kind == "cors");
    }

    /// A page of another origin stores a response body made for somebody's cookie. It then reads
    /// the body without credentials, as `*` allows.
    fn a_personal_body_is_read(&mut self, listener: &str, read: bool) {
        let id = format!("personal-{listener}");
        let cookie = "session=alice; SameSite=None; Secure";
        self.world.upstream.script("login", Answer::new(200).header("set-cookie", cookie));
        self.world.upstream.script_by(&id, |request| {
            let body = if request.headers.has("cookie") { "for alice" } else { "for everybody" };
            Answer::new(200).header("cache-control", "max-age=600").body(body)
        });
        self.store(WWW, &Call { credentials: Some("include"), ..self.call(listener, "login") });
        self.store(FORUM, &Call { credentials: Some("include"), ..self.call(listener, &id) });
        let stored = self.world.upstream.received(&id);
        assert!(stored.iter().all(|request| request.headers.has("cookie")), "the cookie is not sent");
        let outcome = self.from(FORUM, &Call { credentials: Some("omit"), ..self.call(listener, &id) });
        let name = format!("{listener}: a body made for a cookie is read under `*`");
        self.ledger.check(name, if read { "for alice" } else { "for everybody" }, &outcome.body);
    }

    /// The edits do not disable the cache.
    fn the_stored_answer_is_still_used(&mut self) {
        for (listener, page) in [("corsac", WWW), ("public", FORUM)] {
            let id = format!("stored-{listener}");
            self.world.upstream.script(&id, Answer::new(200).header("cache-control", "max-age=600"));
            for time in ["first", "second"] {
                let outcome = self.from(page, &self.call(listener, &id));
                self.ledger.check(format!("{listener}: the {time} time it is read"), 200, outcome.status);
            }
            let requests = self.world.upstream.received(&id).len();
            self.ledger.check(format!("{listener}: the second time from the cache"), 1, requests);
        }
    }

    /// Without a validation the case would show nothing.
    fn assert_that_it_was_validated(&self, id: &str) {
        let received = self.world.upstream.received(id);
        assert!(received.iter().any(|request| request.headers.has("if-none-match")), "{id}: {received:?}");
    }
}

/// A 200 with that header to a request without `Origin`; a 304 without it to a request with the
/// stored response.
fn validated(request: &Received, name: &str, value: &str) -> Answer {
    let status = if request.headers.has("if-none-match") { 304 } else { 200 };
    let answer =
        Answer::new(status).header("cache-control", "max-age=600").header("etag", "\"1\"").header("vary", "origin");
    if request.headers.has("origin") { answer } else { answer.header(name, value) }
}
