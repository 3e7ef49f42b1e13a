//! APISIX: the plugin `cors`, in its files, in objects of its API and in its Kubernetes resources.

use super::draft::Draft;
use super::groups::{Group, Order, arrange};
use super::kong::any_header;
use super::notes::Notes;
use super::origins::{self, Match};
use super::paths::PathMatch;
use super::site::Route;
use super::values;
use crate::source::At;
use crate::source::cursor::{Word, defaults};

const ALL_METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
/// Seconds.
const MAX_AGE: u64 = 5;
const CONFIG_FIELDS: &[&str] = &["allow_origins", "allow_origins_by_regex", "allow_credential"];

pub(crate) fn recognises(document: &At<'_>) -> bool {
    unwrapped(document).iter().any(is_of_apisix)
}

fn is_of_apisix(document: &At<'_>) -> bool {
    let in_list = |name| document.list(name).iter().any(|at| at.path(&["plugins", "cors"]).is_some());
    document.text_of("kind").is_some_and(|kind| kind.starts_with("Apisix"))
        || document.path(&["plugins", "cors"]).is_some()
        || ["routes", "services", "global_rules", "plugin_configs"].into_iter().any(in_list)
        || document.any(&["allow_origins_by_regex", "allow_credential"]).is_some()
        || document.get("cors").is_some_and(|at| at.any(CONFIG_FIELDS).is_some())
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let mut groups = Vec::new();
    let mut global: Option<(At<'_>, Draft)> = None;
    let documents: Vec<At<'_>> = documents.iter().flat_map(unwrapped).collect();
    let documents = documents.as_slice();
    for document in documents {
        match document.text_of("kind") {
            Some("ApisixRoute") => groups.extend(resource_groups(document, documents, notes)),
            Some("ApisixGlobalRule") => {
                let plugin = document.get("spec").and_then(|spec| listed_plugin(&spec));
                global = global.or_else(|| plugin.map(|at| (document.clone(), policy(&at, notes))));
            }
            Some(_) => {}
            None => {
                groups.extend(file_groups(document, notes));
                let rule = document.list("global_rules").into_iter().find_map(|rule| named_plugin(&rule));
                global = global.or_else(|| rule.map(|at| (document.clone(), policy(&at, notes))));
            }
        }
    }
    if groups.is_empty() && global.is_none() {
        return alone(documents, notes);
    }
    let mut routes = arrange(groups, Order::PathBeforeHost);
    if let Some((at, draft)) = global {
        // A route's own plugin replaces the global one; a route without it has the global one.
        for route in &mut routes {
            route.policy.get_or_insert_with(|| draft.clone());
        }
        routes.push(Route::everything("global", Some(draft), &at));
    }
    Ok(routes)
}

/// The objects in an answer of the API: `{ "value": … }`, `{ "list": [{ "value": … }] }`.
fn unwrapped<'n>(document: &At<'n>) -> Vec<At<'n>> {
    if let Some(inner) = document.get("value").filter(At::is_map) {
        return vec![inner];
    }
    let listed: Vec<At<'n>> = document.list("list").iter().filter_map(|item| item.get("value")).collect();
    if listed.is_empty() { vec![document.clone()] } else { listed }
}

/// A plugin's configuration, or something that holds one, without routes.
fn alone(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let found = documents.iter().find_map(|at| {
        let spec = at.get("spec").and_then(|spec| listed_plugin(&spec));
        spec.or_else(|| named_plugin(at)).or_else(|| at.get("cors")).or_else(|| at.is_map().then(|| at.clone()))
    });
    let at = found.ok_or("The file holds no plugin \"cors\".")?;
    Ok(vec![Route::everything("apisix", Some(policy(&at, notes)), &at)])
}

/// `plugins: { cors: … }`
fn named_plugin<'n>(at: &At<'n>) -> Option<At<'n>> {
    let plugin = at.path(&["plugins", "cors"])?;
    let disabled = plugin.path(&["_meta"]).is_some_and(|meta| meta.flag(&["disable"]) == Some(true))
        || plugin.flag(&["disable"]) == Some(true);
    (!disabled).then_some(plugin)
}

/// `plugins: [{ name: cors, enable: true, config: … }]`
fn listed_plugin<'n>(at: &At<'n>) -> Option<At<'n>> {
    let plugin = at.list("plugins").into_iter().find(|plugin| plugin.text_of("name") == Some("cors"))?;
    (plugin.flag(&["enable"]) != Some(false)).then(|| plugin.get("config").unwrap_or(plugin))
}

fn file_groups(file: &At<'_>, notes: &mut Notes) -> Vec<Group> {
    let one = file.any(&["uri", "uris"]).is_some().then(|| file.clone());
    let routes = file.list("routes").into_iter().chain(one).map(|at| (at, None));
    // The declarative form of its own tool: routes within services.
    let nested = file.list("services").into_iter().flat_map(|service| {
        service.list("routes").into_iter().map(move |at| (at, Some(service.clone()))).collect::<Vec<_>>()
    });
    routes
        .chain(nested)
        .map(|(at, service)| {
            let by_id = |list: &str, key: &str| {
                let id = at.get(key)?.scalar()?;
                let held = file
                    .list(list)
                    .into_iter()
                    .find(|held| held.get("id").and_then(|at| at.scalar()).as_ref() == Some(&id))?;
                named_plugin(&held)
            };
            let plugin = named_plugin(&at)
                .or_else(|| by_id("plugin_configs", "plugin_config_id"))
                .or_else(|| by_id("services", "service_id"))
                .or_else(|| named_plugin(service.as_ref()?));
            let draft = plugin.map(|at| policy(&at, notes));
            let name = at.any(&["name", "id"]).and_then(|at| at.scalar()).unwrap_or_else(|| "route".to_owned());
            let mut hosts = scalars(&at, &["host", "hosts"]);
            if let Some(service) = service.as_ref().filter(|_| hosts.is_empty()) {
                hosts = scalars(service, &["hosts"]);
            }
            group(
                name.as_str(),
                hosts,
                &scalars(&at, &["uri", "uris"]),
                draft,
                &at,
                &["methods", "vars", "remote_addr", "remote_addrs", "filter_func"],
            )
        })
        .collect()
}

fn scalars(at: &At<'_>, names: &[&str]) -> Vec<String> {
    names.iter().flat_map(|name| at.list(name)).filter_map(|at| at.scalar()).collect()
}

fn resource_groups(document: &At<'_>, documents: &[At<'_>], notes: &mut Notes) -> Vec<Group> {
    let http = document.get("spec").map(|spec| spec.list("http")).unwrap_or_default();
    http.iter()
        .map(|at| {
            let shared = at.text_of("plugin_config_name").and_then(|name| {
                let config = documents.iter().find(|at| {
                    at.text_of("kind") == Some("ApisixPluginConfig") && values::name(at).as_deref() == Some(name)
                })?;
                listed_plugin(&config.get("spec")?)
            });
            let draft = listed_plugin(at).or(shared).map(|at| policy(&at, notes));
            let matched = at.get("match").unwrap_or_else(|| at.clone());
            let name = at.text_of("name").map(str::to_owned).or_else(|| values::name(document)).unwrap_or_default();
            group(
                &name,
                scalars(&matched, &["hosts"]),
                &scalars(&matched, &["paths"]),
                draft,
                &matched,
                &["methods", "exprs", "remoteAddrs", "filter_func"],
            )
        })
        .collect()
}

fn group(
    name: &str,
    hosts: Vec<String>,
    paths: &[String],
    draft: Option<Draft>,
    at: &At<'_>,
    conditions: &[&str],
) -> Group {
    let mut route = Route::everything(name, draft, at);
    if !paths.is_empty() {
        route.paths = paths.iter().map(|path| self::path(path)).collect();
    }
    for key in conditions {
        if at.get(key).is_some() {
            route.add_condition(&format!("the match on \"{key}\""));
        }
    }
    Group { hosts, routes: vec![route] }
}

/// A `*` at the end is a string prefix.
fn path(text: &str) -> PathMatch {
    match text.strip_suffix('*') {
        Some(prefix) => PathMatch::text_prefix(prefix),
        None => PathMatch::exact(text),
    }
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = Draft::at(at);
    draft.credentials = at.flag(&["allow_credential", "allowCredential"]) == Some(true);
    let regexes = at.get("allow_origins_by_regex").map(|at| at.whole_words()).unwrap_or_default();
    let list = at.get("allow_origins").map(|at| at.words()).unwrap_or_default();
    if regexes.is_empty() {
        read_list(&mut draft, at, &list, notes);
    } else {
        if !list.is_empty() {
            notes.at(at, "\"allow_origins_by_regex\" alone counts where it is set; \"allow_origins\" is left out.");
        }
        for word in &regexes {
            draft.origins.extend(origins::regex(word, Match::Search, draft.context(), notes));
        }
    }
    draft.methods = match any_or_words(at, "allow_methods", notes) {
        Words::Listed(words) => words,
        Words::Any => defaults(&["*"], &at.place),
        Words::Forced => defaults(ALL_METHODS, &at.place),
    };
    draft.headers = match any_or_words(at, "allow_headers", notes) {
        Words::Listed(words) => words,
        Words::Any => defaults(&["*"], &at.place),
        Words::Forced => any_header(draft.credentials, &at.place),
    };
    draft.exposed = match any_or_words(at, "expose_headers", notes) {
        Words::Listed(words) => words,
        Words::Any | Words::Forced => defaults(&["*"], &at.place),
    };
    draft.max_age = at.get("max_age").and_then(|at| values::seconds(&at));
    if draft.max_age.is_none() {
        notes.at(at, format!("\"max_age\" is {MAX_AGE} seconds where it is not set; it is written out."));
        draft.max_age = Some(MAX_AGE);
    }
    for name in ["allow_origins_by_metadata", "timing_allow_origins", "timing_allow_origins_by_regex"] {
        if at.get(name).is_some() {
            notes.at(at, format!("\"{name}\" has no counterpart; it is left out."));
        }
    }
    draft
}

fn read_list(draft: &mut Draft, at: &At<'_>, list: &[Word], notes: &mut Notes) {
    let any = Word { text: "*".to_owned(), place: at.place.clone(), line: at.line() };
    if list.is_empty() {
        notes.at(at, "\"allow_origins\" is \"*\" where it is not set; it is written out.");
    }
    if list.iter().any(|word| word.text == "**") {
        draft.origins = vec![origins::any(&any)];
    } else if list.is_empty() || list.iter().any(|word| word.text == "*") {
        if draft.credentials {
            notes.at(at, "APISIX refuses \"*\" with credentials; so credentials are not allowed here.");
            draft.credentials = false;
        }
        draft.origins = vec![origins::any(&any)];
    } else {
        for word in list {
            draft.origins.extend(origins::exact(word, draft.context(), notes));
        }
    }
}

enum Words {
    Listed(Vec<Word>),
    /// `*`
    Any,
    /// `**`
    Forced,
}

/// A comma list whose default is `*`. An empty text is an empty list.
fn any_or_words(at: &At<'_>, name: &str, notes: &mut Notes) -> Words {
    let Some(value) = at.get(name) else {
        notes.at(at, format!("\"{name}\" is \"*\" where it is not set; it is written out."));
        return Words::Any;
    };
    let words = value.words();
    if words.iter().any(|word| word.text == "**") {
        return Words::Forced;
    }
    if words.iter().any(|word| word.text == "*") { Words::Any } else { Words::Listed(words) }
}
