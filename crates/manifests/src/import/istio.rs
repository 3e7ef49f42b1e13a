//! Istio: `corsPolicy` in the routes of a `VirtualService`.

use super::draft::Draft;
use super::envoy::note_preflights;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::{self, Entry, Match};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::Word;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    document.text_of("kind") == Some("VirtualService") || document.get("corsPolicy").is_some()
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let services: Vec<&At<'_>> = documents.iter().filter(|at| at.path(&["spec", "http"]).is_some()).collect();
    if services.is_empty() {
        let alone = documents
            .iter()
            .find_map(|at| at.get("corsPolicy").or_else(|| at.path(&["spec", "service", "corsPolicy"])));
        let at =
            alone.or_else(|| documents.iter().find(|at| at.any(&["allowOrigins", "allowOrigin"]).is_some()).cloned());
        let at = at.ok_or("The file holds no VirtualService with HTTP routes, and no corsPolicy.")?;
        return Ok(vec![Route::everything("istio", policy(&at, notes), &at)]);
    }
    let mut groups = Vec::new();
    for service in services {
        let hosts = service.path(&["spec", "hosts"]).map(|at| at.words()).unwrap_or_default();
        let mut routes = Vec::new();
        for http in service.path(&["spec"]).map(|spec| spec.list("http")).unwrap_or_default() {
            routes.extend(http_routes(service, &http, notes));
        }
        groups.push(Group { hosts: hosts.into_iter().map(|host| host.text).collect(), routes });
    }
    Ok(arrange(groups, Order::Written))
}

fn http_routes(service: &At<'_>, http: &At<'_>, notes: &mut Notes) -> Vec<Route> {
    let policy = http.get("corsPolicy").and_then(|at| policy(&at, notes));
    if http.get("delegate").is_some() {
        notes.at(http, "The route is delegated to another VirtualService; what that one says is not part of this.");
    }
    let name = http.text_of("name").map(str::to_owned).or_else(|| values::name(service)).unwrap_or_default();
    let route = Route::everything(&name, policy, http);
    let matches = http.list("match");
    if matches.is_empty() {
        return vec![route];
    }
    matches.iter().map(|at| matched(route.clone(), at)).collect()
}

/// The route under one of its matches, all of whose conditions have to hold.
fn matched(mut route: Route, at: &At<'_>) -> Route {
    let caseless = at.flag(&["ignoreUriCase"]) == Some(true);
    for (key, value) in at.members() {
        match key {
            "name" | "statPrefix" | "ignoreUriCase" | "gateways" => {}
            "uri" => route.paths = paths(&value, caseless),
            "method" | "headers" | "withoutHeaders" | "queryParams" | "authority" | "scheme" | "port"
            | "sourceLabels" | "sourceNamespace" => route.add_condition(&format!("the match on \"{key}\"")),
            other => route.add_condition(&format!("the match on \"{other}\"")),
        }
    }
    route
}

fn paths(uri: &At<'_>, caseless: bool) -> Vec<PathMatch> {
    if caseless && uri.text_of("regex").is_some() {
        return vec![PathMatch::Unsayable(uri.text_of("regex").unwrap_or_default().to_owned())];
    }
    match (uri.text_of("exact"), uri.text_of("prefix"), uri.text_of("regex")) {
        (Some(path), _, _) => vec![PathMatch::exact(path)],
        (_, Some(path), _) => vec![PathMatch::text_prefix(path)],
        (_, _, Some(text)) => PathMatch::regex(text, true),
        _ => vec![PathMatch::Unsayable("uri".to_owned())],
    }
}

/// One `corsPolicy`; `None` where it names no origins, so that nothing is done there.
pub(crate) fn policy(at: &At<'_>, notes: &mut Notes) -> Option<Draft> {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["allowCredentials"]) == Some(true);
    let matchers = at.list("allowOrigins");
    let exact = at.get("allowOrigin").map(|at| at.whole_words()).unwrap_or_default();
    if !matchers.is_empty() && !exact.is_empty() {
        notes.at(at, "\"allowOrigins\" counts beside \"allowOrigin\", which is left out.");
    }
    if matchers.is_empty() {
        for word in &exact {
            draft.origins.extend(origins::exact(word, draft.context(), notes));
        }
    }
    for matcher in &matchers {
        draft.origins.extend(string_match(matcher, &draft, notes));
    }
    if matchers.is_empty() && exact.is_empty() {
        notes.at(at, "The corsPolicy allows no origin, so it does nothing; it is left out.");
        return None;
    }
    let words = |name| at.get(name).map(|at| at.words()).unwrap_or_default();
    draft.methods = words("allowMethods");
    draft.headers = words("allowHeaders");
    draft.exposed = words("exposeHeaders");
    draft.max_age = at.get("maxAge").and_then(|at| values::seconds(&at));
    if at.text_of("unmatchedPreflights") != Some("IGNORE") {
        note_preflights(at, notes);
    }
    Some(draft)
}

/// Istio's `StringMatch`, which Envoy's filter applies: whatever matches the text `*` allows
/// everyone.
fn string_match(at: &At<'_>, draft: &Draft, notes: &mut Notes) -> Vec<Entry> {
    let context = draft.context();
    let word = |text: &str| Word { text: text.to_owned(), place: at.place.clone(), line: at.line() };
    if let Some(text) = at.text() {
        return origins::exact(&word(text), context, notes);
    }
    match (at.text_of("exact"), at.text_of("prefix"), at.text_of("regex")) {
        (Some(text), _, _) => origins::exact(&word(text), context, notes),
        (_, Some(text), _) => origins::prefix(&word(text), context, notes),
        (_, _, Some(text)) => origins::regex(&word(text), Match::Whole, context, notes),
        _ => {
            notes.at(at, "This is neither an exact text nor a prefix nor a regular expression; it is left out.");
            Vec::new()
        }
    }
}
