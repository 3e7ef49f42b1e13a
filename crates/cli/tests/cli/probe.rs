//! `corsac probe`: the command line, against servers on this machine. What is found is tested in
//! its crate, and with real servers in tests/zoo.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use corsac_testbed::server::{Answer, Received, Server};
use serde_json::json;

use crate::bin::{Files, Run, corsac};

const APP: &str = "https://app.example.com";
/// The URL of the documentation, which every test here reaches on this machine.
const URL: &str = "http://api.example.com/orders";

/// Starts a server that answers by a function.
fn server(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Server {
    Server::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), answer).expect("a free port")
}

fn origin(received: &Received) -> Vec<u8> {
    received.headers.joined("origin").unwrap_or_default()
}

/// Allows what begins like the origin that it means.
fn careless(received: &Received) -> Answer {
    let answer = Answer::new(200).header("vary", "origin");
    let origin = origin(received);
    if !origin.starts_with(APP.as_bytes()) {
        return answer;
    }
    answer.header("access-control-allow-origin", origin).header("access-control-allow-credentials", "true")
}

fn right(received: &Received) -> Answer {
    if origin(received) == APP.as_bytes() { careless(received) } else { Answer::new(200).header("vary", "origin") }
}

fn probe(server: &Server, arguments: &[&str]) -> Run {
    let address = server.address().to_string();
    let reach = ["--connect-to", &address, "--rate", "1000", "--word", "evil"];
    corsac(&[&["probe", URL], &reach[..], arguments].concat())
}

#[test]
fn a_right_server_is_fine_and_a_careless_one_has_findings() {
    let run = probe(&server(right), &["--origin", APP]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run:?}");
    assert!(run.stdout.starts_with("ok: "), "{run:?}");
    let run = probe(&server(careless), &["--origin", APP]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{run:?}");
}

#[test]
fn the_page_shows_what_a_probe_prints() {
    let run = probe(&server(careless), &["--origin", APP]);
    let page = std::fs::read_to_string(crate::bin::repository("docs/cli.md")).unwrap();
    let (_, shown) =
        page.split_once(&format!("$ corsac probe {URL} --origin {APP}\n")).expect("the page shows a probe");
    let (shown, _) = shown.split_once("```").expect("the block ends");
    assert_eq!(run.stdout, shown);
}

#[test]
fn a_finding_in_json_holds_the_request_the_answer_and_the_verdict() {
    let run = probe(&server(careless), &["--origin", APP, "--format", "json"]);
    let json = run.json();
    let first = &json[0];
    assert_eq!((run.status, &first["code"], &first["severity"]), (1, &json!("prefix-match"), &json!("error")));
    assert_eq!(first["url"], URL);
    assert_eq!(first["request"], format!("curl -s -i -H 'origin: {APP}.evil.example' '{URL}'"));
    assert_eq!(first["response"]["status"], 200);
    assert_eq!(first["response"]["headers"][0], json!(["vary", "origin"]));
    assert_eq!(first["browser"]["verdict"], "allowed");
    assert!(first["message"].as_str().is_some_and(|message| message.contains("beginning")));
}

#[test]
fn a_blocked_page_has_the_name_that_chrome_gives_it() {
    let run = probe(&server(|_| Answer::new(200)), &["--origin", APP, "--format", "json"]);
    let json = run.json();
    assert_eq!(json[0]["code"], "origin-refused");
    assert_eq!(json[0]["browser"]["chrome"], "kMissingAllowOriginHeader");
}

#[test]
fn sarif_has_a_rule_and_a_result_for_each() {
    let run = probe(&server(careless), &["--origin", APP, "--format", "sarif"]);
    let json = run.json();
    let driver = &json["runs"][0]["tool"]["driver"];
    assert_eq!(driver["rules"][0]["id"], "any-port");
    assert_eq!(json["runs"][0]["results"][0]["level"], "error");
    let place = &json["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, URL);
}

#[test]
fn a_policy_tells_the_origins_and_each_difference() {
    let files = Files::new();
    let policy = files.write("p.json", r#"{ "allowOrigins": ["https://app.example.com"], "allowCredentials": true }"#);
    let run = probe(&server(careless), &["--policy", &policy, "--format", "json"]);
    let json = run.json();
    let codes: Vec<&str> = json.as_array().unwrap().iter().filter_map(|finding| finding["code"].as_str()).collect();
    assert!(codes.contains(&"policy-differs") && codes.contains(&"prefix-match"), "{codes:?}");
    let bad = files.write("bad.json", "{}");
    assert_eq!(probe(&server(careless), &["--policy", &bad]).status, 2);
}

#[test]
fn the_users_headers_go_with_requests_and_never_with_preflights() {
    let [plain, preflights]: [Arc<Mutex<Vec<bool>>>; 2] = Default::default();
    let (of_plain, of_preflights) = (Arc::clone(&plain), Arc::clone(&preflights));
    let server = server(move |received| {
        let has_secret = received.headers.joined("authorization").as_deref() == Some(b"Bearer secret");
        let is_preflight = received.headers.has("access-control-request-method");
        let log = if is_preflight { &of_preflights } else { &of_plain };
        log.lock().unwrap().push(has_secret);
        right(received)
    });
    let run = probe(&server, &["--origin", APP, "--header", "Authorization: Bearer secret", "--format", "json"]);
    assert!(!run.stdout.contains("secret"), "{run:?}");
    let (plain, preflights) = (plain.lock().unwrap(), preflights.lock().unwrap());
    assert!(plain.contains(&true), "{plain:?}");
    assert!(!preflights.is_empty() && !preflights.contains(&true), "{preflights:?}");
}

#[test]
fn a_limit_is_kept_and_told() {
    let count: Arc<Mutex<usize>> = Arc::default();
    let counted = Arc::clone(&count);
    let server = server(move |received| {
        *counted.lock().unwrap() += 1;
        right(received)
    });
    let run = probe(&server, &["--origin", APP, "--max-requests", "9"]);
    assert_eq!(*count.lock().unwrap(), 9);
    assert!(run.stderr.contains("--max-requests left out"), "{run:?}");
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_findings_of_the_others() {
    let careless = server(careless);
    let there = format!("http://{}/", careless.address());
    let port = corsac_testbed::ports::free(1).unwrap()[0];
    let gone = format!("http://127.0.0.1:{port}/");
    let run = corsac(&["probe", &gone, &there, "--origin", APP, "--rate", "1000", "--timeout", "5"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains(&gone) && run.stderr.contains("cannot be reached"), "{run:?}");
    assert!(run.stdout.contains("prefix-match"), "{run:?}");
    let alone = corsac(&["probe", &gone]);
    assert!(alone.status == 2 && alone.stdout.starts_with("incomplete: 0 requests"), "{alone:?}");
}

#[test]
fn a_wrong_command_line_is_a_sentence() {
    for arguments in [
        &["probe", "nonsense"][..],
        &["probe", "ftp://a.example/"],
        &["probe", "https://u:p@a.example/"],
        &["probe", "http://127.0.0.1:1/", "--origin", "app.example"],
        &["probe", "http://127.0.0.1:1/", "--header", "nonsense"],
        &["probe", "http://127.0.0.1:1/", "--word", "Not a label"],
        &["probe", "http://127.0.0.1:1/", "--rate", "0"],
        &["probe", "http://127.0.0.1:1/", "--policy", "/does/not/exist"],
        &["probe", "--explain", "nonsense"],
        &["probe"],
    ] {
        let run = corsac(arguments);
        assert_eq!(run.status, 2, "{arguments:?} {run:?}");
        assert!(!run.stderr.is_empty() && !run.stderr.contains("panicked"), "{run:?}");
    }
}

#[test]
fn a_code_has_its_page() {
    let run = corsac(&["probe", "--explain", "reflected-origin"]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.starts_with("reflected-origin\n\nThe server allows whatever origin asks."), "{run:?}");
}
