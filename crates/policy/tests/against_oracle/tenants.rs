//! Origins that depend on the host of the request: rules whose hosts bind a label, and policies
//! that compare it.

use super::generate::{actual_from, allowing};
use corsac_oracle as oracle;
use corsac_oracle::config::{Configuration, Form, Pattern, Policy, Rule};
use corsac_oracle::engine::{answer, cases, compile};
use corsac_oracle::wire::Exchange;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const BINDING: &[&str] =
    &["{tenant}.api.test", "{tenant}.test:8443", "a.{tenant}.api.test", "{tenant}.B.test", "api.{tenant}.test"];
const PLAIN: &[&str] = &["*.api.test", "api.test", "acme.api.test", "*"];
const ORIGINS: &[&str] = &[
    "https://{tenant}.app.test",
    "http://{tenant}.app.test",
    "https://{tenant}.app.test:8443",
    "https://{tenant}.app.test:*",
    "https://www.{tenant}.app.test",
    "https://acme.app.test",
    "https://admin.test",
];
const PATHS: &[&str] = &["/v1", "/v1/*", "/*", "/admin"];

fn policy(origins: Vec<&'static str>) -> Policy {
    allowing(origins.into_iter().map(|origin| Pattern::Text(origin.to_owned())).collect())
}

fn texts(texts: Vec<&'static str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// A rule for a policy of tenants always binds a label; one for another policy may bind one.
fn rule() -> impl Strategy<Value = Rule> {
    let paths = || option::weighted(0.5, subsequence(PATHS, 1..3).prop_map(texts));
    let binding =
        (subsequence(BINDING, 1..4), subsequence(PLAIN, 0..2), any::<bool>(), paths(), select(&["one", "two"][..]))
            .prop_map(|(binding, plain, plain_first, paths, policy)| {
                let hosts = if plain_first { [plain, binding].concat() } else { [binding, plain].concat() };
                Rule { hosts: Some(texts(hosts)), paths, policy: Some(policy.to_owned()), ..Rule::default() }
            });
    let other = (option::of(subsequence([BINDING, PLAIN].concat(), 1..3).prop_map(texts)), paths(), any::<bool>())
        .prop_map(|(hosts, paths, null)| Rule {
            hosts,
            paths,
            policy: (!null).then(|| "plain".to_owned()),
            ..Rule::default()
        });
    prop_oneof![3 => binding, 1 => other]
}

fn configuration() -> impl Strategy<Value = Configuration> {
    let origins = || {
        subsequence(ORIGINS, 1..5).prop_map(|mut origins| {
            if !origins[0].contains('{') {
                origins.insert(0, ORIGINS[0]);
            }
            policy(origins)
        })
    };
    (origins(), origins(), vec(rule(), 1..5)).prop_map(|(one, two, rules)| {
        let plain = policy(vec!["https://acme.app.test"]);
        let policies = [("one", one), ("two", two), ("plain", plain)];
        let policies = policies.into_iter().map(|(name, policy)| (name.to_owned(), policy)).collect();
        Configuration {
            form: Form::Many { policies, rules: Some(rules), policy_from_route_metadata: false },
            debug: true,
        }
    })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let label = || select(&["acme", "ACME", "globex", "a", "b", "api", "a.b", "x_y", "xn--4ca", ""][..]);
    let host = select(
        &[
            "{}.api.test",
            "{}.api.test.",
            "{}.test:8443",
            "{}.test",
            "a.{}.api.test",
            "a.{}.test",
            "{}.b.TEST",
            "api.{}.test",
            "api.test",
            "[::1]",
        ][..],
    );
    let origin = select(
        &[
            "https://{}.app.test",
            "http://{}.app.test",
            "https://{}.app.test:8443",
            "https://www.{}.app.test",
            "https://{}app.test",
            "https://x.{}.app.test",
            "https://admin.test",
            "null",
        ][..],
    );
    let path = select(&["/v1", "/v1/", "//v1", "/v1/x", "/admin", "/admin/..;/v1", "/x"][..]);
    (label(), option::weighted(0.4, label()), host, origin, path, any::<bool>()).prop_map(
        |(one, other, host, origin, path, preflight)| {
            let origin = origin.replace("{}", &other.unwrap_or(one).to_ascii_lowercase());
            let mut exchange = actual_from(origin.as_bytes());
            exchange.request.target.authority = Some(host.replace("{}", one).into_bytes());
            exchange.request.target.path = Some(path.into());
            if preflight {
                "OPTIONS".clone_into(&mut exchange.request.method);
                exchange.request.headers.push(("access-control-request-method".to_owned(), b"GET".to_vec()));
            }
            exchange
        },
    )
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_tenants_origin_is_let_in_exactly_if_the_oracle_lets_it_in(
        (configuration, exchanges) in (configuration(), vec(exchange(), 24))
    ) {
        let policies = compile(&configuration)?;
        for exchange in exchanges {
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
