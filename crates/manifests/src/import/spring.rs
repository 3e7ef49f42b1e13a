//! Spring: `corsConfigurations` of Spring Cloud Gateway, and the CORS settings of Actuator and
//! GraphQL.

use super::draft::Draft;
use super::kong::any_header;
use super::notes::Notes;
use super::origins::{self, Entry, PortStar};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::{Word, defaults};

/// The deepest place where a policy is looked for.
const MOST_DEPTH: usize = 12;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    document.any(&["spring", "management", "globalcors"]).is_some()
        || field(document, "corsConfigurations").is_some()
        || is_policy(document)
        || is_map_of_policies(document)
}

/// `allowedOrigins`, `allowed-origins` and `allowed_origins` are one name.
fn field<'n>(at: &At<'n>, name: &str) -> Option<At<'n>> {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wanted = plain(name);
    at.members().into_iter().find(|(key, _)| plain(key) == wanted).map(|(_, at)| at)
}

fn is_policy(at: &At<'_>) -> bool {
    field(at, "allowedOrigins").is_some() || field(at, "allowedOriginPatterns").is_some()
}

fn is_map_of_policies(at: &At<'_>) -> bool {
    let members = at.members();
    !members.is_empty() && members.iter().all(|(name, at)| name.contains('/') && is_policy(at))
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let holds = |document: &&At<'_>| {
        let mut found = Vec::new();
        walk(document, 0, &mut Notes::default(), &mut found);
        !found.is_empty()
    };
    let (profiled, common): (Vec<&At<'_>>, Vec<&At<'_>>) =
        documents.iter().filter(holds).partition(|document| profile(document).is_some());
    let read = if common.is_empty() { &profiled } else { &common };
    if read.len() > 1 {
        return Err("Several documents configure CORS, and the file does not say which one is in force.".to_owned());
    }
    for document in profiled.iter().filter(|_| !common.is_empty()) {
        notes.at(document, "The document is for a profile; it is left out.");
    }
    let mut routes = Vec::new();
    for document in read {
        walk(document, 0, notes, &mut routes);
    }
    if routes.is_empty() {
        return Err("The file holds no corsConfigurations, and no allowedOrigins.".to_owned());
    }
    Ok(routes)
}

/// The profile that a document is for.
fn profile<'n>(document: &At<'n>) -> Option<At<'n>> {
    let spring = document.get("spring")?;
    spring.path(&["config", "activate", "on-profile"]).or_else(|| spring.get("profiles").filter(|at| !at.is_map()))
}

/// Finds the policies: maps from Ant paths, in the order of the file, and policies alone.
fn walk(at: &At<'_>, depth: usize, notes: &mut Notes, routes: &mut Vec<Route>) {
    if depth > MOST_DEPTH {
        return;
    }
    if let Some(map) = field(at, "corsConfigurations").or_else(|| is_map_of_policies(at).then(|| at.clone())) {
        for (path, at) in map.members() {
            let mut route = Route::everything(&route_name(path), Some(policy(&at, notes)), &at);
            route.paths = vec![ant_path(path)];
            routes.push(route);
        }
        return;
    }
    if is_policy(at) {
        let name =
            if at.place.contains("actuator") || at.place.contains("management") { "management" } else { "spring" };
        let mut route = Route::everything(name, Some(policy(at, notes)), at);
        if name == "management" {
            // Actuator has a mapping of its own, which the global policies do not reach.
            route.paths = vec![PathMatch::below("/actuator")];
            routes.insert(0, route);
        } else {
            routes.push(route);
        }
        return;
    }
    for (name, inner) in at.members() {
        if name == "routes" {
            // A route's own policy comes before the global ones.
            routes.splice(0..0, inner.items().iter().filter_map(|at| gateway_route(at, notes)).collect::<Vec<_>>());
        }
        walk(&inner, depth + 1, notes, routes);
    }
}

/// A route of the gateway whose metadata hold a policy, with the predicates that rules can say.
fn gateway_route(at: &At<'_>, notes: &mut Notes) -> Option<Route> {
    let policy = policy(&at.path(&["metadata", "cors"])?, notes);
    let mut route = Route::everything(at.text_of("id").unwrap_or("route"), Some(policy), at);
    for predicate in at.list("predicates") {
        match predicate.text().and_then(|text| text.split_once('=')) {
            Some(("Path", paths)) => route.paths = paths.split(',').map(|path| ant_path(path.trim())).collect(),
            Some(("Host", hosts)) => {
                let hosts: Vec<String> = hosts.split(',').map(|host| host.trim().replacen("**.", "*.", 1)).collect();
                route.set_hosts(hosts.iter().map(String::as_str));
            }
            _ => route.add_condition(&format!("the predicate \"{}\"", predicate.scalar().unwrap_or_default())),
        }
    }
    Some(route)
}

fn route_name(path: &str) -> String {
    let name = path.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if name.is_empty() { "default".to_owned() } else { name.to_owned() }
}

/// `[/**]`, `/api/**`, `/hello`.
fn ant_path(text: &str) -> PathMatch {
    let path = text.trim_start_matches('[').trim_end_matches(']');
    match path.strip_suffix("/**") {
        Some(base) => PathMatch::below(base),
        None if path == "**" || path == "*" => PathMatch::All,
        None => PathMatch::exact(path),
    }
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = field(at, "allowCredentials").and_then(|at| at.bool()) == Some(true);
    draft.reject = true;
    notes.at(at, "Spring answers requests from other origins with 403; \"disallowedOrigins\" says so.");
    let origins = field(at, "allowedOrigins").map(|at| origin_words(&at, notes)).unwrap_or_default();
    let patterns = field(at, "allowedOriginPatterns").map(|at| origin_words(&at, notes)).unwrap_or_default();
    if draft.credentials && origins.iter().any(|word| word.text == "*") {
        draft.credentials = false;
        notes.at(at, "Spring refuses \"*\" in allowedOrigins with credentials; so credentials are not allowed here.");
    }
    for word in &origins {
        draft.origins.extend(origins::exact(word, draft.context(), notes));
    }
    for word in &patterns {
        draft.origins.extend(pattern(word, draft.context(), notes));
    }
    read_lists(&mut draft, at, notes);
    draft
}

/// Origins and patterns: split at commas, but not within `[8080,8081]`; a placeholder is its
/// default.
fn origin_words(at: &At<'_>, notes: &mut Notes) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for item in at.whole_words() {
        let filled = match item.text.trim().strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
            Some(inner) if inner.contains(':') && !inner.contains("${") => {
                let default = inner.split_once(':').map_or("", |(_, default)| default);
                notes.add(&item, format!("\"{}\" is a placeholder; its default is taken.", item.text));
                default.to_owned()
            }
            _ => item.text.clone(),
        };
        let mut open: Option<String> = None;
        for part in filled.split(',') {
            let text = match open.take() {
                Some(before) => format!("{before},{part}"),
                None => part.to_owned(),
            };
            if text.contains(":[") && !text.contains(']') {
                open = Some(text);
            } else {
                words.push(Word { text: text.trim().to_owned(), ..item.clone() });
            }
        }
    }
    words.retain(|word| !word.text.is_empty());
    words
}

/// One of Spring's origin patterns: `*` in the host, and `:[8080,8081]` or `:[*]`.
pub(crate) fn pattern(word: &Word, context: origins::Context, notes: &mut Notes) -> Vec<Entry> {
    if word.text.contains(['*', '[']) {
        origins::glob(word, PortStar::AndNone, context, notes)
    } else {
        origins::exact(word, context, notes)
    }
}

fn read_lists(draft: &mut Draft, at: &At<'_>, notes: &mut Notes) {
    let words = |name| field(at, name).map(|at| at.words());
    draft.methods = words("allowedMethods").unwrap_or_default();
    if draft.methods.is_empty() {
        notes.at(at, "\"allowedMethods\" is not set, which is GET and HEAD; they are written out.");
        draft.methods = defaults(&["GET", "HEAD"], &at.place);
    }
    draft.headers = words("allowedHeaders").unwrap_or_default();
    if draft.headers.iter().any(|word| word.text == "*") {
        notes.at(
            at,
            "Spring allows whatever header is asked for, \"authorization\" too, which \"*\" alone does not cover.",
        );
        draft.headers = any_header(draft.credentials, &at.place);
    }
    draft.exposed = words("exposedHeaders").unwrap_or_default();
    draft.max_age = field(at, "maxAge").and_then(|at| values::seconds(&at));
}
