//! Each rule against servers that are functions: right ones give no finding, and each defect gives
//! exactly its own.

mod answers;
mod arbitrary;
mod caching;
mod origins;
mod policy;
mod values;

use corsac_fetch::Response;
use corsac_probe::{Ask, Finding, Intent, Observations, Plan, Use, Verb, findings};
use url::Url;

/// The origin that is meant to be allowed.
const APP: &str = "https://app.shop.example";
const ORIGIN: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

/// Lines of an answer.
type Lines = Vec<(String, Vec<u8>)>;

fn line(name: &str, value: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_ref().to_vec())
}

fn response(status: u16, lines: Lines) -> Response {
    Response::new(status, lines)
}

fn origin(ask: &Ask) -> String {
    ask.origin().unwrap_or_default()
}

/// Everything that is found at a server.
fn probed(plan: &Plan, server: impl Fn(&Ask) -> Response) -> Vec<Finding> {
    findings(plan, &observed(plan, |ask| Ok(server(ask))))
}

/// Every request of a plan, with its answer.
fn observed(plan: &Plan, mut server: impl FnMut(&Ask) -> Result<Response, String>) -> Observations {
    let mut seen = Observations::default();
    loop {
        let before = seen.len();
        for ask in plan.asks(&seen) {
            if !seen.has(&ask) {
                let answer = server(&ask);
                seen.record(ask, answer);
            }
        }
        assert!(seen.len() < 1000, "the plan has an end, whatever is answered");
        if seen.len() == before {
            return seen;
        }
    }
}

fn url() -> Url {
    Url::parse("https://api.shop.example/items").unwrap()
}

fn plan(origins: &[&str]) -> Plan {
    let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
    Plan::new(url(), &origins, None, "word")
}

fn plan_with_policy(policy: &str) -> Plan {
    Plan::new(url(), &[], Some(Intent::new(policy.as_bytes()).unwrap()), "word")
}

fn plan_with_use(method: &str, headers: &[&str]) -> Plan {
    let headers = headers.iter().map(ToString::to_string).collect();
    Plan { uses: vec![Use { method: method.to_owned(), headers }], ..plan(&[APP]) }
}

/// The codes of what is found, with an exclamation mark for an error.
fn codes(findings: &[Finding]) -> Vec<String> {
    let mark = |finding: &Finding| if finding.severity == corsac_probe::Severity::Error { "!" } else { "" };
    findings.iter().map(|finding| format!("{}{}", finding.code, mark(finding))).collect()
}

fn codes_at(server: impl Fn(&Ask) -> Response) -> Vec<String> {
    codes(&probed(&plan(&[APP]), server))
}

/// A right server that allows by a function: with credentials, with `Vary`, on every status.
fn allowing(is_allowed: impl Fn(&str) -> bool) -> impl Fn(&Ask) -> Response {
    move |ask| {
        let mut lines = vec![line("vary", "Origin"), line("etag", "\"1\"")];
        let origin = origin(ask);
        if !origin.is_empty() && is_allowed(&origin) {
            lines.extend([line(ORIGIN, &origin), line(CREDENTIALS, "true")]);
            if ask.is_preflight() {
                lines.push(line("access-control-allow-methods", "GET, PUT, DELETE"));
                lines.push(line("access-control-allow-headers", "authorization, content-type, x-corsac-probe"));
                lines.push(line("access-control-max-age", "600"));
            }
        }
        response(status(ask), lines)
    }
}

fn right() -> impl Fn(&Ask) -> Response {
    allowing(|origin| origin == APP)
}

/// The status of an honest server.
fn status(ask: &Ask) -> u16 {
    let has = |name: &str, value: &[u8]| ask.value(name) == Some(value);
    if ask.is_preflight() {
        204
    } else if ask.verb == Verb::Options {
        405
    } else if decoded(ask.url.path()) != "/items" {
        404
    } else if has("if-match", b"\"corsac-probe\"") {
        412
    } else if has("if-none-match", b"\"1\"") {
        304
    } else {
        200
    }
}

/// A path without percent-encoding, as servers read it.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = if *first == b'%' { tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()) } else { None };
        let byte = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The server with its lines changed.
fn with(server: impl Fn(&Ask) -> Response, change: impl Fn(&Ask, &mut Lines)) -> impl Fn(&Ask) -> Response {
    move |ask| {
        let answer = server(ask);
        let mut lines: Lines = answer.headers.iter().map(|(name, value)| line(name, value)).collect();
        change(ask, &mut lines);
        response(answer.status, lines)
    }
}

/// Every CORS header is taken away.
fn bare(lines: &mut Lines) {
    lines.retain(|(name, _)| !name.starts_with("access-control-"));
}

fn set(lines: &mut Lines, name: &str, value: impl AsRef<[u8]>) {
    lines.retain(|(known, _)| known != name);
    lines.push(line(name, value));
}

#[test]
fn a_right_server_gives_no_finding() {
    assert_eq!(codes_at(right()), [""; 0]);
    // Nor does one that allows subdomains, or everybody without credentials, or nobody at all.
    let subdomains = |origin: &str| origin.starts_with("https://") && origin.ends_with(".shop.example");
    assert_eq!(codes_at(allowing(subdomains)), [""; 0]);
    let public = |ask: &Ask| response(status(ask), vec![line(ORIGIN, "*")]);
    assert_eq!(codes_at(public), [""; 0]);
    assert_eq!(codes(&probed(&plan(&[]), |ask| response(status(ask), Vec::new()))), [""; 0]);
    let fixed = |ask: &Ask| response(status(ask), vec![line(ORIGIN, APP), line(CREDENTIALS, "true")]);
    assert_eq!(codes_at(fixed), [""; 0]);
}

#[test]
fn a_probe_never_sends_what_changes_something() {
    observed(&plan(&[APP]), |ask| {
        assert!(matches!(ask.verb.name(), "GET" | "HEAD" | "OPTIONS"));
        assert!(!ask.is_preflight() || !ask.is_authorized, "a preflight carries no credentials: {ask:?}");
        Ok(right()(ask))
    });
}

#[test]
fn each_finding_shows_its_request_its_answer_and_the_verdict() {
    let findings = probed(&plan(&[APP]), allowing(|_| true));
    let first = findings.first().expect("a finding");
    assert_eq!(first.request, "curl -s -i -H 'origin: https://word.test' 'https://api.shop.example/items'");
    assert_eq!((first.response.status, first.response.headers.len()), (200, 4));
    let browser = first.browser.as_ref().expect("a verdict");
    assert_eq!((browser.verdict, browser.credentials), ("allowed", "include"));
    let broken = |ask: &Ask| response(status(ask), vec![line(ORIGIN, "*"), line(ORIGIN, "*")]);
    let findings = probed(&plan(&[APP]), broken);
    let chrome = findings[0].browser.as_ref().and_then(|browser| browser.chrome.clone());
    assert_eq!(chrome.as_deref(), Some("kMultipleAllowOriginValues"));
}
