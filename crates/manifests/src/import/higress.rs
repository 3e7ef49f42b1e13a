//! Higress: the configuration of its plugin `cors`, alone or in a `WasmPlugin`.

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins;
use super::site::Route;
use super::spring::pattern;
use super::values;
use crate::source::At;
use crate::source::cursor::{Word, defaults};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];
const HEADERS: &[&str] = &[
    "DNT",
    "X-CustomHeader",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Authorization",
];
/// Seconds.
const MAX_AGE: u64 = 1_728_000;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    let plugin = document.text_of("apiVersion").is_some_and(|version| version.starts_with("extensions.higress.io"));
    plugin
        || document.any(&["allow_origin_patterns", "_rules_"]).is_some()
        || (document.get("allow_origins").is_some() && document.get("allow_credentials").is_some())
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let plugin = documents.iter().find(|at| at.text_of("kind") == Some("WasmPlugin"));
    let Some(plugin) = plugin else {
        let at = documents.iter().find(|at| at.is_map()).ok_or("The file holds no configuration of the plugin.")?;
        return Ok(from_config(at, "higress", notes));
    };
    let name = values::name(plugin).unwrap_or_default();
    let spec = plugin.get("spec").ok_or("The WasmPlugin has no \"spec\".")?;
    let mut routes = Vec::new();
    let mut groups = Vec::new();
    for rule in spec.list("matchRules") {
        let off = rule.flag(&["configDisable"]) == Some(true);
        let draft = rule.get("config").filter(|_| !off).map(|at| policy(&at, notes));
        place(&rule, &name, draft, ["ingress", "domain"], &mut routes, &mut groups, notes);
    }
    routes.extend(
        arrange(groups, Order::Written).into_iter().filter(|route| route.policy.is_some() || !route.hosts.is_empty()),
    );
    if let Some(config) =
        spec.any(&["defaultConfig", "pluginConfig"]).filter(|_| spec.flag(&["defaultConfigDisable"]) != Some(true))
    {
        routes.extend(from_config(&config, &name, notes));
    }
    Ok(routes)
}

/// A configuration with `_rules_` in it.
fn from_config(config: &At<'_>, name: &str, notes: &mut Notes) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut groups = Vec::new();
    for rule in config.list("_rules_") {
        let draft = Some(policy(&rule, notes));
        place(&rule, name, draft, ["_match_route_", "_match_domain_"], &mut routes, &mut groups, notes);
    }
    routes.extend(arrange(groups, Order::Written));
    let is_policy = config.members().iter().any(|(name, _)| !name.starts_with('_'));
    if is_policy || config.get("_rules_").is_none() {
        routes.push(Route::everything(name, Some(policy(config, notes)), config));
    }
    routes
}

/// Puts a rule's policy to its routes, or to its domains.
fn place(
    rule: &At<'_>,
    name: &str,
    draft: Option<Draft>,
    keys: [&str; 2],
    routes: &mut Vec<Route>,
    groups: &mut Vec<Group>,
    notes: &mut Notes,
) {
    let words = |key| rule.get(key).map(|at| at.words()).unwrap_or_default();
    let texts = |words: Vec<Word>| words.into_iter().map(|word| word.text).collect::<Vec<_>>();
    let [route_key, domain_key] = keys;
    let names = texts(words(route_key));
    let domains = texts(words(domain_key));
    let route = Route::everything(name, draft, rule);
    if !names.is_empty() {
        notes.at(rule, "The rule names routes; Higress calls an Ingress's route by the Ingress's name.");
        routes.push(Route { routes: names, ..route.clone() });
    }
    if !domains.is_empty() {
        groups.push(Group { hosts: domains, routes: vec![route] });
    }
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["allow_credentials"]) == Some(true);
    draft.reject = true;
    notes.at(at, "Higress answers requests from other origins with 403; \"disallowedOrigins\" says so.");
    let words = |name| at.get(name).map(|at| at.words()).unwrap_or_default();
    let patterns = at.get("allow_origin_patterns").map(|at| at.whole_words()).unwrap_or_default();
    let list = words("allow_origins");
    if list.is_empty() && patterns.is_empty() {
        notes.at(at, "\"allow_origins\" is \"*\" where no origin is named; it is written out.");
    }
    let any = list.iter().any(|word| word.text == "*") || (list.is_empty() && patterns.is_empty());
    if any && draft.credentials {
        notes.at(at, "Higress refuses \"*\" in allow_origins with credentials; so credentials are not allowed here.");
        draft.credentials = false;
    }
    if any {
        let word = Word { text: "*".to_owned(), place: at.place.clone(), line: at.line() };
        draft.origins.push(origins::any(&word));
    } else {
        for word in &list {
            draft.origins.extend(origins::exact(word, draft.context(), notes));
        }
    }
    for word in &patterns {
        if word.text.contains('*') && word.text != "*" {
            notes.add(
                word,
                format!("\"{}\" is searched for there with an open end; here it is the whole origin.", word.text),
            );
        }
        draft.origins.extend(pattern(word, draft.context(), notes));
    }
    let or_default = |name: &str, default: &[&str], notes: &mut Notes| {
        let words = at.get(name).map(|at| at.words()).unwrap_or_default();
        if words.is_empty() {
            notes.at(at, format!("\"{name}\" is not set; its default is written out."));
            return defaults(default, &at.place);
        }
        words
    };
    draft.methods = or_default("allow_methods", METHODS, notes);
    draft.headers = or_default("allow_headers", HEADERS, notes);
    draft.exposed = words("expose_headers");
    draft.max_age = at.get("max_age").and_then(|at| values::seconds(&at));
    if draft.max_age.is_none() {
        notes.at(at, format!("\"max_age\" is not set; the default of {MAX_AGE} seconds is written out."));
        draft.max_age = Some(MAX_AGE);
    }
    draft
}
