//! Routes by host: the most specific host first, as every proxy chooses.

use std::cmp::Reverse;

use super::paths::PathMatch;
use super::site::Route;

/// The routes of some hosts, which no other host's routes follow.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// As the source writes them; empty or `*`: every host.
    pub(crate) hosts: Vec<String>,
    pub(crate) routes: Vec<Route>,
}

/// How a source orders the routes of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As written.
    Written,
    /// Exact paths, then patterns, then the longest prefix.
    LongestPath,
    /// The same, but what no route of a host takes, a route of every host may take.
    LongestPathOfAny,
    /// The path decides before the host.
    PathBeforeHost,
}

/// All routes, in the order in which they are tried.
///
/// As a rule a host's routes are alone for it: what they leave alone, no other host's routes take.
pub(crate) fn arrange(groups: Vec<Group>, order: Order) -> Vec<Route> {
    let mut by_hosts: Vec<Group> = Vec::new();
    for group in groups.into_iter().flat_map(split) {
        match by_hosts.iter_mut().find(|known| known.hosts == group.hosts) {
            Some(known) => known.routes.extend(group.routes),
            None => by_hosts.push(group),
        }
    }
    by_hosts.sort_by_key(|group| specificity(group.hosts.first().map_or("*", String::as_str)));
    let mut routes = Vec::new();
    for mut group in by_hosts {
        if order != Order::Written {
            group.routes = group.routes.iter().flat_map(one_path_each).collect();
            group.routes.sort_by_key(path_rank);
        }
        let alone = matches!(order, Order::Written | Order::LongestPath);
        let closing = group.routes.last().filter(|_| alone).map(|last| Route {
            paths: vec![PathMatch::All],
            condition: None,
            policy: None,
            routes: Vec::new(),
            ..last.clone()
        });
        for mut route in group.routes.into_iter().chain(closing) {
            route.set_hosts(group.hosts.iter().map(String::as_str));
            routes.push(route);
        }
    }
    if order == Order::PathBeforeHost {
        routes.sort_by_key(path_rank);
    }
    routes
}

/// Exact hosts stay together; each wildcard is a group, since other hosts may come between them.
fn split(group: Group) -> Vec<Group> {
    if group.hosts.is_empty() || group.hosts.iter().any(|host| host == "*") {
        return vec![Group { hosts: Vec::new(), ..group }];
    }
    let (wild, exact): (Vec<String>, Vec<String>) = group.hosts.iter().cloned().partition(|host| host.contains('*'));
    let mut parts: Vec<Vec<String>> = wild.into_iter().map(|host| vec![host]).collect();
    if !exact.is_empty() {
        parts.insert(0, exact);
    }
    parts.into_iter().map(|hosts| Group { hosts, routes: group.routes.clone() }).collect()
}

/// Smaller is tried first.
fn specificity(host: &str) -> (u8, Reverse<usize>) {
    match host {
        "*" => (2, Reverse(0)),
        host if host.contains('*') => (1, Reverse(host.len())),
        _ => (0, Reverse(0)),
    }
}

fn one_path_each(route: &Route) -> Vec<Route> {
    let each = |path: &PathMatch| Route { paths: vec![path.clone()], ..route.clone() };
    route.paths.iter().map(each).collect()
}

fn path_rank(route: &Route) -> (u8, Reverse<usize>, bool) {
    let (rank, length) = match route.paths.first() {
        Some(PathMatch::Exact(path)) => (0, path.len()),
        Some(PathMatch::Unsayable(text)) => (1, text.len()),
        Some(PathMatch::Below(path) | PathMatch::TextPrefix(path)) => (2, path.trim_end_matches('/').len()),
        Some(PathMatch::All) | None => (3, 0),
    };
    (rank, Reverse(length), route.condition.is_none())
}
