//! The demo's own web server, behind the same Envoy: the page, the frames that ask in other origins' names, and what the
//! page asks of the demo.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use corsac_testbed::server::Server;
use corsac_testbed::upstream::{Answer, Received};
use serde_json::{Value, json};

use super::desk::{Desk, judged};
use super::guard::{Asked, Guard, Refusal};
use super::journal::Journal;
use crate::Outcome;

/// The host of the page.
pub const PAGE: &str = "app.localhost";
/// The hosts whose origins ask; `PAGE` serves the page as well.
pub const HOSTS: [&str; 4] = [PAGE, "shop.partner.localhost", "partner.localhost", "stranger.localhost"];
/// The hosts that are asked.
const ASKED: [&str; 2] = ["api.localhost", "public.localhost"];

/// The header that carries the token of a run.
pub const TOKEN: &str = "x-demo-token";
/// No policy that a person edits is longer; in bytes.
const LONGEST_POLICY: usize = 1 << 20;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const NOTHING: Refusal = (404, "There is nothing here.");

/// A server that listens, and answers from [`Site::open`] on. Dropping it ends it.
pub struct Site {
    server: Server,
    content: Arc<OnceLock<Content>>,
}

/// What the answers are made of.
pub struct Content {
    pub desk: Arc<Desk>,
    pub guard: Guard,
    pub journal: Journal,
    /// Where Envoy listens.
    pub port: u16,
}

impl Site {
    pub fn start() -> Outcome<Self> {
        let content: Arc<OnceLock<Content>> = Arc::default();
        let answers = Arc::clone(&content);
        let server = Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), move |received| match answers.get() {
            Some(content) => content.answer(received),
            None => Answer::new(503),
        });
        let server = server.map_err(|error| format!("the demo's page cannot listen: {error}."))?;
        Ok(Self { server, content })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Serves the content; the first one counts.
    pub fn open(&self, content: Content) {
        let _ = self.content.set(content);
    }
}

impl Content {
    fn answer(&self, request: &Received) -> Answer {
        let host = text(request, "host").unwrap_or_default();
        let target = std::str::from_utf8(&request.target).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        if !HOSTS.iter().any(|known| host == self.authority(known)) {
            return refused((421, "This is no host of the demo."));
        }
        match path {
            "/frame" => document(include_str!("page/frame.html"), &self.frame_policy()),
            "/frame.js" => file(SCRIPT, include_str!("page/frame.js")),
            _ if host == self.authority(PAGE) => self.answer_as_page(path, request),
            _ => refused(NOTHING),
        }
    }

    fn answer_as_page(&self, path: &str, request: &Received) -> Answer {
        match path {
            "/" => document(&self.page(), &self.page_policy()),
            "/page.css" => file("text/css; charset=utf-8", include_str!("page/page.css")),
            "/page.js" => file(SCRIPT, include_str!("page/page.js")),
            "/matrix.js" => file(SCRIPT, include_str!("page/matrix.js")),
            "/reason.js" => file(SCRIPT, include_str!("page/reason.js")),
            "/details.js" => file(SCRIPT, include_str!("page/details.js")),
            "/editor.js" => file(SCRIPT, include_str!("page/editor.js")),
            "/icon.svg" => file("image/svg+xml", include_str!("page/icon.svg")),
            "/exchanges" => self.exchanges(request),
            "/policy" => self.policy(request),
            _ => refused(NOTHING),
        }
    }

    fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }

    fn origins(&self, hosts: &[&str]) -> String {
        hosts.iter().map(|host| format!("http://{}", self.authority(host))).collect::<Vec<_>>().join(" ")
    }

    /// The page, with what it must know written into it as data.
    fn page(&self) -> String {
        let in_force = self.desk.in_force();
        let facts = json!({
            "token": self.guard.token(),
            "port": self.port,
            "policy": in_force.policy,
            "shipped": self.desk.shipped(),
            "version": in_force.version,
            "diagnostics": judged(&in_force.policy).1,
            "next": self.journal.next(),
        });
        // `<` would end the script element that holds the data.
        let facts = facts.to_string().replace('<', "\\u003c");
        include_str!("page/index.html").replace("{facts}", &facts)
    }

    /// Own files only, frames of the demo's origins, and nobody may frame the page.
    fn page_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src {}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            self.origins(&HOSTS)
        )
    }

    /// A frame runs one script and asks the two APIs.
    fn frame_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src {}; connect-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {}; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            self.origins(&HOSTS),
            self.origins(&ASKED),
            self.guard.origin()
        )
    }

    /// What Envoy has logged since the page last asked.
    fn exchanges(&self, request: &Received) -> Answer {
        if let Err(refusal) = self.guard.admit(asked(request)) {
            return refused(refusal);
        }
        let number =
            request.target.strip_prefix(b"/exchanges?from=").and_then(|number| std::str::from_utf8(number).ok());
        let (next, lines) = self.journal.wait_from(number.and_then(|number| number.parse().ok()).unwrap_or(0));
        let lines: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        data(200, &json!({ "next": next, "lines": lines }))
    }

    /// Applies a policy; 422 and what is wrong with it where it is not in force now.
    fn policy(&self, request: &Received) -> Answer {
        if let Err(refusal) = self.guard.admit_change(asked(request)) {
            return refused(refusal);
        }
        if request.body.len() > LONGEST_POLICY {
            return refused((413, "A policy of more than a megabyte is not for this page."));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some(policy) = body["policy"].as_str() else {
            return refused((400, "The body is { \"policy\": \"…\" }."));
        };
        let verdict = self.desk.apply(policy);
        data(if verdict["applied"] == true { 200 } else { 422 }, &verdict)
    }
}

/// What every answer carries.
fn answer(status: u16, kind: &str, body: &str) -> Answer {
    Answer::new(status)
        .header("content-type", kind)
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "same-origin")
        .body(body)
}

fn document(html: &str, security: &str) -> Answer {
    answer(200, "text/html; charset=utf-8", html).header("content-security-policy", security)
}

fn file(kind: &str, text: &str) -> Answer {
    answer(200, kind, text)
}

fn data(status: u16, value: &Value) -> Answer {
    answer(status, "application/json", &value.to_string())
}

fn refused((status, sentence): Refusal) -> Answer {
    data(status, &json!({ "sentence": sentence }))
}

fn asked(request: &Received) -> Asked<'_> {
    Asked {
        method: std::str::from_utf8(&request.method).unwrap_or_default(),
        origin: text(request, "origin"),
        token: text(request, TOKEN),
        content_type: text(request, "content-type"),
    }
}

/// The value of a header that came once.
fn text<'r>(request: &'r Received, name: &str) -> Option<&'r str> {
    let mut lines = request.headers.lines(name);
    let value = lines.next().and_then(|value| std::str::from_utf8(value).ok());
    if lines.next().is_some() { None } else { value }
}
