//! `envoy/mcp.yaml`: a proxy in front of a server of the Model Context Protocol.

use corsac_testbed::{
    client::{Protocol, Request},
    upstream::Answer,
};

use crate::{answers::text, bootstraps::ServedFile};

const INSPECTOR: &str = "https://inspector.example.com";

fn post(host: &str) -> Request {
    Request::new("POST", "/mcp").host(host).header("content-type", "application/json")
}

#[test]
fn clients_pages_of_the_server_and_the_inspector_pass_and_nobody_else() {
    let served = ServedFile::start("envoy/mcp.yaml");
    let own = "http://localhost:8931";
    let passes = [
        post("localhost:8931"),
        post("127.0.0.1:8931"),
        post("localhost:8931").header("origin", own),
        post("localhost:8931").header("origin", own).header("sec-fetch-site", "same-origin"),
        post("localhost:8931").header("origin", INSPECTOR).header("sec-fetch-site", "cross-site"),
    ];
    let rejected = [
        post("localhost:8931").header("origin", "https://evil.example"),
        post("localhost:8931").header("origin", "null"),
        post("localhost:8931").header("origin", own).header("sec-fetch-site", "cross-site"),
        // DNS rebinding: the page, its Origin and its Host are all the attacker's.
        post("evil.example:8931"),
        post("evil.example:8931").header("origin", "http://evil.example:8931"),
        post("evil.example:8931").header("origin", "http://evil.example:8931").header("sec-fetch-site", "same-origin"),
    ];
    for protocol in Protocol::ALL {
        for request in &passes {
            let (answer, reached) = served.ask(protocol, request.clone());
            assert!(answer.starts_with("200\n") && reached, "{request:?}: {answer}");
        }
        for request in &rejected {
            assert_eq!(served.ask(protocol, request.clone()), (text(403, "vary: origin", ""), false), "{request:?}");
        }
    }
}

#[test]
fn the_inspector_reads_the_challenge_of_a_401() {
    let served = ServedFile::start("envoy/mcp.yaml");
    served.upstream.otherwise(Answer::new(401).header("www-authenticate", "Bearer").header("mcp-session-id", "1"));
    let expected = text(
        401,
        "access-control-allow-origin: https://inspector.example.com
         access-control-expose-headers: Mcp-Session-Id, WWW-Authenticate
         content-length: 9
         mcp-session-id: 1
         vary: origin
         www-authenticate: Bearer",
        "upstream\n",
    );
    for protocol in Protocol::ALL {
        let request = post("localhost:8931").header("origin", INSPECTOR);
        assert_eq!(served.ask(protocol, request), (expected.clone(), true));
    }
}
