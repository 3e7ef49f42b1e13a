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
    /// The policy that the route's metadata name.
    metadata: Option<String>,
}

/// What governs a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Governed {
    Untouched,
    Policy(String),
    /// The route names a policy that is not there: every origin is refused.
    Refused,
}

impl Governed {
    pub(super) fn policy(&self) -> Option<&str> {
        match self {
            Self::Policy(name) => Some(name),
            Self::Untouched | Self::Refused => None,
        }
    }
}

impl Place {
    /// What governs the request.
    pub(super) fn governed(&self, side: &Side) -> Governed {
        let policy = match choice(&side.policies, &mut Asked(self)) {
            Choice::OnlyPolicy => Some("default"),
            Choice::Rule(rule) => side.policy_of_rule(rule.index),
            Choice::RouteMetadata => {
                let named = self.metadata.as_deref().filter(|name| side.policies_by_name().any(|known| known == *name));
                return named.map_or(Governed::Refused, |name| Governed::Policy(name.to_owned()));
            }
            Choice::NoRule => None,
        };
        policy.map_or(Governed::Untouched, |name| Governed::Policy(name.to_owned()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, path) = (self.host.as_deref(), self.path.as_deref());
        match (host, path) {
            (None, None) if self.route.is_none() => f.write_str("every request")?,
            (host, path) => write!(f, "{}{}", host.unwrap_or("*"), path.unwrap_or("/*"))?,
        }
        if let Some(route) = &self.route {
            write!(f, " by route {route}")?;
        }
        self.metadata.as_ref().map_or(Ok(()), |name| write!(f, " by a route whose metadata name {name}"))
    }
}

/// One place for each kind of requests.
pub(super) fn of(old: &Side, new: &Side) -> Vec<Place> {
    let metadata = metadata(old, new);
    let (old, new) = (&old.document, &new.document);
    let hosts = with_ports(&examples(old, new, "hosts", host_example, &format!("{OTHER}.invalid")));
    let paths = examples(old, new, "paths", path_example, &format!("/{OTHER}"));
    let routes = examples(old, new, "routes", str::to_owned, OTHER);
    let mut places = Vec::new();
    for metadata in &metadata {
        for host in &hosts {
            for path in &paths {
                for route in &routes {
                    if places.len() == MOST {
                        return places;
                    }
                    let (host, path, route) = (host.clone(), path.clone(), route.clone());
                    places.push(Place { host, path, route, metadata: metadata.clone() });
                }
            }
        }
    }
    places
}

/// The names that a route's metadata may say, one that neither side knows among them; first none.
fn metadata(old: &Side, new: &Side) -> Vec<Option<String>> {
    let mut names = BTreeSet::new();
    if old.is_from_route_metadata() || new.is_from_route_metadata() {
        names.extend([old, new].into_iter().flat_map(Side::policies_by_name).map(str::to_owned));
        names.insert(OTHER.to_owned());
    }
    [None].into_iter().chain(names.into_iter().map(Some)).collect()
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
        let named = |name: &String| RoutePolicy::Named(name.clone().into_bytes());
        self.0.metadata.as_ref().map_or(RoutePolicy::Absent, named)
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
