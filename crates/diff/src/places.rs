//! The kinds of requests that two configurations tell apart.
//!
//! The patterns of hosts and of paths nest or are disjoint. So one request inside each pattern, and
//! one outside of all, show every choice of a policy.

use std::collections::BTreeSet;
use std::fmt;

use corsac_policy::{Choice, Request, Route, RoutePolicy, choice};
use serde_json::Value as Json;

use super::Side;

/// A label and a segment that no pattern names.
const OTHER: &str = "any-other";
/// So many places are looked at, at most; the product of long lists would never end.
const MOST: usize = 20_000;

/// A request.
pub(super) struct Place {
    host: Option<String>,
    path: Option<String>,
    route: Option<String>,
}

impl Place {
    /// The policy that governs the request.
    pub(super) fn policy(&self, side: &Side) -> Option<String> {
        match choice(&side.policies, &mut Asked(self)) {
            Choice::OnlyPolicy => Some("default".to_owned()),
            Choice::Rule(rule) => {
                let policy = side.document.get("rules")?.get(rule.index)?.get("policy")?;
                policy.as_str().map(str::to_owned)
            }
            Choice::RouteMetadata | Choice::NoRule => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, path) = (self.host.as_deref(), self.path.as_deref());
        match (host, path) {
            (None, None) if self.route.is_none() => return f.write_str("every request"),
            (host, path) => write!(f, "{}{}", host.unwrap_or("*"), path.unwrap_or("/*"))?,
        }
        self.route.as_ref().map_or(Ok(()), |route| write!(f, " by route {route}"))
    }
}

/// One place for each kind of requests.
pub(super) fn of(old: &Json, new: &Json) -> Vec<Place> {
    let hosts = with_ports(&examples(old, new, "hosts", host_example, &format!("{OTHER}.invalid")));
    let paths = examples(old, new, "paths", path_example, &format!("/{OTHER}"));
    let routes = examples(old, new, "routes", str::to_owned, OTHER);
    let mut places = Vec::new();
    for host in &hosts {
        for path in &paths {
            for route in &routes {
                if places.len() == MOST {
                    return places;
                }
                places.push(Place { host: host.clone(), path: path.clone(), route: route.clone() });
            }
        }
    }
    places
}

/// An example inside of each pattern of a list, and `outside`; `None` alone where no rule has the
/// list.
fn examples(old: &Json, new: &Json, list: &str, of: impl Fn(&str) -> String, outside: &str) -> Vec<Option<String>> {
    let rules = [old, new].into_iter().filter_map(|side| side.get("rules")?.as_array()).flatten();
    let lists = rules.filter_map(|rule| rule.get(list)?.as_array()).flatten();
    let inside: BTreeSet<String> = lists.filter_map(Json::as_str).map(of).collect();
    if inside.is_empty() {
        return vec![None];
    }
    inside.into_iter().chain([outside.to_owned()]).map(Some).collect()
}

/// A host inside of the pattern.
fn host_example(pattern: &str) -> String {
    let host = pattern.replacen('*', OTHER, 1).to_ascii_lowercase();
    // `{tenant}` is one label.
    match (host.split_once('{'), host.split_once('}')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{OTHER}{after}"),
        _ => host,
    }
}

/// Each host also with each port that a pattern names: of a pattern with a port and one without,
/// neither need hold the other.
fn with_ports(hosts: &[Option<String>]) -> Vec<Option<String>> {
    fn split(host: &str) -> (&str, Option<&str>) {
        let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        port.map_or((host, None), |(host, port)| (host, Some(port)))
    }
    let ports: BTreeSet<Option<String>> =
        hosts.iter().flatten().map(|host| split(host).1.map(str::to_owned)).chain([None]).collect();
    let all: BTreeSet<Option<String>> = hosts
        .iter()
        .flat_map(|host| {
            ports.iter().map(move |port| match (host, port) {
                (Some(host), Some(port)) => Some(format!("{}:{port}", split(host).0)),
                (host, _) => host.as_deref().map(|host| split(host).0.to_owned()),
            })
        })
        .collect();
    all.into_iter().collect()
}

fn path_example(pattern: &str) -> String {
    pattern.strip_suffix('*').map_or_else(|| pattern.to_owned(), |base| format!("{base}{OTHER}"))
}

/// The request as the engine asks for it.
struct Asked<'p>(&'p Place);

impl Route for Asked<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        Some(self.0.route.clone().unwrap_or_default().into_bytes())
    }

    fn route_policy(&mut self) -> RoutePolicy {
        RoutePolicy::Absent
    }
}

impl Request for Asked<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        match name {
            ":authority" => Some(self.0.host.clone().unwrap_or_else(|| format!("{OTHER}.invalid")).into_bytes()),
            ":path" => Some(self.0.path.clone().unwrap_or_else(|| "/".to_owned()).into_bytes()),
            _ => None,
        }
    }
}
