//! Kong: the plugin `cors` in a declarative file, or as `KongPlugin` beside `Ingress` resources.

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::{self, Entry, Match, PortStar};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::{Word, defaults};

const METHODS: &[&str] = &["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

pub(crate) fn recognises(document: &At<'_>) -> bool {
    document.any(&["_format_version", "_transform"]).is_some()
        || is_kong_plugin(document)
        || (document.text_of("name") == Some("cors") && document.get("config").is_some())
        || document.list("plugins").iter().any(|plugin| plugin.text_of("name") == Some("cors"))
}

fn is_kong_plugin(document: &At<'_>) -> bool {
    matches!(document.text_of("kind"), Some("KongPlugin" | "KongClusterPlugin"))
        && document.text_of("plugin") == Some("cors")
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    if documents.iter().any(is_kong_plugin) {
        return from_kubernetes(documents, notes);
    }
    let file = documents.iter().find(|at| at.any(&["services", "routes", "plugins"]).is_some());
    let Some(file) = file else {
        let at = documents.iter().find(|at| at.is_map()).ok_or("The file holds no plugin \"cors\".")?;
        let config = at.get("config").unwrap_or_else(|| at.clone());
        return Ok(vec![Route::everything("kong", Some(policy(&config, notes)), &config)]);
    };
    declarative(file, notes)
}

/// The plugins at the top of a declarative file, which name what they are for.
struct Plugins<'n> {
    all: Vec<At<'n>>,
}

impl<'n> Plugins<'n> {
    /// The plugin that names this service or route; with `None`, the one that names nothing.
    fn of(&self, kind: &str, name: Option<&str>) -> Option<At<'n>> {
        let named = |plugin: &At<'_>, kind: &str| {
            let at = plugin.get(kind)?;
            at.scalar().or_else(|| at.any(&["name", "id"])?.scalar())
        };
        self.all
            .iter()
            .find(|plugin| match name {
                Some(name) => named(plugin, kind).is_some_and(|named| named == name),
                None => ["service", "route", "consumer"].iter().all(|kind| named(plugin, kind).is_none()),
            })
            .cloned()
    }
}

fn cors_plugins<'n>(at: &At<'n>) -> Vec<At<'n>> {
    let enabled = |plugin: &At<'_>| plugin.text_of("name") == Some("cors") && plugin.flag(&["enabled"]) != Some(false);
    at.list("plugins").into_iter().filter(enabled).collect()
}

fn declarative(file: &At<'_>, notes: &mut Notes) -> Result<Vec<Route>, String> {
    let top = Plugins { all: cors_plugins(file) };
    if let Some(consumer) = top.all.iter().find(|plugin| plugin.get("consumer").is_some()) {
        notes.at(consumer, "The plugin is for one consumer, whom a preflight does not name; it is left out.");
    }
    let global = top.of("", None).map(|plugin| plugin_policy(&plugin, notes));
    let mut groups = Vec::new();
    for service in file.list("services") {
        let own = cors_plugins(&service).into_iter().next().or_else(|| top.of("service", service.text_of("name")));
        let draft = own.map(|plugin| plugin_policy(&plugin, notes)).or_else(|| global.clone());
        for route in service.list("routes") {
            groups.push(route_group(&service, &route, &top, draft.as_ref(), notes));
        }
        let refers = |route: &At<'_>| {
            route.get("service").and_then(|at| at.scalar().or_else(|| at.get("name")?.scalar())).as_deref()
                == service.text_of("name")
        };
        for route in file.list("routes").iter().filter(|route| refers(route)) {
            groups.push(route_group(&service, route, &top, draft.as_ref(), notes));
        }
    }
    for route in file.list("routes").iter().filter(|route| route.get("service").is_none()) {
        groups.push(route_group(route, route, &top, global.as_ref(), notes));
    }
    let mut routes = arrange(groups, Order::LongestPathOfAny);
    if let Some(draft) = global {
        routes.push(Route::everything("global", Some(draft), file));
    }
    if routes.is_empty() {
        // A service without routes serves nothing, but its plugin says what is meant.
        let plugins: Vec<At<'_>> = file.list("services").iter().flat_map(cors_plugins).chain(top.all).collect();
        let [plugin] = plugins.as_slice() else {
            return Err("The file holds no routes that use the plugin \"cors\".".to_owned());
        };
        routes.push(Route::everything("kong", Some(plugin_policy(plugin, notes)), plugin));
    }
    Ok(routes)
}

fn route_group(
    service: &At<'_>,
    route: &At<'_>,
    top: &Plugins<'_>,
    inherited: Option<&Draft>,
    notes: &mut Notes,
) -> Group {
    let own = cors_plugins(route).into_iter().next().or_else(|| top.of("route", Some(route.text_of("name")?)));
    let draft = own.map(|plugin| plugin_policy(&plugin, notes)).or_else(|| inherited.cloned());
    let name = route.text_of("name").or(service.text_of("name")).unwrap_or("route");
    let mut template = Route::everything(name, draft, route);
    let paths: Vec<PathMatch> = route.list("paths").iter().filter_map(At::text).flat_map(path).collect();
    if !paths.is_empty() {
        template.paths = paths;
    }
    for key in ["methods", "headers", "snis", "sources", "destinations", "expression"] {
        // A route's methods say which requests Kong takes; they leave nothing over for another
        // route as a rule.
        if route.get(key).is_some() {
            template.add_condition(&format!("the match on \"{key}\""));
        }
    }
    let hosts = route.list("hosts").iter().filter_map(super::super::source::cursor::At::scalar).collect();
    Group { hosts, routes: vec![template] }
}

fn path(text: &str) -> Vec<PathMatch> {
    match text.strip_prefix('~') {
        Some(regex) => PathMatch::regex(&format!("^{}", regex.trim_start_matches('^')), false),
        None => vec![PathMatch::text_prefix(text)],
    }
}

fn plugin_policy(plugin: &At<'_>, notes: &mut Notes) -> Draft {
    // A plugin without `config` has all defaults.
    let config = plugin.get("config").unwrap_or_else(|| plugin.clone());
    policy(&config, notes)
}

/// `KongPlugin`s, and the `Ingress`es and `HTTPRoute`s whose annotations name them.
fn from_kubernetes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let plugins: Vec<(String, Draft)> = documents
        .iter()
        .filter(|at| is_kong_plugin(at))
        .map(|at| (values::name(at).unwrap_or_default(), plugin_policy(at, notes)))
        .collect();
    let chosen = |at: &At<'_>| {
        let names = at
            .path(&["metadata", "annotations"])
            .and_then(|at| at.any(&["konghq.com/plugins", "plugins.konghq.com"]))
            .map(|at| at.words())
            .unwrap_or_default();
        names
            .iter()
            .find_map(|name| plugins.iter().find(|(plugin, _)| *plugin == name.text))
            .map(|(_, draft)| draft.clone())
    };
    let global = documents.iter().find(|at| {
        at.text_of("kind") == Some("KongClusterPlugin")
            && at.path(&["metadata", "labels"]).is_some_and(|at| at.flag(&["global"]) == Some(true))
    });
    let mut groups = Vec::new();
    for document in documents {
        match document.text_of("kind") {
            Some("Ingress") => groups.extend(ingress_groups(document, chosen(document))),
            Some("HTTPRoute") => groups.push(super::gateway_api::group(document, |_| chosen(document))),
            _ => {}
        }
    }
    let mut routes = arrange(groups, Order::LongestPath);
    let global = global.and_then(|at| {
        plugins.iter().find(|(name, _)| Some(name) == values::name(at).as_ref()).map(|(_, draft)| (at, draft.clone()))
    });
    if let Some((at, draft)) = global {
        routes.push(Route::everything("global", Some(draft), at));
    }
    if routes.iter().any(|route| route.policy.is_some()) {
        return Ok(routes);
    }
    match (plugins.as_slice(), documents.first()) {
        ([(name, draft)], Some(at)) => {
            notes.at(at, "No route in the file names the plugin, so the policy is for every request.");
            Ok(vec![Route::everything(name, Some(draft.clone()), at)])
        }
        _ => Err("No route in the file names these plugins; add the routes.".to_owned()),
    }
}

/// The hosts and paths of an `Ingress`, with one policy.
fn ingress_groups(ingress: &At<'_>, draft: Option<Draft>) -> Vec<Group> {
    let template = Route::everything(&values::name(ingress).unwrap_or_default(), draft, ingress);
    let rule = |rule: &At<'_>| {
        let path = |at: &At<'_>| match (at.text_of("path").unwrap_or("/"), at.text_of("pathType")) {
            (text, Some("Exact")) => vec![PathMatch::exact(text)],
            (text, Some("Prefix")) => vec![PathMatch::below(text)],
            (text, _) => match text.strip_prefix("/~") {
                Some(regex) => path(&format!("~{regex}")),
                None => path(text),
            },
        };
        let paths = rule.get("http").map(|http| http.list("paths")).unwrap_or_default();
        let routes = paths.iter().map(|at| Route { paths: path(at), ..template.clone() }).collect();
        Group { hosts: rule.text_of("host").into_iter().map(str::to_owned).collect(), routes }
    };
    ingress.get("spec").map(|spec| spec.list("rules")).unwrap_or_default().iter().map(rule).collect()
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["credentials"]) == Some(true);
    let context = draft.context();
    let entries = at.get("origins").map(|at| at.listed_words()).unwrap_or_default();
    if entries.is_empty() || entries.iter().any(|word| word.text == "*") {
        if entries.is_empty() {
            notes.at(at, "\"origins\" is not set, and Kong takes that for every origin; \"*\" is written out.");
        }
        let word = Word { text: "*".to_owned(), place: at.place.clone(), line: at.line() };
        draft.origins = vec![origins::any(&word)];
    } else {
        for word in &entries {
            draft.origins.extend(entry(word, context, notes));
        }
    }
    read_lists(&mut draft, at, notes);
    draft.forwards_preflights = at.flag(&["preflight_continue"]) == Some(true);
    if at.flag(&["private_network"]) == Some(true) {
        notes.at(at, "\"private_network\" has no counterpart: browsers dropped Private Network Access.");
    }
    draft
}

fn read_lists(draft: &mut Draft, at: &At<'_>, notes: &mut Notes) {
    let words = |name| at.get(name).map(|at| at.words()).unwrap_or_default();
    draft.methods = words("methods");
    if draft.methods.is_empty() {
        notes.at(at, "\"methods\" is not set; its default is written out.");
        draft.methods = defaults(METHODS, &at.place);
    }
    draft.headers = words("headers");
    if draft.headers.is_empty() {
        notes.at(at, "\"headers\" is not set, and Kong allows whatever is asked for; \"*\" is written out.");
        draft.headers = any_header(draft.credentials, &at.place);
    }
    draft.exposed = words("exposed_headers");
    draft.max_age = at.get("max_age").and_then(|at| values::seconds(&at));
}

/// Every header that a page asks for: without credentials `*` does not cover `authorization`
/// (Fetch, section 3.3.5).
pub(crate) fn any_header(credentials: bool, place: &str) -> Vec<Word> {
    defaults(if credentials { &["*"] } else { &["*", "authorization"] }, place)
}

/// One entry: what holds a character outside `A-Za-z0-9.:/-` is a regular expression, and what
/// holds no colon is a host.
fn entry(word: &Word, context: origins::Context, notes: &mut Notes) -> Vec<Entry> {
    let is_regex = !word.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte));
    let by_host = !word.text.contains(':');
    let mut entries = if is_regex {
        origins::regex(word, Match::Whole, context, notes)
    } else if by_host {
        origins::glob(word, PortStar::AndNone, context, notes)
    } else {
        origins::exact(word, context, notes)
    };
    if by_host {
        for entry in &mut entries {
            if let Some(text) = entry.value.as_str().filter(|text| *text != "*" && !text.ends_with(":*")) {
                entry.value = format!("{text}:*").into();
            }
        }
    }
    entries
}
