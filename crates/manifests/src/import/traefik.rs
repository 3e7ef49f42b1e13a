//! Traefik: the middleware `headers`, in files, in Kubernetes and in labels of Docker Compose.

mod labels;
mod rule;

use super::draft::Draft;
use super::notes::Notes;
use super::origins::{self, Match};
use super::site::Route;
use super::values;
use crate::source::cursor::Word;
use crate::source::{At, Node};

pub(crate) fn recognises(document: &At<'_>) -> bool {
    let is_file = document.get("http").is_some_and(|http| http.any(&["middlewares", "routers"]).is_some());
    let kinds = document.text_of("apiVersion").is_some_and(|version| version.starts_with("traefik."));
    is_file || kinds || labels::holds(document) || headers_in(document).is_some()
}

/// A middleware's CORS fields, alone.
fn headers_in<'n>(at: &At<'n>) -> Option<At<'n>> {
    let is_cors =
        |at: &At<'_>| at.members().iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("accesscontrol"));
    let found = [Some(at.clone()), at.get("headers"), at.path(&["spec", "headers"])];
    found.into_iter().flatten().find(is_cors)
}

/// A middleware with CORS, and a router with what it uses: the one shape of files, resources and
/// labels.
#[derive(Default)]
struct Found<'n> {
    middlewares: Vec<(String, At<'n>)>,
    chains: Vec<(String, Vec<String>)>,
    routers: Vec<Router<'n>>,
}

struct Router<'n> {
    name: String,
    rule: String,
    priority: Option<i64>,
    middlewares: Vec<String>,
    at: At<'n>,
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let trees: Vec<Option<Node>> = documents.iter().map(labels::tree).collect::<Result<_, _>>()?;
    let from_labels: Vec<At<'_>> = trees.iter().flatten().map(|node| At::new(node, "labels, ")).collect();
    let mut found = Found::default();
    for document in documents.iter().chain(&from_labels) {
        collect(document, &mut found);
    }
    let mut policies: Vec<(String, Draft)> = Vec::new();
    for (name, at) in &found.middlewares {
        if let Some(draft) = policy(at, notes)? {
            policies.push((name.clone(), draft));
        }
    }
    let mut ranked: Vec<(i64, Vec<Route>)> = Vec::new();
    for router in &found.routers {
        let draft = used(&router.middlewares, &found.chains)
            .iter()
            .find_map(|name| policies.iter().find(|(policy, _)| policy == name))
            .map(|(_, draft)| draft.clone());
        let length = i64::try_from(router.rule.len()).unwrap_or(i64::MAX);
        let template = Route::everything(&router.name, draft, &router.at);
        ranked.push((
            router.priority.filter(|priority| *priority != 0).unwrap_or(length),
            rule::routes(&router.rule, &template),
        ));
    }
    // The highest priority first; without one it is the rule's length.
    ranked.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
    let routes: Vec<Route> = ranked.into_iter().flat_map(|(_, routes)| routes).collect();
    if routes.iter().any(|route| route.policy.is_some()) {
        return Ok(routes);
    }
    match (policies.as_slice(), documents.first()) {
        ([(name, draft)], Some(at)) => {
            if !routes.is_empty() {
                notes.at(at, "No router in the file uses the middleware, so the policy is for every request.");
            }
            Ok(vec![Route::everything(name, Some(draft.clone()), at)])
        }
        ([], _) => Err("The file holds no middleware with CORS headers.".to_owned()),
        _ => {
            Err("No router in the file uses these middlewares, so it is not known which requests they are for."
                .to_owned())
        }
    }
}

/// The middlewares of a router, those of its chains too.
fn used(names: &[String], chains: &[(String, Vec<String>)]) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        match chains.iter().find(|(chain, _)| chain == name) {
            Some((_, parts)) => all.extend(parts.iter().cloned()),
            None => all.push(name.clone()),
        }
    }
    all
}

/// `cors@file`, `shop-cors@kubernetescrd`: the name without its provider.
fn bare(name: &str) -> String {
    name.split('@').next().unwrap_or(name).to_owned()
}

fn collect<'n>(document: &At<'n>, found: &mut Found<'n>) {
    match document.text_of("kind") {
        Some("Middleware") => {
            let name = values::name(document).unwrap_or_default();
            if let Some(spec) = document.get("spec") {
                middleware(&name, &spec, found);
            }
        }
        Some("IngressRoute") => ingress_route(document, found),
        Some("Ingress") => {}
        _ => match document.get("http").or_else(|| document.path(&["traefik", "http"])) {
            Some(http) => file(&http, found),
            None => {
                if let Some(at) = headers_in(document) {
                    found.middlewares.push(("traefik".to_owned(), at));
                }
            }
        },
    }
}

fn middleware<'n>(name: &str, spec: &At<'n>, found: &mut Found<'n>) {
    if let Some(headers) = spec.get("headers") {
        found.middlewares.push((name.to_owned(), headers));
    }
    if let Some(chain) = spec.get("chain") {
        let named = |at: &At<'_>| at.scalar().or_else(|| at.get("name")?.scalar()).map(|name| bare(&name));
        found.chains.push((name.to_owned(), chain.list("middlewares").iter().filter_map(named).collect()));
    }
}

fn file<'n>(http: &At<'n>, found: &mut Found<'n>) {
    for (name, spec) in http.get("middlewares").map(|at| at.members()).unwrap_or_default() {
        middleware(name, &spec, found);
    }
    for (name, at) in http.get("routers").map(|at| at.members()).unwrap_or_default() {
        found.routers.push(Router {
            name: name.to_owned(),
            rule: at.text_of("rule").unwrap_or_default().to_owned(),
            priority: at.get("priority").and_then(|at| at.scalar()).and_then(|text| text.parse().ok()),
            middlewares: at
                .get("middlewares")
                .map(|at| at.words())
                .unwrap_or_default()
                .iter()
                .map(|word| bare(&word.text))
                .collect(),
            at,
        });
    }
}

fn ingress_route<'n>(document: &At<'n>, found: &mut Found<'n>) {
    let name = values::name(document).unwrap_or_default();
    for at in document.get("spec").map(|spec| spec.list("routes")).unwrap_or_default() {
        found.routers.push(Router {
            name: name.clone(),
            rule: at.text_of("match").unwrap_or_default().to_owned(),
            priority: at.get("priority").and_then(|at| at.scalar()).and_then(|text| text.parse().ok()),
            middlewares: at.list("middlewares").iter().filter_map(|at| at.text_of("name").map(bare)).collect(),
            at,
        });
    }
}

/// The field of that name: Traefik does not look at its case.
fn field<'n>(at: &At<'n>, name: &str) -> Option<At<'n>> {
    at.members().into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, at)| at)
}

/// `None`: a middleware without CORS headers.
fn policy(at: &At<'_>, notes: &mut Notes) -> Result<Option<Draft>, String> {
    let mut draft = Draft::at(at);
    if at.get("customResponseHeaders").is_some_and(|headers| field(&headers, "Access-Control-Allow-Origin").is_some()) {
        return Err(format!(
            "{}: \"customResponseHeaders\" sends CORS headers to everyone, preflights unanswered; write the policy by hand.",
            at.place
        ));
    }
    let list = field(at, "accessControlAllowOriginList").map(|at| at.words()).unwrap_or_default();
    let regexes = field(at, "accessControlAllowOriginListRegex").map(|at| at.listed_words()).unwrap_or_default();
    let old = field(at, "accessControlAllowOrigin").map(|at| at.words()).unwrap_or_default();
    if let Some(word) = old.iter().find(|word| word.text == "origin-list-or-null") {
        return Err(format!(
            "{}: \"origin-list-or-null\" let in every origin and names none; list the origins that are meant.",
            word.place
        ));
    }
    let cors = at.members().iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("accesscontrol"));
    if list.is_empty() && regexes.is_empty() && old.is_empty() {
        if cors {
            notes.at(at, "The middleware allows no origin, so it does nothing for CORS.");
        }
        return Ok(None);
    }
    draft.credentials = field(at, "accessControlAllowCredentials").and_then(|at| at.bool()) == Some(true);
    read_origins(&mut draft, at, list.iter().chain(&old), notes);
    for word in &regexes {
        draft.origins.extend(origins::regex(word, Match::Search, draft.context(), notes));
    }
    let words = |name| field(at, name).map(|at| at.words()).unwrap_or_default();
    draft.methods = words("accessControlAllowMethods");
    draft.headers = words("accessControlAllowHeaders");
    draft.exposed = words("accessControlExposeHeaders");
    draft.max_age = field(at, "accessControlMaxAge").and_then(|at| values::seconds(&at));
    if draft.max_age.is_none() {
        notes.at(at, "\"accessControlMaxAge\" is not set and sent as 0; it is written out.");
        draft.max_age = Some(0);
    }
    Ok(Some(draft))
}

fn read_origins<'w>(draft: &mut Draft, at: &At<'_>, words: impl Iterator<Item = &'w Word> + Clone, notes: &mut Notes) {
    if words.clone().any(|word| word.text == "*") && draft.credentials {
        draft.credentials = false;
        notes.at(at, "Traefik sends a literal \"*\", and browsers refuse credentials beside it; so credentials are not allowed here.");
    }
    for word in words {
        draft.origins.extend(origins::exact(word, draft.context(), notes));
    }
}
