//! What `--once` checks of the page: that it is served, and that policies change as they should and not otherwise.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use corsac_testbed::client::{Request, Response, http1};
use corsac_testbed::{DEADLINE, poll};
use serde_json::{Value, json};

use super::site::{HOSTS, PAGE, TOKEN};
use crate::Outcome;
use crate::tally::Tally;

const STRANGER: &str = "http://stranger.localhost";

/// Checks, each printed with its result.
pub fn page(address: SocketAddr, token: &str) -> Outcome<Tally> {
    let visit = Visit { address, token };
    let mut tally = Tally::default();
    println!("\n# The page at http://{PAGE}:{}/", address.port());
    let page = visit.get(PAGE, "/")?;
    let security = text(&page.headers.joined("content-security-policy").unwrap_or_default());
    tally.check(
        "The page is served, under a strict content security policy.",
        page.status == 200 && security.starts_with("default-src 'none'"),
    );
    tally.check("The page holds this run's token.", text(&page.body).contains(token));
    let foreign = Request::new("GET", "/").host(visit.authority(PAGE)).header("origin", STRANGER);
    let foreign = visit.send(&foreign)?;
    tally.check("No policy opens the page to other origins.", !foreign.headers.has("access-control-allow-origin"));
    for file in files(&text(&page.body)) {
        let served = visit.get(PAGE, &file)?;
        tally.check(&format!("{file} is served."), served.status == 200 && !served.body.is_empty());
    }
    for host in HOSTS {
        tally.check(&format!("A frame is served at {host}."), visit.get(host, "/frame")?.status == 200);
    }
    tally.check("Other hosts serve no page.", visit.get(HOSTS[1], "/")?.status == 404);
    changes(&visit, &mut tally)?;
    Ok(tally)
}

/// Who may change the policy, and what a change does.
fn changes(visit: &Visit<'_>, tally: &mut Tally) -> Outcome<()> {
    let stranger = format!("{STRANGER}:{}", visit.address.port());
    let open = json!({ "allowOrigins": [stranger] }).to_string();
    let refused = |answer: &Response| answer.status == 403;
    tally.check("A change without the token is refused.", refused(&visit.change(Some(&visit.origin()), None, &open)?));
    tally.check(
        "A change with another token is refused.",
        refused(&visit.change(Some(&visit.origin()), Some("0"), &open)?),
    );
    tally.check(
        "A change from another origin is refused.",
        refused(&visit.change(Some(&stranger), Some(visit.token), &open)?),
    );
    tally.check("A change without an origin is refused.", refused(&visit.change(None, Some(visit.token), &open)?));
    tally.check("After these the stranger still reads nothing.", !visit.reads(&stranger)?);

    let applied = visit.change(Some(&visit.origin()), Some(visit.token), &open)?;
    tally.check("The page changes the policy.", applied.status == 200 && body(&applied)["applied"] == true);
    tally.check("The new policy is in force.", visit.reads(&stranger)?);
    let bad = visit.change(Some(&visit.origin()), Some(visit.token), r#"{ "allowOrigins": ["https://A.example"] }"#)?;
    let diagnostic = &body(&bad)["diagnostics"][0];
    let told = diagnostic["code"] == "invalid-origin"
        && diagnostic["suggestion"] == r#""https://a.example""#
        && diagnostic["start"] == 19;
    tally.check("A bad policy is refused with its place and a suggestion.", bad.status == 422 && told);
    tally.check("The one before it stays in force.", visit.reads(&stranger)?);
    let exchanges = Request::new("GET", "/exchanges?from=0").host(visit.authority(PAGE)).header(TOKEN, visit.token);
    let logged = |line: &Value| line["response"]["access-control-allow-origin"] == stranger.as_str();
    let learns = || {
        let lines = body(&visit.send(&exchanges).ok()?);
        lines["lines"].as_array()?.iter().any(logged).then_some(())
    };
    tally.check("The page learns what was exchanged.", poll(DEADLINE, "a line", learns).is_ok());
    let unknown = Request::new("GET", "/exchanges?from=0").host(visit.authority(PAGE));
    tally.check("Nobody else does.", refused(&visit.send(&unknown)?));
    Ok(())
}

/// Requests as a browser would send them.
struct Visit<'a> {
    address: SocketAddr,
    token: &'a str,
}

impl Visit<'_> {
    fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.address.port())
    }

    fn origin(&self) -> String {
        format!("http://{}", self.authority(PAGE))
    }

    fn get(&self, host: &str, path: &str) -> Outcome<Response> {
        self.send(&Request::new("GET", path).host(self.authority(host)))
    }

    /// Hands in a policy.
    fn change(&self, origin: Option<&str>, token: Option<&str>, policy: &str) -> Outcome<Response> {
        let mut request = Request::new("POST", "/policy").host(self.authority(PAGE));
        request = request.header("content-type", "application/json");
        for (name, value) in [("origin", origin), (TOKEN, token)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.body = json!({ "policy": policy }).to_string().into_bytes();
        self.send(&request)
    }

    /// Whether that origin may read the API.
    fn reads(&self, origin: &str) -> Outcome<bool> {
        let answer = self.send(&Request::new("GET", "/orders").host("api.localhost").header("origin", origin))?;
        Ok(answer.headers.joined("access-control-allow-origin").as_deref() == Some(origin.as_bytes()))
    }

    fn send(&self, request: &Request) -> Outcome<Response> {
        http1::send(self.address, request).map_err(|error| format!("Envoy does not answer: {error}."))
    }
}

/// The page's own files, as its `src` and `href` attributes name them.
fn files(html: &str) -> BTreeSet<String> {
    let attributes = ["src=\"/", "href=\"/"];
    let named =
        |attribute: &&str| html.split(*attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>();
    attributes.iter().flat_map(named).map(|name| format!("/{name}")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn body(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found_in_its_text() {
        let html = r#"<link href="/a.css"><script src="/b.js"></script><a href="https://elsewhere.example/">x</a>"#;
        assert_eq!(files(html).into_iter().collect::<Vec<_>>(), ["/a.css", "/b.js"]);
    }
}
