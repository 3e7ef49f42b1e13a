//! The replies that Corsac edits: every kind that Envoy sends without the upstream, in a real
//! Envoy. Run it with `cargo test -p corsac --test envoy early_replies -- --nocapture` to see the
//! table of docs/replies.md.

use std::fmt::Write as _;

use corsac_testbed::{
    client::{Protocol, Request, Response, http1},
    config::{Action, Bootstrap, Listener, Route, filter},
    upstream::{Answer, ID},
};
use serde_json::{Value, json};

use crate::world::{World, corsac};

const PAGE: &str = include_str!("../../docs/replies.md");

const DEPLOYMENT: &str = include_str!("../../docs/deployment.md");

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"] }"#;

/// One kind of reply, and the way to get it.
#[derive(Clone)]
struct Row {
    title: &'static str,
    status: u16,
    edited: bool,
    /// Adds the surroundings of Corsac to a listener.
    around: fn(Listener, Value) -> Listener,
    /// The bytes of the request with this id.
    sent: fn(&str) -> Vec<u8>,
}

#[test]
fn a_reply_is_edited_if_its_request_has_reached_corsac() {
    let rows = rows();
    let listeners =
        rows.iter().enumerate().map(|(number, row)| (row.around)(Listener::new(name(number)), corsac(POLICY)));
    let world = World::of(listeners);
    let mut lines: Vec<String> = rows.iter().enumerate().map(|(number, row)| row.line(&world, number)).collect();
    lines.insert(before_any_filter().len(), line(OVERLOADED, overloaded()));
    let table = format!("| reply | edited |\n|---|---|\n{}", lines.concat());
    println!("{table}");
    assert!(PAGE.contains(&table), "docs/replies.md shows another table:\n{table}");
    world.assert_that_the_module_never_broke();
}

fn name(number: usize) -> String {
    format!("row-{number}")
}

impl Row {
    /// Gets the reply, and returns its line of the table.
    fn line(&self, world: &World, number: usize) -> String {
        let id = format!("early-{number}");
        // Kept open in a row that waits for a timeout.
        let _slow = (self.status == 504).then(|| world.upstream.hold(&id, Answer::new(200)));
        if self.status == 403 {
            // The authorization server's answer. No other request of these rows reaches the
            // upstream.
            world.upstream.script(&id, Answer::new(403));
        }
        let response = send(world, &name(number), &(self.sent)(&id));
        assert_eq!(response.status, self.status, "{}: {}", self.title, response.headers);
        assert_eq!(is_edited(&response), self.edited, "{}: {}", self.title, response.headers);
        line(self.title, self.edited)
    }
}

fn line(title: &str, edited: bool) -> String {
    format!("| {title} | {} |\n", if edited { "yes" } else { "**no**" })
}

fn send(world: &World, listener: &str, bytes: &[u8]) -> Response {
    let address = world.envoy.address(listener).unwrap();
    http1::send_bytes(address, bytes, &Request::new("GET", "/"))
        .unwrap_or_else(|failure| panic!("{failure}; sent: {}", bytes.escape_ascii()))
}

/// Whether Corsac has edited the reply, and completely.
fn is_edited(response: &Response) -> bool {
    let (origin, vary) = (response.headers.joined("access-control-allow-origin"), response.headers.joined("vary"));
    match (origin.as_deref(), vary.as_deref()) {
        (Some(b"https://app.example"), Some(b"origin")) => true,
        (None, None) => false,
        other => panic!("half an edit: {other:?}"),
    }
}

const OVERLOADED: &str = "503: the overload manager stops accepting requests";

/// Asks an Envoy that must shed its load.
fn overloaded() -> bool {
    let pressure = std::env::temp_dir().join(format!("corsac-pressure-{}", std::process::id()));
    std::fs::write(&pressure, "1").unwrap();
    let injected = "type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig";
    let manager = json!({
        "refresh_interval": "0.05s",
        "resource_monitors": [{ "name": "pressure", "typed_config": { "@type": injected, "filename": pressure } }],
        "actions": [{
            "name": "envoy.overload_actions.stop_accepting_requests",
            "triggers": [{ "name": "pressure", "threshold": { "value": 0.5 } }],
        }],
    });
    let world = World::with([Listener::new("front").filter(corsac(POLICY))], |bootstrap: Bootstrap| {
        bootstrap.field("overload_manager", manager)
    });
    let response = corsac_testbed::poll(corsac_testbed::DEADLINE, "Envoy sheds its load", || {
        let response = send(&world, "front", &get("overload", "/"));
        (response.status == 503).then_some(response)
    });
    std::fs::remove_file(&pressure).unwrap();
    is_edited(&response.unwrap())
}

/// What `path_with_escaped_slashes_action` does with a preflight to `/v1%2Fa`. Each row has Envoy
/// Gateway's name first.
const ESCAPED_SLASHES: [(&str, &str); 4] = [
    ("`UnescapeRedirect`, its default", "UNESCAPE_AND_REDIRECT"),
    ("`UnescapeForward`", "UNESCAPE_AND_FORWARD"),
    ("`RejectRequest`", "REJECT_REQUEST"),
    ("`KeepUnchanged`", "KEEP_UNCHANGED"),
];

const RULES: &str = r#"{
    "policies": { "app": { "allowOrigins": ["https://app.example"] } },
    "rules": [{ "paths": ["/v1/*"], "policy": "app" }]
}"#;

#[test]
fn envoys_setting_for_escaped_slashes_decides_the_answer_to_a_preflight() {
    let listener = |(_, action): (&str, &str), (name, policy): (&str, &str)| {
        on_escaped_slashes(Listener::new(format!("{name}-{action}")), corsac(policy), action)
    };
    let policies = [("one", POLICY), ("rules", RULES)];
    let world = World::of(ESCAPED_SLASHES.into_iter().flat_map(|row| policies.map(|policy| listener(row, policy))));
    let mut table =
        "| `escapedSlashesAction` | in Envoy | one policy | a rule for `/v1/*` |\n|---|---|---|---|\n".to_owned();
    for (gateway, action) in ESCAPED_SLASHES {
        let cells = policies.map(|(name, _)| {
            let id = format!("{name}-{action}");
            let response =
                world.send(&id, Protocol::Http1, &Request::preflight("/v1%2Fa", "https://app.example", "GET").id(&id));
            let refusal = world.envoy.access_log().wait_for(&id).unwrap().refusal;
            let reason = refusal.and_then(|words| Some(format!(", `{}`", words.rsplit(';').next()?)));
            format!("{}{}", response.status, reason.unwrap_or_default())
        });
        let _ = writeln!(table, "| {gateway} | `{action}` | {} |", cells.join(" | "));
    }
    println!("{table}");
    assert!(DEPLOYMENT.contains(&table), "docs/deployment.md shows another table:\n{table}");
}

/// A request from a listed origin, without the end of its header section.
fn open(method: &str, id: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nhost: api.test\r\norigin: https://app.example\r\n{ID}: {id}\r\n").into()
}

fn with(method: &str, id: &str, path: &str, line: &str) -> Vec<u8> {
    [open(method, id, path), format!("{line}\r\n\r\n").into()].concat()
}

fn get(id: &str, path: &str) -> Vec<u8> {
    [open("GET", id, path), b"\r\n".to_vec()].concat()
}

fn root(id: &str) -> Vec<u8> {
    get(id, "/")
}

fn escaped_slash(id: &str) -> Vec<u8> {
    get(id, "/a%2Fb")
}

fn post(id: &str, body: &str) -> Vec<u8> {
    [with("POST", id, "/", "content-length: 10"), body.into()].concat()
}

fn alone(listener: Listener, corsac: Value) -> Listener {
    listener.filter(corsac)
}

fn to(listener: Listener, corsac: Value, action: Action) -> Listener {
    listener.filter(corsac).route(Route { action, ..Route::default() })
}

fn on_escaped_slashes(listener: Listener, corsac: Value, action: &str) -> Listener {
    alone(listener, corsac).manager("path_with_escaped_slashes_action", action.into())
}

/// The filter that asks the upstream. Any answer but 200 is a denial.
fn ext_authz() -> Value {
    let server = json!({ "uri": "http://authorization.test", "cluster": "upstream", "timeout": "5s" });
    filter::of(
        "envoy.filters.http.ext_authz",
        "ext_authz.v3.ExtAuthz",
        json!({ "http_service": { "server_uri": server }, "allowed_headers": { "patterns": [{ "exact": ID }] } }),
    )
}

fn fault() -> Value {
    let always = json!({ "numerator": 100, "denominator": "HUNDRED" });
    let abort = json!({ "http_status": 503, "percentage": always });
    filter::of("envoy.filters.http.fault", "fault.v3.HTTPFault", json!({ "abort": abort }))
}

fn buffer() -> Value {
    filter::of("envoy.filters.http.buffer", "buffer.v3.Buffer", json!({ "max_request_bytes": 5 }))
}

fn teapot_for_404() -> Value {
    let is_404 = json!({ "status_code_filter": { "comparison": {
        "op": "EQ", "value": { "default_value": 404, "runtime_key": "testbed.never_set" },
    } } });
    json!({ "mappers": [{ "filter": is_404, "status_code": 418 }] })
}

fn rows() -> Vec<Row> {
    [before_any_filter(), of_filters(), after_the_filters()].concat()
}

/// The replies that Envoy sends before it creates the filter chain.
fn before_any_filter() -> Vec<Row> {
    let row = |title, status, around, sent| Row { title, status, edited: false, around, sent };
    vec![
        row("400: the request is no HTTP", 400, alone, |_| b"nonsense\r\n\r\n".to_vec()),
        row("400: a method that Envoy does not know (`PuT`)", 400, alone, |id| {
            [open("PuT", id, "/"), b"\r\n".to_vec()].concat()
        }),
        row("400: a byte that no header may have", 400, alone, |id| with("GET", id, "/", "x: a\0b")),
        row("400: no `Host`", 400, alone, |_| b"GET / HTTP/1.1\r\norigin: https://app.example\r\n\r\n".to_vec()),
        row(
            "400: `path_with_escaped_slashes_action: REJECT_REQUEST`",
            400,
            |listener, corsac| on_escaped_slashes(listener, corsac, "REJECT_REQUEST"),
            escaped_slash,
        ),
        row(
            "307: `path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT`",
            307,
            |listener, corsac| on_escaped_slashes(listener, corsac, "UNESCAPE_AND_REDIRECT"),
            escaped_slash,
        ),
        row(
            "403: an upgrade that the listener does not take",
            403,
            |listener, corsac| alone(listener, corsac).manager("upgrade_configs", json!([])),
            |id| with("GET", id, "/", "connection: upgrade\r\nupgrade: websocket"),
        ),
        row(
            "408: the header does not end in time (`request_headers_timeout`)",
            408,
            |listener, corsac| alone(listener, corsac).manager("request_headers_timeout", "0.1s".into()),
            |id| open("GET", id, "/"),
        ),
        row("426: HTTP/1.0", 426, alone, |_| {
            b"GET / HTTP/1.0\r\nhost: api.test\r\norigin: https://app.example\r\n\r\n".to_vec()
        }),
        row("431: the URL or the headers are too large", 431, alone, |id| get(id, &format!("/{}", "a".repeat(70_000)))),
        row("501: a `Transfer-Encoding` that Envoy does not know", 501, alone, |id| {
            with("POST", id, "/", "transfer-encoding: zip")
        }),
    ]
}

/// The replies of filters, by their places.
fn of_filters() -> Vec<Row> {
    let row = |title, status, edited, around| Row { title, status, edited, around, sent: root };
    vec![
        row("403 of ext_authz *ahead* of Corsac", 403, false, |listener, corsac| {
            listener.filter(ext_authz()).filter(corsac)
        }),
        row("403 of ext_authz after Corsac", 403, true, |listener, corsac| listener.filter(corsac).filter(ext_authz())),
        row("403 of RBAC after Corsac", 403, true, |listener, corsac| {
            listener.filter(corsac).filter(filter::rbac_deny())
        }),
        row("429 of a rate limit *ahead* of Corsac", 429, false, |listener, corsac| {
            listener.filter(filter::rate_limit_always()).filter(corsac)
        }),
        row("429 of a rate limit after Corsac", 429, true, |listener, corsac| {
            listener.filter(corsac).filter(filter::rate_limit_always())
        }),
        row("503 of a fault after Corsac", 503, true, |listener, corsac| listener.filter(corsac).filter(fault())),
        Row {
            sent: |id| post(id, "0123456789"),
            ..row("413 of a buffer after Corsac", 413, true, |listener, corsac| {
                listener.filter(corsac).filter(buffer())
            })
        },
    ]
}

/// The replies of the route, of the router, and of Envoy while filters run.
fn after_the_filters() -> Vec<Row> {
    let row = |title, status, around| Row { title, status, edited: true, around, sent: root };
    vec![
        Row {
            sent: |id| post(id, "half"),
            ..row("408: the body does not end in time (`request_timeout`)", 408, |listener, corsac| {
                alone(listener, corsac).manager("request_timeout", "0.1s".into())
            })
        },
        row("a direct response of the route, of any status", 401, |listener, corsac| {
            to(listener, corsac, Action::Other("direct_response", json!({ "status": 401 })))
        }),
        row("301: the route redirects to https", 301, |listener, corsac| {
            to(listener, corsac, Action::Other("redirect", json!({ "https_redirect": true })))
        }),
        row("404: no route", 404, |listener, corsac| to(listener, corsac, Action::None)),
        row("that 404, made another by `local_reply_config`", 418, |listener, corsac| {
            to(listener, corsac, Action::None).manager("local_reply_config", teapot_for_404())
        }),
        row("503: no healthy upstream", 503, |listener, corsac| to(listener, corsac, Action::Nowhere)),
        row("504: the upstream does not answer in time", 504, |listener, corsac| {
            to(listener, corsac, Action::Other("route", json!({ "cluster": "upstream", "timeout": "0.1s" })))
        }),
        row("whatever the upstream answers", 200, alone),
    ]
}
