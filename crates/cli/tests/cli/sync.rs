//! `corsac sync`, against a service that says anything.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::Arc;

use corsac_testbed::server::{Answer, Received, Server};
use proptest::prelude::*;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value as Json, json};

use crate::bin::{Files, Run, corsac, corsac_with, repository};

const POLICY: &str =
    r#"{ "allowOrigins": ["https://app.example.com", "https://*.partner.example"], "allowCredentials": true }"#;

/// A service on this machine.
fn service(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> (Server, String) {
    let server = Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), answer).expect("a server");
    let url = format!("http://{}/origins", server.address());
    (server, url)
}

/// One that always gives this body.
fn serving(body: &str) -> (Server, String) {
    let body = body.to_owned();
    service(move |_| Answer::new(200).body(body.as_str()))
}

/// The origins of a JSON policy.
fn origins(file: &str) -> Vec<String> {
    let policy: Json = serde_json::from_str(&std::fs::read_to_string(file).expect("written")).expect("JSON");
    let list = policy["allowOrigins"].as_array().expect("a list").iter();
    list.map(|entry| entry.as_str().expect("a text").to_owned()).collect()
}

/// A synchronization of [`POLICY`] with a list.
fn synced(list: &str, options: &[&str]) -> (Run, String, Files) {
    let files = Files::new();
    let (policy, output) = (files.write("policy.json", POLICY), files.path("out.json"));
    let (_server, url) = serving(list);
    let run = corsac(&[&["sync", &policy, "--from", &url, "--output", &output], options].concat());
    (run, output, files)
}

#[test]
fn the_services_origins_come_after_the_persons() {
    let (run, output, _files) = synced(r#"{"origins": ["https://b.example", "https://a.example"]}"#, &[]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run:?}");
    assert!(run.stdout.ends_with(": 2 origins added, 0 already allowed, 0 left out; written\n"), "{run:?}");
    let expected = ["https://app.example.com", "https://*.partner.example", "https://a.example", "https://b.example"];
    assert_eq!(origins(&output), expected);
}

#[test]
fn what_is_not_accepted_is_left_out_one_by_one_and_told() {
    let list = json!([
        "https://a.example",
        "*",
        "null",
        "file://",
        "https://*.evil.example",
        "https://{tenant}.evil.example",
        "http://plain.example",
        "https://Upper.example",
        "https://slash.example/",
        "https://app.example.com",
        "https://known.partner.example",
        "",
    ]);
    let (run, output, _files) = synced(&list.to_string(), &["--format", "json"]);
    assert_eq!(origins(&output)[2..], ["https://a.example"]);
    let report = run.json();
    assert_eq!((&report["added"], &report["known"], &report["changed"]), (&json!(1), &json!(2), &json!(true)));
    let left_out = report["leftOut"].as_array().expect("a list");
    let found: Vec<(&str, Option<&str>)> =
        left_out.iter().map(|entry| (entry["origin"].as_str().expect("a text"), entry["code"].as_str())).collect();
    assert_eq!(
        found,
        [
            ("*", None),
            ("null", None),
            ("file://", None),
            ("https://*.evil.example", None),
            ("https://{tenant}.evil.example", None),
            ("", Some("invalid-origin")),
            ("http://plain.example", Some("insecure-origin-with-credentials")),
            ("https://Upper.example", Some("invalid-origin")),
            ("https://slash.example/", Some("invalid-origin")),
        ]
    );
}

#[test]
fn the_same_list_in_another_order_leaves_the_file_alone() {
    let files = Files::new();
    let (policy, output) = (files.write("policy.json", POLICY), files.path("out.json"));
    let sync = |list: &str| {
        let (_server, url) = serving(list);
        corsac(&["sync", &policy, "--from", &url, "--output", &output])
    };
    let inode = || std::fs::metadata(&output).expect("written").ino();
    assert!(sync("https://a.example\nhttps://b.example").stdout.ends_with("written\n"));
    std::fs::set_permissions(&output, std::fs::Permissions::from_mode(0o640)).expect("set");
    let first = inode();
    let same = sync(r#"["https://b.example", "https://a.example", "https://a.example"]"#);
    assert!(same.stdout.ends_with("; nothing to change\n"), "{same:?}");
    assert_eq!(inode(), first);
    assert!(sync("https://b.example").stdout.ends_with("; written\n"));
    assert_eq!(origins(&output)[2..], ["https://b.example"]);
    // Replaced, not written into; and whoever could read it can still.
    assert_ne!(inode(), first);
    assert_eq!(std::fs::metadata(&output).expect("written").permissions().mode() & 0o777, 0o640);
    assert_eq!(files.names(), ["out.json", "policy.json"]);
}

#[test]
fn a_failure_changes_nothing() {
    let files = Files::new();
    let (policy, output) = (files.write("policy.json", POLICY), files.write("out.json", "the last one"));
    let long = "https://a.example\n".repeat(500_000);
    for (answer, sentence) in [
        (Answer::new(500), "The answer is 500 Internal Server Error, not 200 OK."),
        (Answer::new(401), "The answer is 401 Unauthorized, not 200 OK."),
        (Answer::new(204), "The answer is 204 No Content, not 200 OK."),
        (
            Answer::new(302).header("location", "https://evil.example/"),
            "The answer is a redirect (302 Found) to \"https://evil.example/\", which is not followed.",
        ),
        (Answer::new(200).body("<html>maintenance</html>"), "Line 1 is not an origin: \"<html>maintenance</html>\"."),
        (Answer::new(200).body(""), "The list is empty."),
        (Answer::new(200).body(r#"{"origins": ["https://a.example""#), "The list is not JSON: EOF"),
        (Answer::new(200).body(r#"{"error": "no"}"#), "The JSON is no list of origins"),
        (Answer::new(200).body(vec![0x1f, 0x8b, 8, 0, 0xff]), "The list is not UTF-8."),
        (Answer::new(200).body("[]"), "The list has 0 origins, fewer than --at-least 1."),
        (Answer::new(200).body(long), "The list cannot be read: "),
        (Answer::new(200).header("content-length", "100").body("https://a.example\n"), "The list cannot be read: "),
        (
            Answer::new(200).header("link", "<https://evil.example/2>; rel=\"next\"").body("https://a.example\n"),
            "The next page is on another server, which is not asked.",
        ),
    ] {
        let cut = answer.headers.has("content-length");
        let answer = if cut { answer.header("connection", "close") } else { answer };
        let (_server, url) = service(move |_| answer.clone());
        let run = corsac(&["sync", &policy, "--from", &url, "--output", &output, "--at-least", "1", "--timeout", "5"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run:?}");
        assert!(run.stderr.starts_with(&format!("error: {url}: {sentence}")), "{sentence}: {run:?}");
        assert_eq!(std::fs::read_to_string(&output).expect("there"), "the last one");
    }
    let closed =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port");
    for (url, sentence) in [
        (format!("http://{closed}/"), "No answer: "),
        ("http://tenants.example/origins".to_owned(), "Over http, anyone on the way can change the list."),
        ("ftp://tenants.example/".to_owned(), "The list is asked for over https or http."),
        ("https://[/".to_owned(), "This is not a URL: "),
        ("missing.txt".to_owned(), "The file cannot be read: "),
    ] {
        let run = corsac(&["sync", &policy, "--from", &url, "--output", &output]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(sentence), "{run:?}");
        assert_eq!(std::fs::read_to_string(&output).expect("there"), "the last one");
    }
}

#[test]
fn a_policy_that_cannot_take_the_list_is_left_alone() {
    let (run, output, _files) = synced("https://a.example", &["--policy", "partners"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stderr.contains("There is no policy \"partners\""), "{run:?}");
    assert!(!std::path::Path::new(&output).exists());
    for (policy, sentence) in [
        (r#"{"allowOrigins": ["https://App.example"]}"#, "error[invalid-origin] at /allowOrigins/0"),
        (r#"{"allowOrigins": ["https://b.example"], "fixedOrigin": true}"#, "at /fixedOrigin"),
        (r#"{"allowOrigins": ["https://b.example"], "allow": 1}"#, "error[unknown-field] at /allow"),
        (r#"{"policies": {"a": {}, "b": {}}, "rules": []}"#, "Choose one of the policies with \"--policy\": a, b."),
    ] {
        let run = corsac_with(
            &["sync", "-", "--from", &repository("docs/cli.in/origins.txt").display().to_string()],
            policy.as_bytes(),
        );
        assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{run:?}");
        assert!(run.stderr.contains(sentence), "{sentence}: {run:?}");
    }
}

#[test]
fn all_pages_are_read_with_the_headers_of_a_file() {
    let files = Files::new();
    let policy = files.write("policy.json", r#"{"allowCredentials": true}"#);
    let (headers, output) = (files.write("headers", "Authorization: SSWS secret\n\n"), files.path("out.json"));
    let entry = |origin: &str| json!({"origin": origin, "status": "ACTIVE", "scopes": [{"type": "CORS"}]});
    let pages = [entry("https://a.example"), entry("https://b.example")].map(|entry| json!([entry]).to_string());
    let (_server, url) = service(move |request| {
        if request.headers.joined("authorization").as_deref() != Some(b"SSWS secret") {
            return Answer::new(401);
        }
        match request.target.as_slice() {
            b"/origins" => Answer::new(200).header("link", "</origins?after=1>; rel=\"next\"").body(pages[0].as_str()),
            _ => Answer::new(200).body(pages[1].as_str()),
        }
    });
    let header = format!("@{headers}");
    let run = corsac(&["sync", &policy, "--from", &url, "--header", &header, "--list", "okta", "--output", &output]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(origins(&output), ["https://a.example", "https://b.example"]);

    let run = corsac(&["sync", &policy, "--from", &url, "--header", "secret", "--output", &output]);
    assert_eq!((run.status, run.stderr.contains("secret")), (2, false), "{run:?}");
}

#[test]
fn a_list_without_an_end_is_a_failure() {
    let (_server, url) = service(|_| Answer::new(200).header("link", "</more>; rel=next").body("https://a.example\n"));
    let files = Files::new();
    let run = corsac(&["sync", &files.write("policy.json", POLICY), "--from", &url]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("The list has more than 100 pages."), "{run:?}");
}

#[test]
fn a_manifest_keeps_its_image_and_its_comments() {
    let files = Files::new();
    let manifest = "\
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: corsac }
spec:
  url: oci://registry.shop.example/corsac:1.0.0 # ours
  pluginConfig:
    # Written by hand.
    allowOrigins:
    - https://app.example.com
    maxAge: 600
";
    let source = files.write("wasmplugin.yaml", manifest);
    let run = corsac_with(&["sync", &source, "--from", "-"], b"https://b.example\nhttps://a.example\n");
    let expected = manifest.replace(
        "    - https://app.example.com\n",
        "    - https://app.example.com\n    - \"https://a.example\"\n    - \"https://b.example\"\n",
    );
    assert_eq!((run.status, run.stdout.as_str()), (0, expected.as_str()), "{run:?}");
}

#[test]
fn json_inside_of_yaml_stays_a_line_for_each_origin() {
    let policy = json!({ "allowOrigins": ["https://app.example.com"] });
    let files = Files::new();
    for target in ["ecds", "envoy", "configmap", "envoyfilter"] {
        let rendered = corsac_with(&["render", "-", "--to", target], policy.to_string().as_bytes()).stdout;
        let source = files.write("source.yaml", rendered);
        let list = [0, 1, 2, 3, 4].map(|number| format!("https://tenant-{number}.example")).join("\n");
        let same = corsac_with(&["sync", &source, "--from", "-"], list.as_bytes());
        assert_eq!(same.status, 0, "{target}: {same:?}");
        assert_eq!(same.stdout.lines().filter(|line| line.contains("https://tenant-")).count(), 5, "{}", same.stdout);
        let checked = corsac_with(&["check", "-"], same.stdout.as_bytes());
        assert_eq!(checked.status, 0, "{target}: {checked:?}");
    }
}

#[test]
fn every_target_holds_the_same_policy() {
    let list = b"https://a.example\n";
    let files = Files::new();
    let policy = files.write("policy.json", POLICY);
    let alone = corsac_with(&["sync", &policy, "--from", "-", "--to", "policy"], list).stdout;
    for target in ["ecds", "wasmplugin", "traffic-extension", "envoy-gateway", "higress"] {
        let manifest = corsac_with(&["sync", &policy, "--from", "-", "--to", target], list).stdout;
        let [old, new] = [files.write("old.json", &alone), files.write("new.yaml", manifest)];
        let compared = corsac(&["diff", &old, &new]);
        assert_eq!(compared.stdout, "the policies allow the same\n", "{target}");
    }
}

#[test]
fn a_policy_takes_the_list_that_it_inherits_along() {
    let policy = r#"{"policies": {"base": {"allowOrigins": ["https://app.example"]}, "partners": {"extends": "base"}},
        "rules": [{"policy": "partners"}]}"#;
    let files = Files::new();
    let policy = files.write("policy.json", policy);
    let run = corsac_with(&["sync", &policy, "--policy", "partners", "--from", "-"], b"https://a.example");
    let document: Json = serde_json::from_str(&run.stdout).expect("JSON");
    let list = &document["policies"]["partners"]["allowOrigins"];
    assert_eq!(*list, json!(["https://app.example", "https://a.example"]), "{run:?}");
    assert_eq!(document["policies"]["base"]["allowOrigins"], json!(["https://app.example"]));
}

#[test]
fn https_takes_a_certificate_that_is_trusted() {
    let tls = |name: &str| repository(&format!("crates/cli/tests/tls/{name}"));
    let chain = vec![CertificateDer::from_pem_file(tls("cert.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(tls("key.pem")).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let config = Arc::new(config.expect("a configuration"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = rustls::StreamOwned::new(connection, stream.expect("a stream"));
            // A client that does not trust the certificate is gone.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\nhttps://a.example\n");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    let files = Files::new();
    let policy = files.write("policy.json", POLICY);
    let trusted = corsac(&["sync", &policy, "--from", &url, "--ca", tls("ca.pem").to_str().expect("UTF-8")]);
    assert_eq!(trusted.status, 0, "{trusted:?}");
    assert!(trusted.stdout.contains("https://a.example"));
    let untrusted = corsac(&["sync", &policy, "--from", &url]);
    assert_eq!((untrusted.status, untrusted.stdout.as_str()), (2, ""), "{untrusted:?}");
    assert!(untrusted.stderr.contains("No answer: "), "{untrusted:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever a service lists: the policy is sound, the person's entries stand unchanged, and
    /// each origin that is let in beyond them is one that the service spelled.
    #[test]
    fn a_service_adds_only_what_it_spells(entries in proptest::collection::vec(entry(), 0..8)) {
        let files = Files::new();
        let (policy, list) = (files.write("policy.json", POLICY), files.write("list", json!(entries).to_string()));
        let run = corsac(&["sync", &policy, "--from", &list]);
        prop_assert_eq!(run.status, 0, "{:?}", run);
        let document: Json = serde_json::from_str(&run.stdout).expect("JSON");
        let written = document["allowOrigins"].as_array().expect("a list");
        prop_assert_eq!(&written[..2], &["https://app.example.com", "https://*.partner.example"]);
        for added in &written[2..] {
            let added = added.as_str().expect("a text");
            prop_assert!(entries.iter().any(|entry| entry == added) && !added.contains(['*', '{']), "{}", added);
            prop_assert!(!added.starts_with("http://") || added.starts_with("http://localhost"), "{}", added);
        }
        let again = corsac(&["sync", &policy, "--from", &list]);
        prop_assert_eq!(again.stdout, run.stdout);
    }
}

fn entry() -> impl Strategy<Value = String> {
    let host = "[a-z*{}]{1,3}(\\.[a-z*A-Z]{1,3}){0,2}(:[0-9]{1,5}|:\\*)?/?";
    let scheme = proptest::sample::select(&["https://", "http://", "", "null", "*", "file://", "https://*."][..]);
    let known = proptest::sample::select(
        &["https://app.example.com", "https://x.partner.example", "http://localhost:3000", "https://b.example"][..],
    );
    prop_oneof![
        (scheme, host).prop_map(|(scheme, host)| format!("{scheme}{host}")),
        known.prop_map(str::to_owned),
        "\\PC{0,12}",
    ]
}
