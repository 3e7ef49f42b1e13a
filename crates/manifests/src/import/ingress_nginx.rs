//! ingress-nginx: the annotations of `Ingress` resources.

use serde_json::json;

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::{self, Entry};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::{Word, defaults};

/// Higress reads the same annotations under two prefixes.
const PREFIXES: &[&str] = &["nginx.ingress.kubernetes.io/", "higress.io/"];
const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];
const HEADERS: &[&str] = &[
    "DNT",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Range",
    "Authorization",
];
/// Seconds.
const MAX_AGE: u64 = 1_728_000;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    let annotated = annotations(document).iter().any(|(name, _)| name.contains("cors"));
    (document.text_of("kind") == Some("Ingress") && annotated)
        || document.any(&["enable-cors", "cors-allow-origin"]).is_some()
}

fn without_prefix(name: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))
}

/// The annotations of ingress-nginx, without their prefix.
fn annotations<'n>(document: &At<'n>) -> Vec<(&'n str, At<'n>)> {
    let Some(at) = document.path(&["metadata", "annotations"]) else { return Vec::new() };
    at.members().into_iter().filter_map(|(name, at)| Some((without_prefix(name)?, at))).collect()
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let ingresses: Vec<&At<'_>> = documents.iter().filter(|at| at.text_of("kind") == Some("Ingress")).collect();
    if ingresses.is_empty() {
        let at = documents.iter().find(|at| at.is_map()).ok_or("The file holds no Ingress.")?;
        let at = at.path(&["metadata", "annotations"]).or_else(|| at.get("annotations")).unwrap_or_else(|| at.clone());
        let members: Vec<(&str, At<'_>)> =
            at.members().into_iter().map(|(name, at)| (without_prefix(name).unwrap_or(name), at)).collect();
        return Ok(vec![Route::everything("ingress-nginx", policy(&members, &at, notes)?, &at)]);
    }
    let mut groups = Vec::new();
    for ingress in ingresses {
        groups.extend(ingress_groups(ingress, notes)?);
    }
    Ok(arrange(groups, Order::LongestPath))
}

fn ingress_groups(ingress: &At<'_>, notes: &mut Notes) -> Result<Vec<Group>, String> {
    let members = annotations(ingress);
    let draft = policy(&members, ingress, notes)?;
    let on = |wanted: &str| members.iter().any(|(name, at)| *name == wanted && at.bool() == Some(true));
    let rewrite =
        members.iter().any(|(name, at)| *name == "rewrite-target" && at.text().is_some_and(|text| text.contains('$')));
    let regexes = on("use-regex") || rewrite;
    let name = values::name(ingress).unwrap_or_default();
    let template = Route::everything(&name, draft, ingress);
    let mut groups = Vec::new();
    for rule in ingress.get("spec").map(|spec| spec.list("rules")).unwrap_or_default() {
        let hosts: Vec<String> = rule.text_of("host").into_iter().map(str::to_owned).collect();
        let paths = rule.get("http").map(|http| http.list("paths")).unwrap_or_default();
        let route = |at: &At<'_>| Route {
            paths: path(at, regexes),
            place: at.place.clone(),
            line: at.line(),
            ..template.clone()
        };
        let mut routes: Vec<Route> = paths.iter().map(route).collect();
        if routes.is_empty() {
            routes.push(template.clone());
        }
        groups.push(Group { hosts, routes });
    }
    if groups.is_empty() {
        groups.push(Group { hosts: Vec::new(), routes: vec![template] });
    }
    if groups.iter().any(|group| group.hosts.iter().any(|host| host.contains('*')))
        && members.iter().any(|(name, _)| *name == "enable-cors")
    {
        notes.at(ingress, "A \"*.\" in a host is one label for Kubernetes; in a rule it is one or more.");
    }
    Ok(groups)
}

fn path(at: &At<'_>, regexes: bool) -> Vec<PathMatch> {
    let path = at.text_of("path").unwrap_or("/");
    match at.text_of("pathType").unwrap_or("ImplementationSpecific") {
        "Exact" => vec![PathMatch::exact(path)],
        // nginx matches such a location at the start of the path.
        _ if regexes => PathMatch::regex(&format!("^{}", path.trim_start_matches('^')), false),
        "Prefix" => vec![PathMatch::below(path)],
        _ => vec![PathMatch::text_prefix(path)],
    }
}

/// The annotations as a policy; `None` where CORS is not switched on.
fn policy(members: &[(&str, At<'_>)], ingress: &At<'_>, notes: &mut Notes) -> Result<Option<Draft>, String> {
    let get = |wanted: &str| members.iter().find(|(name, _)| *name == wanted).map(|(_, at)| at.clone());
    let snippet = members.iter().find(|(name, at)| {
        name.ends_with("-snippet")
            && at.text().is_some_and(|text| text.to_ascii_lowercase().contains("access-control-allow-origin"))
    });
    let enabled = get("enable-cors").and_then(|at| at.bool());
    if let Some((name, at)) = snippet {
        if enabled != Some(true) {
            return Err(format!(
                "{}: \"{name}\" sets CORS headers in nginx's own language; write the policy by hand.",
                at.place
            ));
        }
        notes.at(at, "The snippet sets CORS headers of its own, which are not read.");
    }
    if enabled != Some(true) {
        return Ok(None);
    }
    let mut draft = Draft::at(ingress);
    draft.credentials = get("cors-allow-credentials").and_then(|at| at.bool()).unwrap_or(true);
    read_origins(&mut draft, get("cors-allow-origin"), ingress, notes);
    if draft.allows_any() && draft.credentials {
        draft.credentials = false;
        notes.at(ingress, "nginx sends a literal \"*\" beside \"Access-Control-Allow-Credentials: true\", and browsers refuse credentials then; so credentials are not allowed here.");
    }
    let words = |name: &str, default: &[&str], notes: &mut Notes| match get(name).map(|at| at.words()) {
        Some(words) if !words.is_empty() => words,
        _ => {
            notes.at(ingress, format!("\"{name}\" is not set; its default is written out."));
            defaults(default, &ingress.place)
        }
    };
    draft.methods = words("cors-allow-methods", METHODS, notes);
    draft.headers = words("cors-allow-headers", HEADERS, notes);
    draft.exposed = get("cors-expose-headers").map(|at| at.words()).unwrap_or_default();
    draft.max_age = get("cors-max-age").and_then(|at| values::seconds(&at));
    if draft.max_age.is_none() {
        notes.at(ingress, format!("\"cors-max-age\" is not set; its default of {MAX_AGE} seconds is written out."));
        draft.max_age = Some(MAX_AGE);
    }
    Ok(Some(draft))
}

fn read_origins(draft: &mut Draft, at: Option<At<'_>>, ingress: &At<'_>, notes: &mut Notes) {
    let words = at.map(|at| at.words()).unwrap_or_default();
    if words.is_empty() {
        notes.at(ingress, "\"cors-allow-origin\" is not set; its default \"*\" is written out.");
        let word = Word { text: "*".to_owned(), place: ingress.place.clone(), line: ingress.line() };
        draft.origins = vec![origins::any(&word)];
    }
    let context = draft.context();
    for word in &words {
        draft.origins.extend(entry(word, context, notes));
    }
}

fn entry(word: &Word, context: origins::Context, notes: &mut Notes) -> Vec<Entry> {
    let text = word.text.as_str();
    if matches!(text, "*" | "$http_origin") {
        if text != "*" {
            notes.add(word, "\"$http_origin\" is not an origin to ingress-nginx, which falls back to \"*\".");
        }
        return vec![origins::any(word)];
    }
    if !text.contains('*') {
        return origins::exact(word, context, notes);
    }
    let scheme_less = !text.contains("://");
    if scheme_less {
        notes.add(
            word,
            format!(
                "\"{text}\" is not an origin to ingress-nginx, which falls back to \"*\"; here it is what it says."
            ),
        );
    }
    match one_label(text) {
        Some(base) => {
            notes.add(word, format!("\"*.\" is exactly one label there; the regular expression says so, where \"{text}\" would be one label or more."));
            let scheme = text.split_once("://").map_or("https", |(scheme, _)| scheme);
            let regex = format!(r"{scheme}://[a-z0-9-]+\.{}", origins::escape(&base));
            vec![Entry { value: json!({ "regex": regex }), from: word.clone() }]
        }
        None => origins::glob(word, origins::PortStar::AndNone, context, notes),
    }
}

/// What follows `*.`, with its port.
fn one_label(text: &str) -> Option<String> {
    let host = text.split_once("://").map_or(text, |(_, host)| host);
    let base = host.strip_prefix("*.")?.trim_end_matches('/');
    (!base.contains('*')).then(|| base.to_ascii_lowercase())
}
