//! Envoy: policies of its CORS filter at routes, virtual hosts and route configurations.

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::{self, Entry, Match};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::Word;

const PER_FILTER: &[&str] =
    &["typed_per_filter_config", "typedPerFilterConfig", "per_filter_config", "perFilterConfig"];
const HOSTS: &[&str] = &["virtual_hosts", "virtualHosts"];
const MATCHERS: &[&str] = &["allow_origin_string_match", "allowOriginStringMatch"];
const POLICY_FIELDS: &[&str] = &[
    "allow_origin_string_match",
    "allowOriginStringMatch",
    "allow_origin",
    "allowOrigin",
    "allow_origin_regex",
    "allowOriginRegex",
    "filter_enabled",
    "filterEnabled",
];

pub(crate) fn recognises(document: &At<'_>) -> bool {
    let bootstrap = document.any(&["static_resources", "staticResources", "resources", "configs"]).is_some();
    bootstrap
        || document.any(HOSTS).is_some()
        || (document.any(POLICY_FIELDS).is_some() && document.get("kind").is_none())
        || document.text_of("@type").is_some()
        || document
            .any(&["route_config", "cors"])
            .is_some_and(|at| at.any(HOSTS).is_some() || at.any(POLICY_FIELDS).is_some())
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let mut groups = Vec::new();
    for document in documents {
        walk(document, notes, &mut groups);
    }
    if !groups.is_empty() {
        return Ok(arrange(groups, Order::Written));
    }
    let alone = documents.iter().find_map(|document| {
        let inner = document.any(PER_FILTER).and_then(|at| per_filter(&at));
        inner.or_else(|| document.get("cors")).or_else(|| document.any(POLICY_FIELDS).map(|_| document.clone()))
    });
    let at = alone.ok_or("The file holds no virtual hosts, and no policy of the CORS filter.")?;
    let policy = match policy(&at, notes) {
        Said::Policy(draft) => Some(*draft),
        Said::Off | Said::Nothing => None,
    };
    Ok(vec![Route::everything("envoy", policy, &at)])
}

/// Finds the route configurations, wherever they are.
fn walk(at: &At<'_>, notes: &mut Notes, groups: &mut Vec<Group>) {
    if let Some(hosts) = at.any(HOSTS) {
        let inherited = said(at, notes);
        groups.extend(hosts.items().iter().map(|host| virtual_host(host, &inherited, notes)));
        return;
    }
    let below = if at.is_map() { at.members().into_iter().map(|(_, at)| at).collect() } else { list_items(at) };
    for inner in below {
        walk(&inner, notes, groups);
    }
}

fn list_items<'n>(at: &At<'n>) -> Vec<At<'n>> {
    if at.node.items().is_empty() { Vec::new() } else { at.items() }
}

fn virtual_host(host: &At<'_>, inherited: &Said, notes: &mut Notes) -> Group {
    let own = said(host, notes).or(inherited);
    let domains = host.get("domains").map(|at| at.words()).unwrap_or_default();
    // `api.example.com:*` is every port, which rules mean anyway.
    let hosts: Vec<String> = domains.into_iter().map(|domain| domain.text.trim_end_matches(":*").to_owned()).collect();
    let host_name = host.text_of("name").unwrap_or("host");
    let mut routes = Vec::new();
    for at in host.list("routes") {
        let action = at.get("route").map(|route| said(&route, notes)).unwrap_or_default();
        let policy = said(&at, notes).or(&action).or(&own).draft();
        let name = at.text_of("name").map_or_else(|| host_name.to_owned(), |name| format!("{host_name}-{name}"));
        let mut route = Route::everything(&name, policy, &at);
        if let Some(at) = at.get("match") {
            matched(&mut route, &at);
        }
        routes.push(route);
    }
    if routes.is_empty() {
        routes.push(Route::everything(host_name, own.draft(), host));
    }
    Group { hosts, routes }
}

fn matched(route: &mut Route, at: &At<'_>) {
    let caseless = at.flag(&["case_sensitive", "caseSensitive"]) == Some(false);
    for (key, value) in at.members() {
        match key {
            "prefix" => route.paths = vec![PathMatch::text_prefix(value.text().unwrap_or("/"))],
            "path_separated_prefix" | "pathSeparatedPrefix" => {
                route.paths = vec![PathMatch::below(value.text().unwrap_or("/"))];
            }
            "path" => route.paths = vec![PathMatch::exact(value.text().unwrap_or("/"))],
            "safe_regex" | "safeRegex" | "regex" => {
                let text = value.text_of("regex").or(value.text()).unwrap_or_default();
                route.paths =
                    if caseless { vec![PathMatch::Unsayable(text.to_owned())] } else { PathMatch::regex(text, true) };
            }
            "case_sensitive" | "caseSensitive" => {}
            "path_match_policy" | "pathMatchPolicy" => {
                route.paths = vec![PathMatch::Unsayable("path_match_policy".to_owned())];
            }
            other => route.add_condition(&format!("the match on \"{other}\"")),
        }
    }
}

/// What one level of the configuration says about CORS.
#[derive(Clone, Default)]
enum Said {
    #[default]
    Nothing,
    /// The filter is switched off.
    Off,
    Policy(Box<Draft>),
}

impl Said {
    /// The more specific level wins as a whole.
    fn or(self, wider: &Said) -> Self {
        match self {
            Self::Nothing => wider.clone(),
            own => own,
        }
    }

    fn draft(self) -> Option<Draft> {
        match self {
            Self::Policy(draft) => Some(*draft),
            Self::Nothing | Self::Off => None,
        }
    }
}

fn said(at: &At<'_>, notes: &mut Notes) -> Said {
    match at.any(PER_FILTER).and_then(|at| per_filter(&at)).or_else(|| at.get("cors")) {
        Some(at) => policy(&at, notes),
        None => Said::Nothing,
    }
}

/// The CORS filter's entry, by its name or by its type.
fn per_filter<'n>(at: &At<'n>) -> Option<At<'n>> {
    let is_cors = |name: &str, at: &At<'_>| {
        let by_type = |at: &At<'_>| at.text_of("@type").is_some_and(|kind| kind.ends_with(".CorsPolicy"));
        matches!(name, "envoy.filters.http.cors" | "envoy.cors" | "cors")
            || by_type(at)
            || at.get("config").is_some_and(|at| by_type(&at))
    };
    at.members().into_iter().find(|(name, at)| is_cors(name, at)).map(|(_, at)| at)
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Said {
    let wrapped = at.text_of("@type").is_some_and(|kind| kind.ends_with(".FilterConfig"));
    if at.flag(&["disabled"]) == Some(true) {
        return Said::Off;
    }
    if let (true, Some(inner)) = (wrapped, at.get("config")) {
        return policy(&inner, notes);
    }
    if let (true, Some(inner)) =
        (at.text_of("@type").is_some_and(|kind| kind.ends_with("TypedStruct")), at.get("value"))
    {
        return policy(&inner, notes);
    }
    let enabled = at
        .any(&["filter_enabled", "filterEnabled"])
        .map_or(at.flag(&["enabled"]).map(|on| f64::from(u8::from(on))), |at| share(&at));
    let shadow = at.any(&["shadow_enabled", "shadowEnabled"]).and_then(|at| share(&at)).unwrap_or(0.0);
    if enabled == Some(0.0) && shadow <= 0.0 {
        return Said::Off;
    }
    let draft = read_policy(at, notes);
    if draft.origins.is_empty()
        && at
            .any(&[
                "allow_origin_string_match",
                "allowOriginStringMatch",
                "allow_origin",
                "allowOrigin",
                "allow_origin_regex",
                "allowOriginRegex",
            ])
            .is_none()
    {
        notes.at(at, "The policy allows no origin, so it does nothing; it is left out.");
        return Said::Off;
    }
    if let Some(enabled) = enabled
        && enabled > 0.0
        && enabled < 1.0
    {
        notes.at(at, "The filter is enabled for a part of the requests there; the policy holds for all of them here.");
    }
    note_preflights(at, notes);
    Said::Policy(Box::new(Draft { report_only: enabled == Some(0.0), ..draft }))
}

/// A runtime fraction as a share of 1.
fn share(at: &At<'_>) -> Option<f64> {
    let value = at.any(&["default_value", "defaultValue"])?;
    let number = |at: At<'_>| at.scalar()?.parse::<f64>().ok();
    let numerator = value.get("numerator").and_then(number).unwrap_or(0.0);
    let denominator = match value.get("denominator").and_then(|at| at.scalar()).as_deref() {
        Some("MILLION" | "2") => 1_000_000.0,
        Some("TEN_THOUSAND" | "1") => 10_000.0,
        _ => 100.0,
    };
    Some(numerator / denominator)
}

fn read_policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["allow_credentials", "allowCredentials"]) == Some(true);
    let context = draft.context();
    let words = |names: &[&str]| at.any(names).map(|at| at.words()).unwrap_or_default();
    let whole = |names: &[&str]| at.any(names).map(|at| at.whole_words()).unwrap_or_default();
    for matcher in at.any(MATCHERS).map(|at| at.items()).unwrap_or_default() {
        draft.origins.extend(string_matcher(&matcher, &draft, notes));
    }
    for word in whole(&["allow_origin", "allowOrigin"]) {
        draft.origins.extend(origins::exact(&word, context, notes));
    }
    for word in whole(&["allow_origin_regex", "allowOriginRegex"]) {
        draft.origins.extend(origins::regex(&word, Match::Whole, context, notes));
    }
    draft.methods = words(&["allow_methods", "allowMethods"]);
    draft.headers = words(&["allow_headers", "allowHeaders"]);
    draft.exposed = words(&["expose_headers", "exposeHeaders"]);
    draft.max_age = at.any(&["max_age", "maxAge"]).and_then(|at| values::seconds(&at));
    draft
}

/// Envoy's `StringMatcher`. Whatever matches the text `*` allows everyone.
fn string_matcher(at: &At<'_>, draft: &Draft, notes: &mut Notes) -> Vec<Entry> {
    let context = draft.context();
    let word = |text: &str| Word { text: text.to_owned(), place: at.place.clone(), line: at.line() };
    let regex = at.any(&["safe_regex", "safeRegex"]).and_then(|at| at.text_of("regex")).or(at.text_of("regex"));
    if let Some(text) = at.text_of("exact").or(at.text()) {
        origins::exact(&word(text), context, notes)
    } else if let Some(text) = at.text_of("prefix") {
        origins::prefix(&word(text), context, notes)
    } else if let Some(text) = at.text_of("suffix") {
        origins::suffix(&word(text), context, notes)
    } else if let Some(text) = at.text_of("contains") {
        origins::contains(&word(text), context, notes)
    } else if let Some(text) = regex {
        origins::regex(&word(text), Match::Whole, context, notes)
    } else {
        notes.at(at, "This matcher cannot be read; it is left out.");
        Vec::new()
    }
}

/// The difference that every policy of Envoy's filter has.
pub(crate) fn note_preflights(at: &At<'_>, notes: &mut Notes) {
    notes.at(
        at,
        "A preflight from an origin that is not allowed went to the upstream there; here it is answered with 403.",
    );
}
