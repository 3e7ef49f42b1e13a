//! Gateway API: the CORS filter of `HTTPRoute` rules.

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::{self, PortStar};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::Word;

/// Seconds; what the field's absence means.
const DEFAULT_MAX_AGE: u64 = 5;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    let rules = document.get("spec").map(|spec| spec.list("rules")).unwrap_or_default();
    let route = document.text_of("kind") == Some("HTTPRoute");
    (route && rules.iter().any(|rule| cors_filter(rule).is_some())) || document.text_of("type") == Some("CORS")
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let groups: Vec<Group> = documents
        .iter()
        .filter(|at| at.text_of("kind") == Some("HTTPRoute"))
        .map(|at| group(at, |rule| cors_filter(rule).map(|at| policy(&at, notes))))
        .collect();
    if !groups.is_empty() {
        return Ok(arrange(groups, Order::LongestPath));
    }
    let alone = documents.iter().find_map(|at| at.get("cors").or_else(|| at.get("allowOrigins").map(|_| at.clone())));
    let at = alone.ok_or("The file holds no HTTPRoute, and no CORS filter.")?;
    Ok(vec![Route::everything("gateway-api", Some(policy(&at, notes)), &at)])
}

/// The routes of one `HTTPRoute`, each with the policy that its rule has.
pub(crate) fn group(route: &At<'_>, mut policy: impl FnMut(&At<'_>) -> Option<Draft>) -> Group {
    let spec = route.get("spec");
    let hosts = spec.as_ref().and_then(|spec| spec.get("hostnames")).map(|at| at.words()).unwrap_or_default();
    let name = values::name(route).unwrap_or_default();
    let mut routes = Vec::new();
    for rule in spec.map(|spec| spec.list("rules")).unwrap_or_default() {
        let name = rule.text_of("name").map_or_else(|| name.clone(), |rule| format!("{name}-{rule}"));
        let template = Route::everything(&name, policy(&rule), &rule);
        let matches = rule.list("matches");
        if matches.is_empty() {
            routes.push(template.clone());
        }
        routes.extend(matches.iter().map(|at| matched(template.clone(), at)));
    }
    Group { hosts: hosts.into_iter().map(|host| host.text).collect(), routes }
}

fn matched(mut route: Route, at: &At<'_>) -> Route {
    if let Some(path) = at.get("path") {
        let value = path.text_of("value").unwrap_or("/");
        route.paths = match path.text_of("type").unwrap_or("PathPrefix") {
            "Exact" => vec![PathMatch::exact(value)],
            "PathPrefix" => vec![PathMatch::below(value)],
            _ => PathMatch::regex(value, true),
        };
    }
    for (key, _) in at.members() {
        if !matches!(key, "path" | "name") {
            route.add_condition(&format!("the match on \"{key}\""));
        }
    }
    route
}

pub(crate) fn cors_filter<'n>(rule: &At<'n>) -> Option<At<'n>> {
    rule.list("filters").iter().find_map(|filter| filter.get("cors"))
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = read(at, PortStar::AndNone, notes);
    draft.max_age = if let Some(at) = at.any(&["maxAge", "maxAgeSeconds"]) {
        values::seconds(&at)
    } else {
        notes.at(at, format!("\"maxAge\" is {DEFAULT_MAX_AGE} seconds where it is not written; it is written out."));
        Some(DEFAULT_MAX_AGE)
    };
    draft
}

/// The fields that Gateway API and Envoy Gateway share.
pub(crate) fn read(at: &At<'_>, star: PortStar, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["allowCredentials"]) == Some(true);
    let context = draft.context();
    for item in at.list("allowOrigins") {
        let word = |text: &str| Word { text: text.to_owned(), place: item.place.clone(), line: item.line() };
        let text = item.text().or_else(|| item.text_of("value")).or_else(|| item.text_of("exact"));
        let kind = item.text_of("type").unwrap_or("Exact");
        let affix = |name| item.text_of(name).or(text.filter(|_| kind.eq_ignore_ascii_case(name)));
        let regex = item.text_of("regex").or(text.filter(|_| matches!(kind, "RegularExpression" | "Regex")));
        draft.origins.extend(if let Some(text) = affix("suffix") {
            origins::suffix(&word(text), context, notes)
        } else if let Some(text) = affix("prefix") {
            origins::prefix(&word(text), context, notes)
        } else if let Some(text) = regex {
            origins::regex(&word(text), origins::Match::Whole, context, notes)
        } else if let Some(text) = text {
            entry(&word(text), star, context, notes)
        } else {
            notes.at(&item, "This origin cannot be read; it is left out.");
            Vec::new()
        });
    }
    for word in at.get("allowOriginRegexes").map(|at| at.whole_words()).unwrap_or_default() {
        draft.origins.extend(origins::regex(&word, origins::Match::Whole, context, notes));
    }
    let words = |name| at.get(name).map(|at| at.words()).unwrap_or_default();
    draft.methods = words("allowMethods");
    draft.headers = words("allowHeaders");
    draft.exposed = words("exposeHeaders");
    draft
}

fn entry(word: &Word, star: PortStar, context: origins::Context, notes: &mut Notes) -> Vec<origins::Entry> {
    let text = word.text.trim();
    if text.contains('*') && text != "*" {
        origins::glob(word, star, context, notes)
    } else {
        origins::exact(word, context, notes)
    }
}
