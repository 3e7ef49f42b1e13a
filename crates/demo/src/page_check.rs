//! Checks of the page without a browser: it is served, and only its own requests change the policy.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use corsac_testbed::client::{Request, Response, http1};
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::{DEADLINE, Result, poll};
use serde_json::{Value, json};

use crate::site::{HOSTS, PAGE, TOKEN};

const STRANGER: &str = "http://stranger.localhost";

/// Runs the checks and prints each with its result.
pub fn check(address: SocketAddr, token: &str) -> Result<TestCounts> {
    let client = PageClient { address, token };
    let mut counts = TestCounts::default();
    println!("\n# The page at http://{PAGE}:{}/", address.port());
    let page = client.get(PAGE, "/")?;
    let security = text(&page.headers.joined("content-security-policy").unwrap_or_default());
    counts.check(
        "The page is served, under a strict content security policy.",
        page.status == 200 && security.starts_with("default-src 'none'"),
    );
    counts.check("The page holds this run's token.", text(&page.body).contains(token));
    let foreign = Request::new("GET", "/").host(client.authority(PAGE)).header("origin", STRANGER);
    let foreign = client.send(&foreign)?;
    counts.check("No policy opens the page to other origins.", !foreign.headers.has("access-control-allow-origin"));
    for file in files(&text(&page.body)) {
        let served = client.get(PAGE, &file)?;
        counts.check(&format!("{file} is served."), served.status == 200 && !served.body.is_empty());
    }
    for host in HOSTS {
        counts.check(&format!("A frame is served at {host}."), client.get(host, "/frame")?.status == 200);
    }
    counts.check("Other hosts serve no page.", client.get(HOSTS[1], "/")?.status == 404);
    changes(&client, &mut counts)?;
    Ok(counts)
}

/// Who may change the policy, and the effect of a change.
fn changes(client: &PageClient<'_>, counts: &mut TestCounts) -> Result<()> {
    let stranger = format!("{STRANGER}:{}", client.address.port());
    let open = json!({ "allowOrigins": [stranger] }).to_string();
    let refused = |answer: &Response| answer.status == 403;
    counts
        .check("A change without the token is refused.", refused(&client.change(Some(&client.origin()), None, &open)?));
    counts.check(
        "A change with another token is refused.",
        refused(&client.change(Some(&client.origin()), Some("0"), &open)?),
    );
    counts.check(
        "A change from another origin is refused.",
        refused(&client.change(Some(&stranger), Some(client.token), &open)?),
    );
    counts.check("A change without an origin is refused.", refused(&client.change(None, Some(client.token), &open)?));
    counts.check("After these, the stranger still reads nothing.", !client.reads(&stranger)?);

    let applied = client.change(Some(&client.origin()), Some(client.token), &open)?;
    counts.check("The page changes the policy.", applied.status == 200 && body(&applied)["applied"] == true);
    counts.check("The new policy is in force.", client.reads(&stranger)?);
    let bad =
        client.change(Some(&client.origin()), Some(client.token), r#"{ "allowOrigins": ["https://A.example"] }"#)?;
    let diagnostic = &body(&bad)["diagnostics"][0];
    let diagnosed = diagnostic["code"] == "invalid-origin"
        && diagnostic["suggestion"] == r#""https://a.example""#
        && diagnostic["start"] == 19;
    counts.check("A bad policy is refused with its place and a suggestion.", bad.status == 422 && diagnosed);
    counts.check("The policy before it stays in force.", client.reads(&stranger)?);
    let exchanges = Request::new("GET", "/exchanges?from=0").host(client.authority(PAGE)).header(TOKEN, client.token);
    let logged = |line: &Value| line["response"]["access-control-allow-origin"] == stranger.as_str();
    let learns = || {
        let lines = body(&client.send(&exchanges).ok()?);
        lines["lines"].as_array()?.iter().any(logged).then_some(())
    };
    counts.check("The page learns which requests were sent.", poll(DEADLINE, "a line", learns).is_ok());
    let unknown = Request::new("GET", "/exchanges?from=0").host(client.authority(PAGE));
    counts.check("Clients without the token do not.", refused(&client.send(&unknown)?));
    Ok(())
}

/// A client that sends the requests of a browser.
struct PageClient<'a> {
    address: SocketAddr,
    token: &'a str,
}

impl PageClient<'_> {
    fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.address.port())
    }

    fn origin(&self) -> String {
        format!("http://{}", self.authority(PAGE))
    }

    fn get(&self, host: &str, path: &str) -> Result<Response> {
        self.send(&Request::new("GET", path).host(self.authority(host)))
    }

    /// Sends a policy.
    fn change(&self, origin: Option<&str>, token: Option<&str>, policy: &str) -> Result<Response> {
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
    fn reads(&self, origin: &str) -> Result<bool> {
        let answer = self.send(&Request::new("GET", "/orders").host("api.localhost").header("origin", origin))?;
        Ok(answer.headers.joined("access-control-allow-origin").as_deref() == Some(origin.as_bytes()))
    }

    fn send(&self, request: &Request) -> Result<Response> {
        Ok(http1::send(self.address, request).map_err(|error| format!("Envoy does not answer: {error}."))?)
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
