//! nginx, where it is plain: `add_header Access-Control-…`, `map $http_origin`, `if ($http_origin
//! ~ …)`, `set`.

mod scope;
mod syntax;

use self::scope::Scope;
use self::syntax::Directive;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::paths::PathMatch;
use super::site::Route;
use crate::source::{check_text, is_json};

pub(crate) fn recognises(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words = lower.contains("access-control-allow-origin")
        && (lower.contains("add_header") || lower.contains("more_set_headers"));
    words && !is_json(text) && !lower.contains("apiversion:") && lower.contains(';')
}

pub(crate) fn routes(text: &str, notes: &mut Notes) -> Result<Vec<Route>, String> {
    check_text(text)?;
    let directives = syntax::parse(text)?;
    let mut maps = Vec::new();
    collect(&directives, "map", 0, &mut maps);
    let mut servers = Vec::new();
    collect(&directives, "server", 0, &mut servers);
    let outer = Scope::default().inside(&directives, &maps);
    if servers.is_empty() {
        let group = server("nginx", &directives, &outer, &maps, notes)?;
        return Ok(arrange(vec![group], Order::LongestPath));
    }
    let http = directives.iter().find(|directive| directive.name() == "http");
    let outer = http.map_or_else(|| outer.clone(), |http| outer.inside(&http.block, &maps));
    let mut groups = Vec::new();
    for directive in servers {
        groups.push(server(name(directive), &directive.block, &outer.inside(&directive.block, &maps), &maps, notes)?);
    }
    Ok(arrange(groups, Order::LongestPath))
}

/// All directives of a name, wherever they are.
fn collect<'d>(directives: &'d [Directive], name: &str, depth: usize, found: &mut Vec<&'d Directive>) {
    for directive in directives {
        if directive.name() == name && !directive.block.is_empty() {
            found.push(directive);
        } else if depth < 4 {
            collect(&directive.block, name, depth + 1, found);
        }
    }
}

fn name(server: &Directive) -> &str {
    let names = server.block.iter().find(|directive| directive.name() == "server_name");
    names.map(|names| names.word(1)).filter(|name| !name.is_empty() && *name != "_").unwrap_or("server")
}

fn server(
    name: &str,
    block: &[Directive],
    scope: &Scope,
    maps: &[&Directive],
    notes: &mut Notes,
) -> Result<Group, String> {
    let names: Vec<&str> = block
        .iter()
        .filter(|directive| directive.name() == "server_name")
        .flat_map(|directive| directive.words.iter().skip(1))
        .map(String::as_str)
        .collect();
    let mut hosts = Vec::new();
    for name in names {
        match name.strip_prefix('.') {
            Some(base) => hosts.extend([base.to_owned(), format!("*.{base}")]),
            None if matches!(name, "_" | "" | "localhost") => hosts.push("*".to_owned()),
            None => hosts.push(name.to_owned()),
        }
    }
    let mut routes = Vec::new();
    locations(name, block, scope, maps, notes, &mut routes)?;
    routes.push(route(
        name,
        "server",
        block.first().map_or(1, |directive| directive.line),
        vec![PathMatch::All],
        scope,
        notes,
    )?);
    Ok(Group { hosts, routes })
}

fn locations(
    name: &str,
    block: &[Directive],
    scope: &Scope,
    maps: &[&Directive],
    notes: &mut Notes,
    routes: &mut Vec<Route>,
) -> Result<(), String> {
    for location in block.iter().filter(|directive| directive.name() == "location") {
        let own = scope.inside(&location.block, maps);
        locations(name, &location.block, &own, maps, notes, routes)?;
        let paths = match (location.word(1), location.word(2)) {
            (named, "") if named.starts_with('@') => continue,
            (path, "") | ("^~", path) => vec![PathMatch::text_prefix(path)],
            ("=", path) => vec![PathMatch::exact(path)],
            ("~", text) => PathMatch::regex(text, false),
            (_, text) => vec![PathMatch::Unsayable(text.to_owned())],
        };
        let place = format!("location {}", location.words.get(1..).unwrap_or_default().join(" "));
        routes.push(route(name, &place, location.line, paths, &own, notes)?);
    }
    Ok(())
}

fn route(
    name: &str,
    place: &str,
    line: usize,
    paths: Vec<PathMatch>,
    scope: &Scope,
    notes: &mut Notes,
) -> Result<Route, String> {
    let policy = scope.policy(place, line, notes)?;
    Ok(Route {
        name: name.to_owned(),
        hosts: Vec::new(),
        lost_hosts: Vec::new(),
        paths,
        routes: Vec::new(),
        condition: None,
        policy,
        place: place.to_owned(),
        line: Some(line),
    })
}
