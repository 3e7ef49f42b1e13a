//! The configurations of Envoy, served with other ports and paths. The tests check whole answers,
//! and whether the API got the request.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response},
    config::ConfigFile,
    envoy::{Binary, Envoy},
    poll, ports,
    upstream::{Answer, Upstream},
};
use serde_json::Value;

use crate::{
    answers::{ORIGIN, text, whole},
    chain,
    files::{self, DocumentKind},
    mesh::Built,
};

/// The port of the API in every file.
const API: u16 = 8081;

/// The files that tests serve.
const SERVED: [&str; 10] = [
    // The demo serves this file, and `cargo xtask demo --once` checks every answer. Here it answers
    // one request.
    "envoy/envoy.yaml",
    "envoy/ecds.yaml",
    "envoy/routes.yaml",
    "envoy/authentication.yaml",
    "envoy/http3.yaml",
    "envoy/mcp.yaml",
    "envoy/origin-source.yaml",
    "envoy/native.yaml",
    // Docker Compose serves these, in tests/containers.
    "envoy/compose/envoy.yaml",
    "envoy/compose/api.yaml",
];

/// An Envoy that serves a file, and its API, which allows every origin.
pub struct ServedFile {
    pub envoy: Envoy,
    pub upstream: Upstream,
    /// The folder of the configuration and the files that it reads.
    pub folder: PathBuf,
}

impl ServedFile {
    /// Starts Envoy with that file, after `envoy --mode validate` has accepted it.
    pub fn start(file: &str) -> Self {
        Self::start_with(file, ORIGIN)
    }

    /// The same with another origin in the discovered policy.
    fn start_with(file: &str, origin: &str) -> Self {
        // Several tests serve the same file at the same time.
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let upstream = Upstream::start().unwrap();
        upstream.otherwise(Answer::new(200).header("access-control-allow-origin", "*").body("The API.\n"));
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("deploy/{}-{}-{number}", file.replace('/', "-"), std::process::id());
        let folder = corsac_testbed::target().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut written = ConfigFile::read(&files::root().join(file)).unwrap();
        written.move_ports(&ports_of(&written, upstream.address().port())).unwrap();
        if file == "envoy/ecds.yaml" {
            let discovered = folder.join("corsac.yaml");
            discover(&folder, origin);
            written.replace("envoy/ecds/corsac.yaml", &discovered.display().to_string()).unwrap();
        } else {
            adapt(&mut written);
        }
        let path = folder.join("envoy.json");
        fs::write(&path, written.value.to_string()).unwrap();
        let binary = Binary::find().unwrap_or_else(|error| panic!("{error}"));
        let verdict = binary.validate_file(&path).unwrap();
        assert!(verdict.accepted, "{file}: {}", verdict.output);
        let envoy = binary.start_file(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self { envoy, upstream, folder }
    }

    /// Sends a request to the listener `front`. Returns the answer, and whether the API got the
    /// request.
    pub fn ask(&self, protocol: Protocol, request: Request) -> (String, bool) {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let id = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let response = self.send(protocol, &request.id(&id));
        (whole(&response), !self.upstream.received(&id).is_empty())
    }

    fn send(&self, protocol: Protocol, request: &Request) -> Response {
        protocol.send(self.envoy.address("front").unwrap(), request).unwrap_or_else(|failure| panic!("{failure}"))
    }
}

impl Drop for ServedFile {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Moves `envoy/ecds/corsac.yaml` into that folder, with another origin in its policy, in the way
/// that the file describes.
fn discover(folder: &Path, origin: &str) {
    let text = fs::read_to_string(files::root().join("envoy/ecds/corsac.yaml")).unwrap();
    let mut resource = ConfigFile::parse("envoy/ecds/corsac.yaml", &text.replace(ORIGIN, origin)).unwrap();
    adapt(&mut resource);
    let next = folder.join("next.yaml");
    fs::write(&next, resource.value.to_string()).unwrap();
    fs::rename(next, folder.join("corsac.yaml")).unwrap();
}

/// Sets the paths of the module and of the certificate, which users make themselves.
fn adapt(written: &mut ConfigFile) {
    let built = Built::find();
    let modules = [("target/corsac/corsac.wasm", built.wasm), ("target/corsac/libcorsac.so", built.native)];
    let replaced = modules.map(|(path, module)| written.replace(path, &module.display().to_string()).is_ok());
    assert_ne!(replaced, [false, false], "which module does the file load?");
    for name in ["cert.pem", "key.pem"] {
        let file = files::root().join("crates/testbed/tls").join(name);
        // Files without TLS have no certificate.
        drop(written.replace(&format!("target/corsac/{name}"), &file.display().to_string()));
    }
}

/// Maps every port in a file: the API's to the upstream's, a port that a cluster uses to a free
/// one, and any other to one that Envoy chooses.
fn ports_of(written: &ConfigFile, upstream: u16) -> HashMap<u16, u16> {
    let used_by_clusters = ports_in(&written.value["static_resources"]["clusters"]);
    let other = |port| match port {
        API => upstream,
        port if used_by_clusters.contains(&port) => ports::free(1).unwrap()[0],
        _ => 0,
    };
    ports_in(&written.value).into_iter().map(|port| (port, other(port))).collect()
}

fn ports_in(value: &Value) -> HashSet<u16> {
    let text = value.to_string();
    let ports = text.split("\"port_value\":").skip(1);
    ports.map(|rest| rest.split(['}', ',']).next().unwrap().parse().unwrap()).collect()
}

fn get(path: &str) -> Request {
    Request::new("GET", path).header("origin", ORIGIN)
}

#[test]
fn every_configuration_of_envoy_is_served_by_a_test() {
    let files: HashSet<String> =
        files::all(DocumentKind::Bootstrap).into_iter().map(|document| document.source).collect();
    assert_eq!(files, SERVED.map(str::to_owned).into());
}

#[test]
fn the_static_configuration_serves() {
    let served = ServedFile::start("envoy/envoy.yaml");
    let expected = text(
        200,
        "access-control-allow-origin: https://app.example.com
         access-control-allow-credentials: true
         access-control-expose-headers: x-request-id
         content-length: 9
         vary: origin",
        "The API.\n",
    );
    for protocol in Protocol::ALL {
        assert_eq!(served.ask(protocol, get("/").host("api.localhost:10000")), (expected.clone(), true));
    }
}

#[test]
fn a_discovered_policy_changes_when_a_file_is_moved_into_its_place() {
    let served = ServedFile::start("envoy/ecds.yaml");
    let from = |origin: &str| {
        let cors = format!("access-control-allow-origin: {origin}\n content-length: 9\n vary: origin");
        text(200, &cors, "The API.\n")
    };
    let to = |origin: &str| served.ask(Protocol::Http1, Request::new("GET", "/").header("origin", origin)).0;
    let refused = text(200, "content-length: 9\n vary: origin", "The API.\n");
    assert_eq!((to(ORIGIN), to("https://new.example.com")), (from(ORIGIN), refused.clone()));
    let preflight = text(
        204,
        "access-control-allow-origin: https://app.example.com
         access-control-allow-methods: GET, PUT
         access-control-allow-headers: content-type
         vary: origin, access-control-request-method, access-control-request-headers",
        "",
    );
    assert_eq!(served.ask(Protocol::Http2, Request::preflight("/", ORIGIN, "PUT")), (preflight, false));

    // A bad policy, which Envoy refuses, and then a good one.
    discover(&served.folder, "https://NEW.example.com");
    let named = "error[invalid-origin] at /allowOrigins/0: ";
    poll(DEADLINE, "the bad policy is refused", || served.envoy.log().contains(named).then_some(())).unwrap();
    assert_eq!(to(ORIGIN), from(ORIGIN));
    discover(&served.folder, "https://new.example.com");
    let new = || (to("https://new.example.com") == from("https://new.example.com")).then_some(());
    poll(DEADLINE, "the new policy is in force", new).unwrap();
    assert_eq!(to(ORIGIN), refused);
}

#[test]
fn nothing_is_served_before_the_first_policy() {
    let served = ServedFile::start_with("envoy/ecds.yaml", "https://APP.example.com");
    let ask = || served.ask(Protocol::Http1, get("/"));
    assert_eq!(ask(), (text(500, "", ""), false));
    discover(&served.folder, ORIGIN);
    poll(DEADLINE, "the first policy is in force", || ask().1.then_some(())).unwrap();
}

#[test]
fn a_route_has_its_own_policy_in_the_native_module() {
    let served = ServedFile::start("envoy/native.yaml");
    let api = |cors: &str| (text(200, &format!("{cors}\n content-length: 9"), "The API.\n"), true);
    let own = "access-control-allow-origin: https://app.example.com
        access-control-allow-credentials: true
        access-control-expose-headers: x-request-id
        vary: origin";
    for protocol in Protocol::ALL {
        assert_eq!(served.ask(protocol, get("/orders").host("api.localhost:10000")), api(own));
        assert_eq!(served.ask(protocol, get("/partners/1")), api("vary: origin"));
        let request = Request::new("GET", "/partners/1").header("origin", PARTNER);
        let allowed = api(&format!("access-control-allow-origin: {PARTNER}\n vary: origin"));
        assert_eq!(served.ask(protocol, request), allowed);
        assert_that_the_partner_is_allowed_at_its_path_alone(&served, protocol);
    }
}

/// An origin that the shipped files allow at `/partners` and nowhere else.
const PARTNER: &str = "https://shop.partner.example";

fn assert_that_the_partner_is_allowed_at_its_path_alone(served: &ServedFile, protocol: Protocol) {
    let preflight = text(
        204,
        "access-control-allow-origin: https://shop.partner.example
         access-control-allow-methods: GET
         vary: origin, access-control-request-method, access-control-request-headers",
        "",
    );
    assert_eq!(served.ask(protocol, Request::preflight("/partners/1", PARTNER, "GET")), (preflight, false));
    let refused = text(403, "vary: origin, access-control-request-method, access-control-request-headers", "");
    assert_eq!(served.ask(protocol, Request::preflight("/orders", PARTNER, "GET")), (refused, false));
}

#[test]
fn each_route_has_the_policy_that_it_names_or_that_of_its_virtual_host() {
    let served = ServedFile::start("envoy/routes.yaml");
    let api = |cors: &str| (text(200, &format!("{cors}\n content-length: 9"), "The API.\n"), true);
    let own =
        "access-control-allow-origin: https://app.example.com\n access-control-allow-credentials: true\n vary: origin";
    for protocol in Protocol::ALL {
        assert_eq!(served.ask(protocol, get("/orders")), api(own));
        assert_eq!(served.ask(protocol, get("/partners/1")), api("vary: origin"));
        assert_eq!(served.ask(protocol, get("/partnership")), api(own));
        let request = Request::new("GET", "/partners").header("origin", PARTNER);
        assert_eq!(
            served.ask(protocol, request),
            api(&format!("access-control-allow-origin: {PARTNER}\n vary: origin"))
        );
        let public = text(200, "access-control-allow-origin: *\n content-length: 3\n content-type: text/plain", "up\n");
        assert_eq!(served.ask(protocol, get("/status")), (public, false));
        assert_that_the_partner_is_allowed_at_its_path_alone(&served, protocol);
    }
}

#[test]
fn preflights_need_no_token_and_cost_no_quota_and_every_refusal_has_cors_headers() {
    const CORS: &str = "access-control-allow-origin: https://app.example.com
        access-control-expose-headers: www-authenticate, x-ratelimit-limit, x-ratelimit-remaining
        vary: origin";
    let served = ServedFile::start("envoy/authentication.yaml");
    let ask = |request: Request| served.ask(Protocol::Http1, request);
    let answer = |status: u16, headers: &str, body: &str| text(status, &format!("{CORS}\n{headers}"), body);
    let allowed = |path: &str| get(path).header("authorization", format!("Bearer {}", chain::token()));

    let preflight = text(
        204,
        "access-control-allow-origin: https://app.example.com
         access-control-allow-methods: GET, PUT
         access-control-allow-headers: authorization, content-type
         access-control-expose-headers: www-authenticate, x-ratelimit-limit, x-ratelimit-remaining
         access-control-max-age: 600
         vary: origin, access-control-request-method, access-control-request-headers",
        "",
    );
    // More requests than the rate limit allows.
    for protocol in [Protocol::ALL; 4].into_iter().flatten() {
        let request = Request::preflight("/", ORIGIN, "GET").header("access-control-request-headers", "authorization");
        assert_eq!(served.ask(protocol, request), (preflight.clone(), false));
    }
    let missing = "content-length: 14\n content-type: text/plain\n www-authenticate: Bearer realm=\"http://api.test/\"";
    assert_eq!(ask(get("/")), (answer(401, missing, "Jwt is missing"), false));
    let forged = get("/").header("authorization", format!("Bearer {}", chain::token().replacen(".ctjH", ".ctjI", 1)));
    let invalid = "content-length: 22
        content-type: text/plain
        www-authenticate: Bearer realm=\"http://api.test/\", error=\"invalid_token\"";
    assert_eq!(ask(forged), (answer(401, invalid, "Jwt verification fails"), false));
    assert_eq!(
        ask(allowed("/admin")),
        (answer(403, "content-length: 13\n content-type: text/plain", "Not for you.\n"), false)
    );
    for left in (0..5).rev() {
        let limits = format!("content-length: 9\n x-ratelimit-limit: 5\n x-ratelimit-remaining: {left}");
        assert_eq!(ask(allowed("/")), (answer(200, &limits, "The API.\n"), true));
    }
    let limits = "content-length: 18\n content-type: text/plain\n x-ratelimit-limit: 5\n x-ratelimit-remaining: 0";
    assert_eq!(ask(allowed("/")), (answer(429, limits, "local_rate_limited"), false));
}
