//! Which policy is chosen: hosts, paths, routes, metadata, and the evasions
//! that make a path or an authority ambiguous.

use super::generate::{actual_from, allowing, twist, twisted, twists};
use corsac_oracle as oracle;
use corsac_oracle::choice::{Metadata, Route, Target};
use corsac_oracle::config::{Configuration, Form, Pattern, Policy, Rule};
use corsac_oracle::engine::{answer, cases, compile};
use corsac_oracle::wire::Exchange;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

const ORIGIN: &str = "https://a.example";
const POLICIES: [&str; 4] = ["one", "two", "watched", "wide-open"];

/// Four policies: two alike but for the name, one that only watches, and `*`.
fn policies() -> Vec<(String, Policy)> {
    let policy = |name: &str| {
        let origin = if name == "wide-open" { "*" } else { ORIGIN };
        let policy = allowing(vec![Pattern::Text(origin.to_owned())]);
        Policy { report_only: name == "watched", allow_methods: vec!["PUT".to_owned()], ..policy }
    };
    POLICIES.iter().map(|name| ((*name).to_owned(), policy(name))).collect()
}

const HOSTS: &[&str] = &[
    "api.test",
    "API.Test",
    "api.test:8443",
    "api.test:443",
    "*.api.test",
    "*.test",
    "*.test:80",
    "*",
    "[::1]",
    "[::1]:8080",
    "10.0.0.1",
    "test",
    "a_b.test",
];

const PATHS: &[&str] = &[
    "/",
    "/*",
    "/v1",
    "/v1/",
    "/v1/*",
    "/v1/admin",
    "/v1/admin/*",
    "/admin",
    "/admin/*",
    "/Admin",
    "/v1/a%2fb",
    "/v1/%61/*",
    "/a;b",
    "/a//b",
    "/v1//",
    "/%61dmin",
    "/admin.",
    "//v1",
    "/v1%2f",
];

const ROUTES: &[&str] = &["legacy", "modern", "Legacy"];

/// Some of these, in their order, at least one; or the key is left out.
fn some_of(all: &'static [&'static str], chance: f64) -> impl Strategy<Value = Option<Vec<String>>> {
    let some = subsequence(all, 1..4).prop_map(|some| some.into_iter().map(str::to_owned).collect());
    option::weighted(chance, some)
}

fn rule() -> impl Strategy<Value = Rule> {
    let policy = option::weighted(0.85, select(&POLICIES[..]).prop_map(str::to_owned));
    (some_of(HOSTS, 0.25), some_of(PATHS, 0.7), some_of(ROUTES, 0.15), policy)
        .prop_map(|(hosts, paths, routes, policy)| Rule { hosts, paths, routes, policy })
}

fn some_rules() -> impl Strategy<Value = Option<Vec<Rule>>> {
    vec(rule(), 1..7).prop_map(Some)
}

fn configuration() -> impl Strategy<Value = Configuration> {
    let form = prop_oneof![
        6 => (some_rules(), Just(false)),
        2 => (some_rules(), Just(true)),
        1 => (Just(None), Just(true)),
    ];
    form.prop_map(|(rules, policy_from_route_metadata)| Configuration {
        form: Form::Many { policies: policies(), rules, policy_from_route_metadata },
        debug: true,
    })
}

/// A way to write a path that some upstreams read as another one.
fn evasion() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "/",
            "/",
            "/",
            "/",
            "//",
            "v1",
            "v1",
            "admin",
            "admin",
            "Admin",
            "V1",
            "%61dmin",
            "%2561dmin",
            "%252561dmin",
            "%25252561dmin",
            "%2f",
            "%2F",
            "%252f",
            "%5c",
            "\\",
            "..",
            ".",
            "/../",
            "/./",
            "%2e%2e",
            "%2e",
            "..;/",
            ";x",
            ";",
            "%3b",
            ";a=b/c",
            "?",
            "?/v1",
            "%3f",
            "#",
            "a",
            "b",
            "x",
            "%",
            "%zz",
            "%2",
            "*",
            "%00",
            "\u{e9}",
            "%c3%a9",
            ".well-known",
            "%c0%af",
            "%c0%ae%c0%ae/",
            "%c1%1c",
            "%e0%80%af",
            "%f0%80%81%9c",
            "%ef%bc%8f",
            "%ef%bc%8e%ef%bc%8e/",
            "%ef%bd%81dmin",
            "%u002f",
            "%U002e",
            "%uff0f",
            "%25u002f",
            "%20",
            " ",
            "%09",
            "%a0",
            "%23",
            "::$DATA",
            ":$i30:$index/",
            ":x",
            "//x/",
            "http://x/",
        ][..],
    )
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        (select(&["/", "/", "/", "/v1", "/v1/", "/v1/admin", ""][..]), vec(evasion(), 0..6))
            .prop_map(|(start, pieces)| start.to_owned() + &pieces.concat()),
        select(PATHS).prop_map(|pattern| pattern.replace('*', "x")),
        select(&["*", "/", "/v1", "/v1/x/y", "/admin/", "/healthz"][..]).prop_map(str::to_owned),
    ];
    (pieces, twists()).prop_map(|(path, twists)| {
        // Twists for origins do no harm here, but most paths stay whole.
        if twists.len() > 1 { twisted(path.as_bytes(), &twists) } else { path.into_bytes() }
    })
}

fn authority() -> impl Strategy<Value = Vec<u8>> {
    let good = select(
        &[
            "api.test",
            "x.api.test",
            "x.y.api.test",
            "test",
            "API.TEST",
            "api.test.",
            "api.test:443",
            "api.test:8443",
            "X.api.test.:80",
            "api.test:08443",
            "[::1]",
            "[0:0::1]:8080",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
            "a_b.test:65535",
            "evilapi.test",
            "api.test.evil",
        ][..],
    );
    let bad = select(
        &[
            "",
            ":",
            ":80",
            "api.test:",
            "api.test..",
            ".api.test",
            "api..test",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:",
            "u@api.test",
            "u:p@api.test",
            "api.test,evil",
            "b\u{fc}.test",
            "*.test",
            "*",
            "api.test%2e",
            " api.test",
            "api.test:65536",
            "api.test:008443",
            "api.test:x",
            "api.test:-1",
            "api.test:80:80",
            "[fe80::1%25lo]",
            "api.test/",
            "api.test#",
            "[]",
            "[1.2.3.4]",
        ][..],
    );
    let twisted = (good.clone(), twist()).prop_map(|(host, twist)| twisted(host.as_bytes(), &[twist]));
    prop_oneof![8 => good.prop_map(Into::into), 1 => bad.prop_map(Into::into), 1 => twisted]
}

/// A route in one phase, as Envoy could show it.
pub fn route() -> impl Strategy<Value = Route> {
    let name = select(&["", "legacy", "modern", "legac", "other"][..]).prop_map(|name| Some(name.into()));
    let metadata = prop_oneof![
        5 => Just(Metadata::Absent),
        2 => select(&POLICIES[..]).prop_map(|name| Metadata::Named(name.into())),
        1 => select(&["", "unknown", "One", "one\u{e9}"][..]).prop_map(|name| Metadata::Named(name.into())),
        1 => Just(Metadata::Named(vec![0xff])),
        1 => Just(Metadata::Invalid),
    ];
    prop_oneof![
        5 => (name, metadata).prop_map(|(name, metadata)| Route { name, metadata }),
        1 => Just(Route { name: None, metadata: Metadata::Absent }),
    ]
}

/// A request to somewhere, and a response that carries the upstream's CORS.
fn exchange() -> impl Strategy<Value = Exchange> {
    let target = (option::weighted(0.97, authority()), option::weighted(0.95, path()))
        .prop_map(|(authority, path)| Target { authority, path });
    let kind = select(&["preflight", "actual", "refused", "not-cors"][..]);
    (target, kind, route(), route(), prop::bool::weighted(0.2)).prop_map(|(target, kind, first, second, moves)| {
        let mut exchange = actual_from(ORIGIN.as_bytes());
        exchange.request.target = target;
        exchange.request_route = first.clone();
        exchange.response_route = first;
        let header = |name: &str, value: &str| (name.to_owned(), value.into());
        match kind {
            "preflight" => {
                "OPTIONS".clone_into(&mut exchange.request.method);
                exchange.request.headers.push(header("access-control-request-method", "PUT"));
            }
            "refused" => exchange.request.headers = vec![header("origin", "https://evil.example")],
            "not-cors" => exchange.request.headers = vec![],
            _ => {}
        }
        // The route of a preflight that went on is looked at once more, but
        // nothing says as what its response is then edited.
        if moves && kind != "preflight" {
            exchange.response_route = second;
        }
        exchange.upstream = vec![header("access-control-allow-origin", "*"), header("vary", "accept")];
        exchange
    })
}

/// A configuration of rules, and places that rules speak of.
fn rules_and_places() -> impl Strategy<Value = (Configuration, Vec<Exchange>, Vec<Index>)> {
    (configuration(), vec(exchange(), 16), vec(any::<Index>(), 16))
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn the_rules_choose_what_the_oracle_chooses((configuration, exchanges, picks) in rules_and_places()) {
        let policies = compile(&configuration)?;
        for (mut exchange, pick) in exchanges.into_iter().zip(picks) {
            aim(&mut exchange, &configuration, pick);
            let expected = oracle::answer::answer(&configuration, &exchange);
            let actual = answer(&policies, &exchange);
            prop_assert!(
                actual == expected,
                "{}\n{exchange}the engine: {actual}the oracle: {expected}",
                configuration.json()
            );
        }
    }
}

/// Half of the requests go to a host and below a path that a rule names.
fn aim(exchange: &mut Exchange, configuration: &Configuration, pick: Index) {
    let Form::Many { rules: Some(rules), .. } = &configuration.form else { return };
    let rule = &rules[pick.index(rules.len())];
    if pick.index(2) == 1 {
        return;
    }
    if let Some(hosts) = &rule.hosts {
        exchange.request.target.authority = Some(hosts[0].replace('*', "x").into_bytes());
    }
    if let (Some(paths), Some(tail)) = (&rule.paths, &exchange.request.target.path) {
        let base = paths[0].trim_end_matches('*').as_bytes();
        exchange.request.target.path = Some([base, tail].concat());
    }
}
