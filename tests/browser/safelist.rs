//! The headers that need a preflight, byte by byte: Chromium requests those that the judge names.

use corsac_fetch::{Origin, Response};

use crate::{
    scripted::{PAGE, Scripted},
    session::Call,
};

#[test]
fn a_header_needs_a_preflight_in_chromium_exactly_if_the_judge_says_so() {
    let server = Scripted::start();
    let browser = server.browser(&[]);
    let page = Origin::parse(PAGE).unwrap();
    let headers = headers();
    let mut calls = Vec::new();
    for (id, headers) in headers.iter().enumerate() {
        let url = format!("http://api.localhost:{}/items?case={id}", server.port());
        calls.push(Call { url, headers: headers.clone(), ..Call::default() });
        let allow = ["access-control-allow-origin", "access-control-allow-headers"].map(|name| (name, "*"));
        server.script(&id.to_string(), [204, 200].map(|status| Response::new(status, allow)));
    }
    browser.call_from(PAGE, &calls);
    let mut failures = Vec::new();
    for (id, call) in calls.iter().enumerate() {
        let asked = |headers: Option<Vec<u8>>| headers.map(|names| String::from_utf8_lossy(&names).into_owned());
        let preflight = call.fetch(&page).unwrap().preflight_request();
        let expected = asked(preflight.and_then(|request| request.headers.get("access-control-request-headers")));
        let received = server.received(&id.to_string());
        let preflight = received.iter().find(|request| request.method == b"OPTIONS");
        let got = asked(preflight.and_then(|request| request.headers.joined("access-control-request-headers")));
        if expected != got || received.is_empty() {
            failures.push(format!("{:?}: expected {expected:?}, got {got:?}", call.headers));
        }
    }
    println!("{} browser cases: which headers take a preflight", calls.len());
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), calls.len(), failures.join("\n"));
}

fn headers() -> Vec<Vec<(String, String)>> {
    let one = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let mut all = Vec::new();
    // A script can send every byte except these three.
    for byte in (1..=u8::MAX).filter(|byte| !matches!(byte, b'\r' | b'\n')).map(char::from) {
        all.push(one("accept", &format!("a{byte}a")));
        all.push(one("accept-language", &format!("a{byte}a")));
        all.push(one("content-language", &format!("a{byte}a")));
        all.push(one("content-type", &format!("text/plain;a={byte}a")));
    }
    for value in CONTENT_TYPES {
        all.push(one("content-type", value));
    }
    for value in RANGES {
        all.push(one("range", value));
    }
    for name in ["accept", "accept-language", "content-language"] {
        all.extend([127, 128, 129].map(|length| one(name, &"a".repeat(length))));
    }
    for name in OTHERS {
        all.push(one(name, "1"));
    }
    let several = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
    all.push(several(&["X-B", "x-a", "Accept", "x-b", "authorization"]));
    all.push(several(&["x-_", "x-a", "x-!", "x-~", "X-Z", "x"]));
    all
}

const CONTENT_TYPES: [&str; 20] = [
    "text/plain",
    "TEXT/Plain",
    "text/plain;charset=utf-8",
    "text/plain ; charset",
    "text/plain;",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded;x",
    "application/x-www-form-urlencoded",
    "text",
    "text/",
    "/plain",
    "text /plain",
    "text/ plain",
    "text/plain x",
    "text/plain, text/plain",
    "text/html",
    "application/json",
    "application/json;text/plain",
    "text/plain; boundary='x'",
    "application/csp-report",
];

const RANGES: [&str; 17] = [
    "bytes=0-",
    "bytes=5-9",
    "bytes=5-5",
    "bytes=007-8",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=-5",
    "bytes=9-5",
    "bytes=10-9",
    "bytes=0-1,4-5",
    "bytes= 0-1",
    "bytes =0-1",
    "bytes=+0-1",
    "bytes=0-1-2",
    "items=0-1",
    "Bytes=0-1",
];

/// Not safelisted, or forbidden and therefore never requested.
const OTHERS: [&str; 16] = [
    "x-a",
    "X-A",
    "authorization",
    "x-requested-with",
    "if-none-match",
    "cache-control",
    "traceparent",
    "priority",
    "content-encoding",
    "cookie",
    "origin",
    "sec-x",
    "proxy-x",
    "te",
    "dnt",
    "accept-charset",
];
