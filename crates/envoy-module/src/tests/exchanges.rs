//! Single exchanges, and the cases that Envoy makes rarely or never.

use std::ffi::c_void;
use std::ptr;

use corsac_vectors::{HeaderMap, HttpRequest, HttpResponse, ProxiedExchange, Routing};
use log::LevelFilter;

use super::mock_envoy::{MockConfiguration, MockExchange, map_of, take_log};
use crate::abi::{EnvoyBuffer, body_status, headers_status, trailers_status};
use crate::{hooks, logger};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// A configuration of the filter or of a route, which is dropped at the end.
pub struct Configured {
    pub pointer: *const c_void,
    drop: extern "C" fn(*const c_void),
}

impl Drop for Configured {
    fn drop(&mut self) {
        (self.drop)(self.pointer);
    }
}

fn lent(text: &str) -> EnvoyBuffer {
    EnvoyBuffer { bytes: text.as_ptr(), length: text.len() }
}

fn new_filter(policy: &str) -> *const c_void {
    let name = lent("corsac");
    hooks::envoy_dynamic_module_on_http_filter_config_new(ptr::null_mut(), name, lent(policy))
}

fn new_route(policy: &str) -> *const c_void {
    hooks::envoy_dynamic_module_on_http_filter_per_route_config_new(lent("corsac"), lent(policy))
}

pub fn filter(policy: &str) -> Configured {
    let pointer = new_filter(policy);
    assert!(!pointer.is_null(), "{:?}", take_log());
    Configured { pointer, drop: hooks::envoy_dynamic_module_on_http_filter_config_destroy }
}

fn route(policy: &str) -> Configured {
    let pointer = new_route(policy);
    assert!(!pointer.is_null(), "{:?}", take_log());
    Configured { pointer, drop: hooks::envoy_dynamic_module_on_http_filter_per_route_config_destroy }
}

fn map(lines: &[(&str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    map_of(&lines.iter().map(line).collect::<Vec<_>>())
}

fn request(lines: &[(&str, &str)]) -> MockExchange {
    let routing = Routing { name: Some(String::new()), ..Routing::default() };
    MockExchange { request: map(lines).into(), routing: routing.into(), ..MockExchange::default() }
}

fn preflight(origin: &str) -> MockExchange {
    request(&[(":method", "OPTIONS"), ("origin", origin), ("access-control-request-method", "GET")])
}

fn sent(exchange: &MockExchange, name: &str) -> Option<String> {
    let sent = exchange.sent.borrow();
    let line = sent.first()?.iter().find(|line| line.0 == name.as_bytes())?;
    Some(String::from_utf8_lossy(&line.1).into_owned())
}

#[test]
fn a_bad_configuration_is_refused_and_the_log_says_why() {
    logger::install(LevelFilter::Info);
    for new in [new_filter, new_route] {
        assert!(new(r#"{ "allowOrigins": "https://app.example/" }"#).is_null());
        assert!(new("").is_null());
        let log = take_log();
        assert!(log.len() == 2 && log.iter().all(|line| line.starts_with("corsac: error[")), "{log:?}");
    }
}

#[test]
fn a_policy_from_route_metadata_makes_a_warning_because_virtual_hosts_are_not_seen() {
    logger::install(LevelFilter::Info);
    let policies =
        r#"{ "policies": { "a": { "allowOrigins": ["https://a.example"] } }, "policyFromRouteMetadata": true }"#;
    for new in [filter, route] {
        drop(new(policies));
        let log = take_log();
        let warned = |line: &String| line.starts_with("corsac: warning[unseen-metadata] at /policyFromRouteMetadata: ");
        assert_eq!(log.iter().filter(|line| warned(line)).count(), 1, "{log:?}");
        drop(new(POLICY));
        assert!(!take_log().iter().any(|line| line.contains("warning")));
    }
}

#[test]
fn origins_from_services_make_a_warning_because_nothing_is_fetched() {
    logger::install(LevelFilter::Info);
    drop(filter(r#"{ "originSources": [{ "cluster": "tenants", "path": "/origins" }] }"#));
    let log = take_log();
    assert!(log.iter().any(|line| line.starts_with("corsac: warning[unfetched-origins] ")), "{log:?}");
}

#[test]
fn every_decision_is_counted_under_its_labels() {
    let envoy = MockConfiguration::default();
    let text = lent(POLICY);
    let pointer = hooks::envoy_dynamic_module_on_http_filter_config_new(envoy.pointer(), lent("corsac"), text);
    let configured = Configured { pointer, drop: hooks::envoy_dynamic_module_on_http_filter_config_destroy };
    for (origin, outcome, reason) in
        [("https://app.example", "allowed", "-"), ("https://other.example", "refused", "origin-not-listed")]
    {
        let exchange = preflight(origin);
        exchange.begin(configured.pointer);
        exchange.request_headers();
        exchange.end();
        let counters = envoy.counters.borrow();
        let counted: Vec<&str> = exchange.counted.take().into_iter().map(|place| &*counters[place]).collect();
        let name = format!(
            "corsac_policy=.=default;.;corsac_phase=.=preflight;.;corsac_outcome=.={outcome};.;corsac_reason=.={reason};.;corsac_decisions"
        );
        assert_eq!(counted, [name]);
    }
}

#[test]
fn nothing_of_an_answered_request_goes_on() {
    let configured = filter(POLICY);
    let exchange = preflight("https://app.example");
    exchange.begin(configured.pointer);
    assert_eq!(exchange.request_headers(), headers_status::STOP_ITERATION);
    assert_eq!(exchange.request_body(), body_status::STOP_ITERATION_NO_BUFFER);
    assert_eq!(exchange.request_trailers(), trailers_status::STOP_ITERATION);
    exchange.end();
    assert_eq!(sent(&exchange, ":status").as_deref(), Some("204"));
    assert_eq!(sent(&exchange, "access-control-allow-origin").as_deref(), Some("https://app.example"));
}

#[test]
fn a_hook_without_state_answers_closed() {
    let exchange = preflight("https://app.example");
    assert_eq!(exchange.request_headers(), headers_status::STOP_ITERATION);
    assert_eq!(exchange.request_body(), body_status::STOP_ITERATION_NO_BUFFER);
    assert_eq!(sent(&exchange, ":status").as_deref(), Some("503"));
    assert_eq!(exchange.response_headers(), headers_status::CONTINUE);
    exchange.end();
}

#[test]
fn null_pointers_are_survived() {
    let (filter, state) = (ptr::null_mut(), ptr::null());
    assert!(hooks::envoy_dynamic_module_on_http_filter_new(state, filter).is_null());
    let stop = headers_status::STOP_ITERATION;
    assert_eq!(hooks::envoy_dynamic_module_on_http_filter_request_headers(filter, state, true), stop);
    hooks::envoy_dynamic_module_on_http_filter_response_headers(filter, state, true);
    hooks::envoy_dynamic_module_on_http_filter_stream_complete(filter, state);
    hooks::envoy_dynamic_module_on_http_filter_destroy(state);
    hooks::envoy_dynamic_module_on_http_filter_config_destroy(state);
    hooks::envoy_dynamic_module_on_http_filter_per_route_config_destroy(state);
    let empty = EnvoyBuffer { bytes: ptr::null(), length: 0 };
    assert!(hooks::envoy_dynamic_module_on_http_filter_config_new(ptr::null_mut(), empty, empty).is_null());
}

#[test]
fn an_envoy_whose_every_call_fails_gets_no_cors_header() {
    let configured = filter(POLICY);
    let exchange = MockExchange { is_broken: true, ..preflight("https://app.example") };
    exchange.begin(configured.pointer);
    assert_eq!(exchange.request_headers(), headers_status::CONTINUE);
    exchange.response_headers();
    exchange.end();
    assert_eq!(exchange.response.borrow().lines(), []);
}

#[test]
fn the_routes_policy_governs_even_after_the_route_is_gone() {
    let configured = filter(POLICY);
    let of_route = route(r#"{ "allowOrigins": ["https://route.example"] }"#);
    let exchange = request(&[(":method", "GET"), ("origin", "https://route.example")]);
    exchange.route_configuration.set(of_route.pointer);
    exchange.begin(configured.pointer);
    assert_eq!(exchange.request_headers(), headers_status::CONTINUE);
    exchange.route_configuration.set(ptr::null());
    drop(of_route);
    exchange.response_headers();
    exchange.end();
    let response = exchange.response.borrow();
    assert_eq!(response.get(b"access-control-allow-origin"), Some(&b"https://route.example"[..]));
}

/// What a first run hands on reaches only a run that Envoy has redirected, on the same connection.
#[test]
fn another_exchange_does_not_get_what_a_redirected_one_hands_on() {
    let configured = filter(
        r#"{ "policies": { "a": { "allowOrigins": ["https://a.example"] }, "b": { "allowOrigins": ["https://b.example"] } },
            "rules": [{ "paths": ["/a"], "policy": "a" }, { "paths": ["/*"], "policy": "b" }] }"#,
    );
    let url = ("x-envoy-original-url", "http://api.test/a");
    let is_governed_by_a = |connection: u64, lines: &[(&str, &str)]| {
        let of = |path: &'static str, lines: &[(&str, &str)]| {
            let fixed =
                [(":method", "GET"), (":authority", "api.test"), (":path", path), ("origin", "https://a.example")];
            request(&[&fixed, lines].concat())
        };
        let first = MockExchange { connection: 1, ..of("/a", &[]) };
        first.begin(configured.pointer);
        first.request_headers();
        first.details.replace(Some("internal_redirect".to_owned()));
        first.end();
        let next = MockExchange { connection, ..of("/b", lines) };
        next.begin(configured.pointer);
        next.request_headers();
        next.response_headers();
        next.end();
        next.response.take().get(b"access-control-allow-origin").is_some()
    };
    assert!(is_governed_by_a(1, &[url]));
    assert!(!is_governed_by_a(2, &[url]));
    assert!(!is_governed_by_a(1, &[]));
}

#[test]
fn a_header_of_several_lines_is_joined() {
    let lines = HttpRequest::from_text("GET /\ncookie: a\ncookie: \ncookie: b").unwrap();
    let upstream = HttpResponse::from_text("200").unwrap();
    let proxied = ProxiedExchange::plain(&lines, &upstream, Routing::default());
    let exchange = MockExchange { request: proxied.request.into(), ..MockExchange::default() };
    // SAFETY: the exchange outlives the call.
    let value =
        unsafe { crate::host::Exchange::new(exchange.pointer()) }.and_then(|shown| shown.request().value("cookie"));
    assert_eq!(value.as_deref(), Some(&b"a,,b"[..]));
}
