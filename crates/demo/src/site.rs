//! The web server of the demo, behind the same Envoy: the page, the frames that send requests from
//! other origins, and the page's own API.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use corsac_testbed::Result;
use corsac_testbed::server::Server;
use corsac_testbed::static_files;
use corsac_testbed::upstream::{Answer, Received};
use serde_json::{Value, json};

use crate::guard::{Guard, PageRequest, Rejection};
use crate::live_policy::{LivePolicy, diagnose};
use crate::numbered_log::NumberedLog;

/// The host of the page.
pub const PAGE: &str = "app.localhost";
/// The hosts whose origins send requests. `PAGE` also serves the page.
pub const HOSTS: [&str; 4] = [PAGE, "shop.partner.localhost", "partner.localhost", "stranger.localhost"];
/// The hosts that receive the requests.
const APIS: [&str; 2] = ["api.localhost", "public.localhost"];

/// The header with the token of a run.
pub const TOKEN: &str = "x-demo-token";
/// The longest policy that the page accepts, in bytes.
const LONGEST_POLICY: usize = 1 << 20;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const NOT_FOUND: Rejection = (404, "There is nothing here.");

/// A server that listens, and answers after [`Site::open`]. Dropping it stops it.
pub struct Site {
    server: Server,
    content: Arc<OnceLock<SiteContent>>,
}

/// The data that the answers need.
pub struct SiteContent {
    pub policy: Arc<LivePolicy>,
    pub guard: Guard,
    pub exchanges: NumberedLog,
    /// Where Envoy listens.
    pub port: u16,
}

impl Site {
    pub fn start() -> Result<Self> {
        let content: Arc<OnceLock<SiteContent>> = Arc::default();
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

    /// Begins to serve the content. Later calls do nothing.
    pub fn open(&self, content: SiteContent) {
        let _ = self.content.set(content);
    }
}

impl SiteContent {
    fn answer(&self, request: &Received) -> Answer {
        let host = text(request, "host").unwrap_or_default();
        let target = std::str::from_utf8(&request.target).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        if !HOSTS.iter().any(|known| host == self.authority(known)) {
            return rejected((421, "This is not a host of the demo."));
        }
        match path {
            "/frame" => document(include_str!("page/frame.html"), &self.frame_policy()),
            "/frame.js" => file(SCRIPT, include_str!("page/frame.js")),
            _ if host == self.authority(PAGE) => self.answer_as_page(path, request),
            _ => rejected(NOT_FOUND),
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
            "/playground.js" => file(SCRIPT, include_str!("page/playground.js")),
            "/state.js" => file(SCRIPT, include_str!("../../playground/page/src/state.js")),
            "/icon.svg" => file("image/svg+xml", include_str!("page/icon.svg")),
            "/exchanges" => self.exchanges(request),
            "/policy" => self.change_policy(request),
            _ if path.starts_with("/playground/") => static_files::serve(&playground(), request),
            _ => rejected(NOT_FOUND),
        }
    }

    fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }

    fn origins(&self, hosts: &[&str]) -> String {
        hosts.iter().map(|host| format!("http://{}", self.authority(host))).collect::<Vec<_>>().join(" ")
    }

    /// The page, with its data.
    fn page(&self) -> String {
        let in_force = self.policy.in_force();
        let facts = json!({
            "token": self.guard.token(),
            "port": self.port,
            "policy": in_force.policy,
            "shipped": self.policy.shipped(),
            "version": in_force.number,
            "diagnostics": diagnose(&in_force.policy).1,
            "next": self.exchanges.next(),
            "playground": playground().join("index.html").is_file(),
        });
        // A `<` could end the script element that holds the data.
        let facts = facts.to_string().replace('<', "\\u003c");
        include_str!("page/index.html").replace("{facts}", &facts)
    }

    /// Only files of the page's origin, only frames of the demo's origins, and no site may frame
    /// the page.
    fn page_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src {}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            self.origins(&HOSTS)
        )
    }

    /// A frame runs one script and sends requests to the two APIs.
    fn frame_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src {}; connect-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {}; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            self.origins(&HOSTS),
            self.origins(&APIS),
            self.guard.origin()
        )
    }

    /// The lines of the access log since the page's last request.
    fn exchanges(&self, request: &Received) -> Answer {
        if let Err(rejection) = self.guard.admit(page_request(request)) {
            return rejected(rejection);
        }
        let number =
            request.target.strip_prefix(b"/exchanges?from=").and_then(|number| std::str::from_utf8(number).ok());
        let (next, lines) = self.exchanges.wait_from(number.and_then(|number| number.parse().ok()).unwrap_or(0));
        let lines: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        data(200, &json!({ "next": next, "lines": lines }))
    }

    /// Applies a policy. Answers 422 and the diagnostics if the policy is not in force.
    fn change_policy(&self, request: &Received) -> Answer {
        if let Err(rejection) = self.guard.admit_change(page_request(request)) {
            return rejected(rejection);
        }
        if request.body.len() > LONGEST_POLICY {
            return rejected((413, "This page accepts no policy of more than a megabyte."));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some(policy) = body["policy"].as_str() else {
            return rejected((400, "The body is { \"policy\": \"…\" }."));
        };
        let result = self.policy.apply(policy);
        data(if result["applied"] == true { 200 } else { 422 }, &result)
    }
}

/// The folder of the playground, if `cargo xtask playground` has built it.
pub fn playground() -> PathBuf {
    corsac_testbed::target().join("playground")
}

/// An answer with the headers that every answer has.
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

fn rejected((status, sentence): Rejection) -> Answer {
    data(status, &json!({ "sentence": sentence }))
}

fn page_request(request: &Received) -> PageRequest<'_> {
    PageRequest {
        method: std::str::from_utf8(&request.method).unwrap_or_default(),
        origin: text(request, "origin"),
        token: text(request, TOKEN),
        content_type: text(request, "content-type"),
    }
}

/// The value of a header that came exactly once.
fn text<'r>(request: &'r Received, name: &str) -> Option<&'r str> {
    let mut lines = request.headers.lines(name);
    let value = lines.next().and_then(|value| std::str::from_utf8(value).ok());
    if lines.next().is_some() { None } else { value }
}
