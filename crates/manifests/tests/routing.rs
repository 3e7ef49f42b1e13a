//! Which policy an exchange has: the rules of an import against models of how each source chooses
//! a route.

use corsac_manifests::{Format, import};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// One route of a generated source: a path and, if it has CORS, a number that its policy is told
/// by.
#[derive(Clone, Debug)]
struct Route {
    path: Path,
    policy: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum Path {
    Exact(&'static str),
    /// By whole segments; the root is everything.
    Below(&'static str),
}

impl Path {
    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => *exact == path,
            Self::Below("/") => true,
            Self::Below(base) => path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Exact(path) => 1000 + path.len(),
            Self::Below(path) => path.len(),
        }
    }
}

const HOSTS: &[&str] = &["api.example.com", "www.example.com", "*.example.com", "*.api.example.com", "*"];
const ASKED_HOSTS: &[&str] =
    &["api.example.com", "www.example.com", "x.example.com", "a.api.example.com", "other.test"];
const ASKED_PATHS: &[&str] = &["/", "/a", "/a/b", "/a/b/c", "/b", "/c/d"];

fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        prop::sample::select(&["/a", "/a/b", "/b"][..]).prop_map(Path::Exact),
        prop::sample::select(&["/", "/a", "/a/b", "/b"][..]).prop_map(Path::Below),
    ]
}

fn site() -> impl Strategy<Value = Vec<(&'static str, Vec<Route>)>> {
    let route = (path(), prop::option::of(0_usize..4)).prop_map(|(path, policy)| Route { path, policy });
    let hosts = prop::sample::subsequence(HOSTS, 1..=4);
    hosts.prop_flat_map(move |hosts| {
        let count = hosts.len();
        let routes = prop::collection::vec(
            prop::collection::vec(
                (path(), prop::option::of(0_usize..4)).prop_map(|(path, policy)| Route { path, policy }),
                1..5,
            ),
            count,
        );
        let _ = &route;
        routes.prop_map(move |routes| hosts.clone().into_iter().zip(routes).collect())
    })
}

/// The site of the most specific host.
fn chosen<'s>(site: &'s [(&'static str, Vec<Route>)], host: &str) -> Option<&'s [Route]> {
    let fits = |pattern: &str| {
        pattern == "*" || pattern == host || pattern.strip_prefix('*').is_some_and(|base| host.ends_with(base))
    };
    let rank = |pattern: &str| if pattern.contains('*') { pattern.len() } else { 1000 };
    site.iter()
        .filter(|(pattern, _)| fits(pattern))
        .max_by_key(|(pattern, _)| rank(pattern))
        .map(|(_, routes)| routes.as_slice())
}

fn origin(policy: usize) -> String {
    format!("https://policy-{policy}.example")
}

/// The origin of the policy that the document's rules choose, read naively.
fn imported(document: &Json, host: &str, path: &str) -> Option<String> {
    let origin = |policy: &Json| policy["allowOrigins"][0].as_str().map(str::to_owned);
    let Some(rules) = document["rules"].as_array() else { return origin(document) };
    let fits = |list: &Json, matches: &dyn Fn(&str) -> bool| {
        list.as_array().is_none_or(|list| list.iter().any(|item| matches(item.as_str().expect("a string"))))
    };
    let host_fits =
        |pattern: &str| pattern == host || pattern.strip_prefix('*').is_some_and(|base| host.ends_with(base));
    let path_fits = |pattern: &str| match pattern.strip_suffix("/*") {
        Some(base) => Path::Below(Box::leak(base.to_owned().into_boxed_str())).matches(path),
        None => pattern == path,
    };
    let rule = rules.iter().find(|rule| fits(&rule["hosts"], &host_fits) && fits(&rule["paths"], &path_fits))?;
    origin(&document["policies"][rule["policy"].as_str()?])
}

fn compare(format: Format, text: &str, model: impl Fn(&str, &str) -> Option<usize>) {
    let import = import(Some(format), text);
    for host in ASKED_HOSTS {
        for path in ASKED_PATHS {
            let expected = model(host, path).map(origin);
            match &import {
                Ok(import) => assert_eq!(
                    imported(&import.document, host, path),
                    expected,
                    "{format} {host}{path}\n{text}\n{}",
                    import.document
                ),
                Err(_) => assert_eq!(expected, None, "{format} {host}{path} is refused\n{text}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn routes_of_envoy_are_tried_as_they_are_written_within_the_most_specific_host(site in site()) {
        let hosts: Vec<Json> = site.iter().map(|(host, routes)| {
            let routes: Vec<Json> = routes.iter().map(|route| {
                let matched = match &route.path {
                    Path::Exact(path) => json!({ "path": path }),
                    Path::Below("/") => json!({ "prefix": "/" }),
                    Path::Below(path) => json!({ "path_separated_prefix": path }),
                };
                let cors = route.policy.map(|policy| json!({ "allow_origin_string_match": [{ "exact": origin(policy) }] }));
                json!({ "match": matched, "route": { "cluster": "c" }, "cors": cors })
            }).collect();
            json!({ "name": "host", "domains": [host], "routes": routes })
        }).collect();
        compare(Format::Envoy, &json!({ "virtual_hosts": hosts }).to_string(), |host, path| {
            chosen(&site, host)?.iter().find(|route| route.path.matches(path))?.policy
        });
    }

    #[test]
    fn routes_of_istio_are_tried_as_they_are_written_within_the_most_specific_host(site in site()) {
        let services: Vec<Json> = site.iter().map(|(host, routes)| {
            let http: Vec<Json> = routes.iter().map(|route| {
                let matches = match &route.path {
                    Path::Exact(path) => json!([{ "uri": { "exact": path } }]),
                    Path::Below("/") => json!([]),
                    Path::Below(path) => json!([{ "uri": { "exact": path } }, { "uri": { "prefix": format!("{path}/") } }]),
                };
                let cors = route.policy.map(|policy| json!({ "allowOrigins": [{ "exact": origin(policy) }] }));
                json!({ "match": matches, "corsPolicy": cors })
            }).collect();
            json!({ "kind": "VirtualService", "spec": { "hosts": [host], "http": http } })
        }).collect();
        compare(Format::Istio, &json!({ "kind": "List", "items": services }).to_string(), |host, path| {
            chosen(&site, host)?.iter().find(|route| route.path.matches(path))?.policy
        });
    }

    #[test]
    fn rules_of_the_gateway_api_are_tried_by_the_longest_path_within_the_most_specific_host(site in site()) {
        let routes: Vec<Json> = site.iter().map(|(host, routes)| {
            let rules: Vec<Json> = routes.iter().map(|route| {
                let path = match &route.path {
                    Path::Exact(path) => json!({ "type": "Exact", "value": path }),
                    Path::Below(path) => json!({ "type": "PathPrefix", "value": path }),
                };
                let filters = route.policy.map(|policy| json!([{ "type": "CORS", "cors": { "allowOrigins": [origin(policy)] } }]));
                json!({ "matches": [{ "path": path }], "filters": filters })
            }).collect();
            let hostnames = if *host == "*" { json!(null) } else { json!([host]) };
            json!({ "kind": "HTTPRoute", "spec": { "hostnames": hostnames, "rules": rules } })
        }).collect();
        compare(Format::GatewayApi, &json!({ "kind": "List", "items": routes }).to_string(), |host, path| {
            let routes = chosen(&site, host)?;
            // The first of equals: `max_by_key` takes the last.
            routes.iter().rev().filter(|route| route.path.matches(path)).max_by_key(|route| route.path.length())?.policy
        });
    }
}
