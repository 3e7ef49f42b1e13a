//! Whole exchanges: any policy, any request, any upstream.

use super::generate::{actual_from, twisted, twists};
use super::rules::route;
use corsac_oracle as oracle;
use corsac_oracle::config::{Configuration, Form, MaxAge, Pattern, Policy, Rule};
use corsac_oracle::engine::{answer, answer_redirected, cases, compile, difference, is_counted, outcome};
use corsac_oracle::wire::{Exchange, Headers, header};
use corsac_policy::{Outcome, Tools, Would};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const MAX_AGES: &[MaxAge] = &[
    MaxAge { json: "0", seconds: 0 },
    MaxAge { json: "600", seconds: 600 },
    MaxAge { json: "2147483647", seconds: 2_147_483_647 },
    MaxAge { json: "\"10m\"", seconds: 600 },
    MaxAge { json: "\"1h0m0s\"", seconds: 3600 },
    MaxAge { json: "\"1.5s\"", seconds: 1 },
];

fn origins() -> impl Strategy<Value = Vec<Pattern>> {
    let text = |text: &str| Pattern::Text(text.to_owned());
    let listed = vec![
        text("https://a.example"),
        text("https://b.example:8443"),
        text("http://localhost:3000"),
        text("null"),
        text("file://"),
        text("https://*.c.example"),
        text("https://d.example:*"),
        text("app://e"),
        Pattern::Exact("https://f.example".to_owned()),
    ];
    // Few of these, because an unoptimized build is slow with them.
    let matchers = vec![
        Pattern::Prefix("https://g.example:".to_owned()),
        Pattern::Suffix(".h.example".to_owned()),
        Pattern::Regex(r"https://pr-\d+\.i\.example".to_owned()),
    ];
    let long = (0..40_usize).prop_map(move |count| {
        (0..count).map(|number| Pattern::Text(format!("https://{number}.example.com"))).collect::<Vec<_>>()
    });
    prop_oneof![
        24 => subsequence(listed.clone(), 1..8),
        2 => (subsequence(listed.clone(), 0..3), select(matchers)).prop_map(|(mut some, matcher)| {
            some.push(matcher);
            some
        }),
        8 => subsequence(listed.clone(), 0..3).prop_map(move |mut some| {
            some.push(Pattern::Text("*".to_owned()));
            some
        }),
        3 => Just(vec![Pattern::Exact("*".to_owned())]),
        3 => Just(vec![text("https://*"), text("http://*:*")]),
        3 => (long, subsequence(listed, 1..4)).prop_map(|(mut many, some)| {
            many.extend(some);
            many
        }),
    ]
}

/// Some of these names in any order, or `*` alone.
fn names(all: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        1 => Just(vec![]),
        3 => subsequence(all, 1..all.len()).prop_shuffle(),
        2 => Just(vec!["*"]),
        1 => vec(select(all), 1..4),
        1 => vec(select(all), 1..3).prop_map(|mut some| {
            some.push("*");
            some
        }),
        1 => vec(select(all), 1..3).prop_map(|mut some| {
            some.insert(0, "*");
            some
        }),
    ]
    .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn allow_headers() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        5 => names(&["X-A", "content-type", "Authorization", "x-b-2", "X_C", "Cookie", "Sec-X", "proxy-", "secx", "x-a"]),
        2 => names(&["X-A", "x-b-*", "X-*", "authorization", "content-type"]),
        1 => Just(vec!["*".to_owned(), "Authorization".to_owned()]),
        1 => Just(vec!["authorization".to_owned(), "*".to_owned()]),
    ]
}

/// A policy with another one as its trial: one that has nothing to do with it, or has most in
/// common.
fn policy_with_trial() -> impl Strategy<Value = Policy> {
    (policy(), policy(), 0..4_usize).prop_map(|(policy, other, alike)| {
        let trial = match alike {
            0 => other,
            1 => Policy { allow_origins: other.allow_origins, fixed_origin: other.fixed_origin, ..policy.clone() },
            2 => Policy { allow_methods: other.allow_methods, allow_headers: other.allow_headers, ..policy.clone() },
            _ => Policy {
                reject: other.reject,
                own_origins: other.own_origins,
                spares_navigations: other.spares_navigations,
                ..policy.clone()
            },
        };
        Policy { trial: Some(Box::new(trial)), ..policy }
    })
}

pub fn policy() -> impl Strategy<Value = Policy> {
    // Boxed, because the strategy is too large for a test's stack.
    let lists = (
        origins().boxed(),
        names(&["GET", "PUT", "DELETE", "PATCH", "patch", "PROPFIND", "POST", "TRACE", "connect"]),
        allow_headers().boxed(),
        names(&["X-R", "etag", "x-request-id", "grpc-status", "Set-Cookie", "set-cookie2"]),
    );
    let rare = || prop::bool::weighted(0.2);
    let switches = (any::<bool>(), any::<bool>(), rare(), rare(), rare(), rare(), any::<bool>());
    let own = select(&["http://api.test", "https://*.test", "https://api.test:*", "https://a.example"][..]);
    let rejection = (prop::bool::weighted(0.3), rare(), option::of(vec(own, 1..3)));
    let answers = (prop::bool::weighted(0.15), prop::bool::weighted(0.15));
    let rest = (option::of(select(MAX_AGES)), rejection, answers).boxed();
    (lists.boxed(), switches, rest).prop_map(|(lists, switches, (max_age, rejection, answers))| {
        let (mut allow_origins, allow_methods, allow_headers, mut expose_headers) = lists;
        let (allow_credentials, timing_allow_origin, preserve, rare_reject, report_only, old, spell_defaults) =
            switches;
        let (often_reject, spares_navigations, own) = rejection;
        let (forwards_preflights, fixed_origin) = answers;
        let reject = rare_reject || often_reject;
        let own_origins: Option<Vec<String>> =
            own.filter(|_| reject).map(|own| own.into_iter().map(str::to_owned).collect());
        if fixed_origin {
            allow_origins = vec![Pattern::Text("https://a.example".to_owned())];
        }
        if allow_credentials {
            // `*` is an error with credentials.
            expose_headers.retain(|name| name != "*");
        }
        Policy {
            allow_origins,
            allow_methods,
            allow_headers,
            expose_headers,
            allow_credentials,
            max_age,
            preflight_status: if old { 200 } else { 204 },
            preserve,
            reject,
            own_origins,
            spares_navigations: spares_navigations && reject,
            forwards_preflights,
            fixed_origin,
            timing_allow_origin,
            report_only,
            trial: None,
            spell_defaults,
        }
    })
}

fn configuration() -> impl Strategy<Value = Configuration> {
    configuration_of(|| policy().boxed())
}

fn configuration_of(policy: fn() -> BoxedStrategy<Policy>) -> impl Strategy<Value = Configuration> {
    let many = (policy(), policy(), any::<bool>()).prop_map(|(one, two, policy_from_route_metadata)| Form::Many {
        policies: vec![("one".to_owned(), one), ("two".to_owned(), two)],
        rules: Some(vec![
            Rule { routes: Some(vec!["legacy".to_owned()]), policy: Some("one".to_owned()), ..Rule::default() },
            Rule { paths: Some(vec!["/open/*".to_owned()]), policy: None, ..Rule::default() },
            Rule { policy: Some("two".to_owned()), ..Rule::default() },
        ]),
        policy_from_route_metadata,
    });
    let form = prop_oneof![4 => policy().prop_map(Form::Single), 1 => many];
    (form, any::<bool>()).prop_map(|(form, debug)| Configuration { form, debug })
}

fn without_trials(configuration: &Configuration) -> Configuration {
    let mut configuration = configuration.clone();
    match &mut configuration.form {
        Form::Single(policy) => policy.trial = None,
        Form::Many { policies, .. } => policies.iter_mut().for_each(|(_, policy)| policy.trial = None),
    }
    configuration
}

fn origin() -> impl Strategy<Value = Vec<u8>> {
    let good = select(
        &[
            "https://a.example",
            "https://a.example",
            "https://b.example:8443",
            "http://localhost:3000",
            "null",
            "file://",
            "https://x.c.example",
            "https://c.example",
            "https://d.example:1",
            "https://d.example",
            "app://e",
            "https://f.example",
            "https://g.example:9",
            "https://x.h.example",
            "https://pr-7.i.example",
            "https://evil.example",
            "https://7.example.com",
            "https://api.test",
            "http://api.test:80",
            "https://API.test",
            "",
            "https://a.example,https://a.example",
            "NULL",
            "*",
        ][..],
    );
    (good, twists())
        .prop_map(|(origin, twists)| if twists.len() > 1 { twisted(origin.as_bytes(), &twists) } else { origin.into() })
}

/// Some header lines, each name at most once.
fn lines(table: &'static [(&'static str, &'static [&'static str])], chance: f64) -> impl Strategy<Value = Headers> {
    let line = move |(name, values): &(&'static str, &'static [&'static str])| {
        let name = *name;
        option::weighted(chance, select(*values).prop_map(move |value| (name.to_owned(), value.into())))
    };
    let lines: Vec<_> = table.iter().map(line).collect();
    lines.prop_map(|lines| lines.into_iter().flatten().collect())
}

const REQUEST: &[(&str, &[&str])] = &[
    (
        "access-control-request-method",
        &["GET", "PUT", "put", "PATCH", "patch", "TRACE", "", "A B", "GET,PUT", "MKCOL", "*"],
    ),
    (
        "access-control-request-headers",
        &[
            "x-a",
            "x-a,x-b-2",
            "authorization",
            " x-a ,, content-type",
            "",
            "x a",
            "x-a,authorization",
            "x-unknown",
            "*",
            "X-A",
            "x-a,x-a",
        ],
    ),
];

const CREDENTIALS: &[(&str, &[&str])] = &[
    ("cookie", &["a=b"]),
    ("authorization", &["Basic eA=="]),
    ("sec-fetch-site", &["same-origin", "cross-site", "same-site", "none", "Same-Origin", ""]),
    ("sec-fetch-mode", &["navigate", "cors", "websocket"]),
    ("x-forwarded-proto", &["https", "http", "HTTPS"]),
    (":scheme", &["https", "http"]),
];

const UPSTREAM: &[(&str, &[&str])] = &[
    ("access-control-allow-origin", &["*", "https://a.example", "null", "", "https://evil.example", "*,*"]),
    ("access-control-allow-credentials", &["true", "false"]),
    ("access-control-expose-headers", &["*", "x-leak"]),
    ("access-control-allow-methods", &["*", "GET"]),
    ("access-control-allow-headers", &["x-up"]),
    ("access-control-max-age", &["5"]),
    (
        "vary",
        &[
            "accept-encoding",
            "Origin",
            "*",
            "accept, ORIGIN",
            "",
            "accept-encoding,accept",
            "x-origin",
            "origin-x",
            "accept,*",
        ],
    ),
    ("timing-allow-origin", &["*", "https://evil.example"]),
    ("corsac-decision", &["forged"]),
    ("content-type", &["text/plain"]),
];

const MEDDLING: &[(&str, &[&str])] = &[
    ("access-control-allow-origin", &["*", "https://evil.example"]),
    ("access-control-allow-credentials", &["true"]),
    ("access-control-expose-headers", &["x-leak"]),
    ("access-control-allow-methods", &["DELETE"]),
    ("access-control-max-age", &["86400"]),
    ("access-control-allow-private-network", &["true"]),
    ("vary", &["accept-encoding", "*", "Origin"]),
    ("corsac-decision", &["forged"]),
];

fn exchange() -> impl Strategy<Value = Exchange> {
    let method = prop_oneof![
        4 => Just("OPTIONS"),
        3 => Just("GET"),
        1 => select(&["POST", "HEAD", "options", "CONNECT", "PUT"][..]),
    ];
    let path = select(&["/", "/open/x", "/items?a=b", "/OPEN/x", "//"][..]);
    let authority = select(&["api.test", "api.test", "API.test:443", "api.test:80", "a.example"][..]);
    let request =
        (method, path, authority, option::weighted(0.85, origin()), lines(REQUEST, 0.75), lines(CREDENTIALS, 0.2));
    let answers = (lines(UPSTREAM, 0.35), lines(MEDDLING, 0.15));
    let routes = (route(), route(), prop::bool::weighted(0.3));
    (request, answers, routes).prop_map(|(request, (upstream, meddling), (route, other, moves))| {
        let (method, path, authority, origin, asked, credentials) = request;
        let mut exchange = actual_from(b"");
        exchange.request.method = method.to_owned();
        exchange.request.target.path = Some(path.into());
        exchange.request.target.authority = Some(authority.into());
        exchange.request.headers = [asked, credentials].concat();
        exchange.request.headers.extend(origin.map(|origin| ("origin".to_owned(), origin)));
        exchange.request_route = route.clone();
        // The contract does not say how a response to a forwarded preflight is edited if its route
        // changes.
        exchange.response_route = if moves && method != "OPTIONS" { other } else { route };
        exchange.upstream = upstream;
        exchange.meddling = meddling;
        exchange
    })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_whole_exchange_goes_as_in_the_oracle(
        configuration in configuration(),
        exchanges in vec(exchange(), 24),
    ) {
        let policies = compile(&configuration)?;
        for exchange in exchanges {
            let expected = oracle::answer::answer(&configuration, &exchange);
            let actual = answer(&policies, &exchange);
            prop_assert!(is_counted(&policies, &exchange), "{}\n{exchange}has no counter", configuration.json());
            prop_assert!(
                actual == expected,
                "{}\n{exchange}the engine: {actual}the oracle: {expected}",
                configuration.json()
            );
        }
    }

    #[test]
    fn a_trial_differs_as_in_the_oracle_and_changes_no_answer(
        configuration in configuration_of(|| policy_with_trial().boxed()),
        exchanges in vec(exchange(), 24),
    ) {
        let policies = compile(&configuration)?;
        let untried = compile(&without_trials(&configuration))?;
        let in_place = corsac_policy::tried(configuration.json().as_bytes()).expect("a trial");
        let in_place = corsac_policy::compile(in_place.as_bytes(), &Tools::default());
        let in_place = in_place.map_err(|rejected| TestCaseError::fail(rejected.to_string()))?.policies;
        for exchange in exchanges {
            let shown = || format!("{}\n{exchange}", configuration.json());
            prop_assert_eq!(answer(&policies, &exchange), answer(&untried, &exchange), "{}", shown());
            let expected = Ok(oracle::answer::difference(&configuration, &exchange));
            let seen = difference(&policies, &exchange);
            prop_assert_eq!(&seen, &expected, "{}", shown());
            // On paper: the trial in the place of its policy.
            let after = outcome(&in_place, &exchange);
            let differs = outcome(&untried, &exchange) != after;
            let predicted = differs.then_some(match after {
                Outcome::Allowed => Would::Allow,
                Outcome::Refused | Outcome::WouldBeRefused => Would::Refuse,
                Outcome::Rejected => Would::Reject,
                Outcome::Passed => Would::Pass,
            });
            let would = seen.ok().flatten().map(|words| words.split(';').next().unwrap().to_owned());
            prop_assert_eq!(would.as_deref(), predicted.map(Would::as_str), "{}", shown());
        }
    }

    /// The browser only knows the first URL. (The route is the same here, because the last URL's
    /// route would apply.)
    #[test]
    fn a_request_that_the_proxy_redirects_is_answered_by_its_first_url(
        configuration in configuration(),
        exchanges in vec((exchange(), exchange()), 24),
    ) {
        let policies = compile(&configuration)?;
        for (exchange, other) in exchanges {
            let next = other.request.target;
            let (direct, redirected) = (answer(&policies, &exchange), answer_redirected(&policies, &exchange, &next));
            prop_assert!(
                direct == redirected,
                "{}\n{exchange}the answer: {direct}redirected to {next:?}: {redirected}",
                configuration.json()
            );
        }
    }

    /// Properties that hold whatever the contract says: an origin that is not allowed cannot read
    /// anything, and no answer has two values.
    #[test]
    fn no_answer_lets_in_more_than_the_requests_origin(
        policy in policy(),
        exchanges in vec(exchange(), 24),
    ) {
        let configuration = Configuration::single(Policy { preserve: false, report_only: false, ..policy.clone() });
        let policies = compile(&configuration)?;
        for exchange in exchanges {
            let answered = answer(&policies, &exchange);
            let allowed = header(&answered.headers, "access-control-allow-origin");
            let asked = header(&exchange.request.headers, "origin");
            let credentials = header(&answered.headers, "access-control-allow-credentials");
            let fixed = policy.fixed_origin.then_some(&b"https://a.example"[..]);
            prop_assert!(allowed.is_none() || allowed == Some(b"*") || allowed == asked || allowed == fixed);
            prop_assert!(credentials.is_none() || allowed.is_some() && allowed != Some(b"*"));
        }
    }
}
