//! From a source's routes, in the order in which it tries them, to policies and rules.

use std::collections::HashMap;

use corsac_policy::{Severity, Tools, compile};
use serde_json::{Map, Value as Json, json};

use super::draft::Draft;
use super::notes::Notes;
use super::paths::PathMatch;
use crate::source::At;

/// The most routes that are read.
const MOST_ROUTES: usize = 2_000;

/// One way through the source.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// What names a policy made from it.
    pub(crate) name: String,
    /// Empty: every host, unless `lost_hosts` says that there are others.
    pub(crate) hosts: Vec<String>,
    /// Host patterns that no rule can say.
    pub(crate) lost_hosts: Vec<String>,
    /// One of them; never empty.
    pub(crate) paths: Vec<PathMatch>,
    /// The proxy's names of routes; empty: every route.
    pub(crate) routes: Vec<String>,
    /// What else has to hold, in words: rules look at nothing else.
    pub(crate) condition: Option<String>,
    /// `None`: the source leaves such exchanges alone.
    pub(crate) policy: Option<Draft>,
    pub(crate) place: String,
    pub(crate) line: Option<usize>,
}

impl Route {
    /// Every exchange.
    pub(crate) fn everything(name: &str, policy: Option<Draft>, at: &At<'_>) -> Self {
        Self {
            name: name.to_owned(),
            hosts: Vec::new(),
            lost_hosts: Vec::new(),
            paths: vec![PathMatch::All],
            routes: Vec::new(),
            condition: None,
            policy,
            place: at.place.clone(),
            line: at.line(),
        }
    }

    /// Sets the hosts; those that no rule can say are kept apart.
    pub(crate) fn set_hosts<'h>(&mut self, hosts: impl IntoIterator<Item = &'h str>) {
        let mut sayable = Vec::new();
        for host in hosts {
            match host {
                "*" | "" => return self.hosts.clear(),
                host if is_host(host) => sayable.push(host.to_ascii_lowercase()),
                host => self.lost_hosts.push(host.to_owned()),
            }
        }
        sayable.dedup();
        self.hosts = sayable;
    }

    pub(crate) fn add_condition(&mut self, words: &str) {
        match &mut self.condition {
            Some(condition) => *condition = format!("{condition} and {words}"),
            None => self.condition = Some(words.to_owned()),
        }
    }

    /// Whether all its hosts are patterns that no rule can say.
    fn is_of_lost_hosts(&self) -> bool {
        self.hosts.is_empty() && !self.lost_hosts.is_empty()
    }

    fn is_unsayable(&self) -> bool {
        self.paths.iter().any(|path| matches!(path, PathMatch::Unsayable(_)))
    }

    fn covers(&self, other: &Self) -> bool {
        if self.is_of_lost_hosts() {
            return false;
        }
        let hosts =
            self.hosts.is_empty() || (!other.hosts.is_empty() && other.hosts.iter().all(|host| self.has_host(host)));
        let routes = self.routes.is_empty() || self.routes == other.routes;
        hosts && routes && other.paths.iter().all(|path| self.paths.iter().any(|own| own.covers(path)))
    }

    fn has_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own == host || own.strip_prefix('*').is_some_and(|base| host.ends_with(base)))
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.hosts.is_empty()
            || other.hosts.is_empty()
            || self.hosts.iter().any(|host| other.has_host(host))
            || other.hosts.iter().any(|host| self.has_host(host))
    }
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let (name, port) = name.split_once(':').map_or((name, None), |(name, port)| (name, Some(port)));
    let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    port && name.split('.').all(label)
}

/// A route with its policy settled, or `None`.
struct Settled {
    route: Route,
    policy: Option<Json>,
}

/// The document for these routes. The error is the reason why there is none.
pub(crate) fn assemble(routes: Vec<Route>, notes: &mut Notes) -> Result<Json, String> {
    if routes.len() > MOST_ROUTES {
        return Err(format!("The file has more than {MOST_ROUTES} routes."));
    }
    if routes.iter().all(|route| route.policy.is_none()) {
        return Err("The file configures no CORS.".to_owned());
    }
    let mut settled = Vec::with_capacity(routes.len());
    let mut known: HashMap<String, Json> = HashMap::new();
    for mut route in routes {
        let policy = match route.policy.take() {
            Some(draft) => Some(settle_once(draft, &mut known, notes)?),
            None => None,
        };
        settled.push(Settled { route, policy });
    }
    let settled = without_lost_hosts(settled, notes)?;
    let settled = without_conditions(settled, notes)?;
    note_prefixes(&settled, notes);
    let reached = reached(settled, notes);
    if reached.iter().all(|settled| settled.policy.is_none()) {
        return Err("Every route with CORS comes after a route that takes its requests.".to_owned());
    }
    checked(document(&reached), notes)
}

/// Routes share drafts: each is settled once.
fn settle_once(draft: Draft, known: &mut HashMap<String, Json>, notes: &mut Notes) -> Result<Json, String> {
    let key = format!("{draft:?}");
    if let Some(policy) = known.get(&key) {
        return Ok(policy.clone());
    }
    let policy = draft.settle(notes)?;
    known.insert(key, policy.clone());
    Ok(policy)
}

/// Leaves hosts out that no rule can say, unless a later route would take their requests in
/// another way.
fn without_lost_hosts(settled: Vec<Settled>, notes: &mut Notes) -> Result<Vec<Settled>, String> {
    let mut kept: Vec<Settled> = Vec::with_capacity(settled.len());
    let mut rest = settled.into_iter();
    while let Some(mut current) = rest.next() {
        let taken_otherwise = rest.as_slice().iter().any(|later| {
            let everywhere = later.route.hosts.is_empty() && !later.route.is_of_lost_hosts();
            everywhere && later.policy.is_some() && later.policy != current.policy
        });
        for host in &current.route.lost_hosts {
            let place = &current.route.place;
            if taken_otherwise {
                return Err(format!("{place}: the policy depends on the host \"{host}\", and no rule can say that."));
            }
            if current.policy.is_some() {
                let sentence =
                    format!("No rule can say the host \"{host}\"; it is left out, so nothing is done for it.");
                notes.push(place, current.route.line, sentence);
            }
        }
        if !current.route.is_of_lost_hosts() {
            current.route.lost_hosts.clear();
            kept.push(current);
        }
    }
    if kept.iter().all(|settled| settled.policy.is_none()) {
        return Err("No rule can say the hosts of the routes with CORS; the notes name them.".to_owned());
    }
    Ok(kept)
}

/// Takes conditions away where that makes no exchange's policy another one; else there is no such
/// document.
fn without_conditions(settled: Vec<Settled>, notes: &mut Notes) -> Result<Vec<Settled>, String> {
    let mut kept: Vec<Settled> = Vec::with_capacity(settled.len());
    let mut rest = settled.into_iter();
    while let Some(mut current) = rest.next() {
        let unsayable = current.route.is_unsayable();
        if !unsayable && current.route.condition.is_none() {
            kept.push(current);
            continue;
        }
        let words = condition_words(&current.route);
        let place = current.route.place.clone();
        let later = rest.as_slice().iter().find(|later| {
            let plain = later.route.condition.is_none() && !later.route.is_unsayable();
            plain && later.route.covers(&current.route)
        });
        let other = rest.as_slice().iter().any(|later| {
            let differs = later.policy.is_some() && current.policy.is_some() && later.policy != current.policy;
            let meets = later.route.covers(&current.route) || current.route.covers(&later.route);
            differs && meets && later.route.condition.is_some()
        });
        let same = !other && later.map_or(current.policy.is_none(), |later| later.policy == current.policy);
        if same {
            notes.push(
                &place,
                current.route.line,
                format!("Rules do not look at {words}; the same holds without it here."),
            );
        } else if unsayable || other || later.is_some_and(|later| later.policy.is_some() && current.policy.is_some()) {
            return Err(format!("{place}: the policy depends on {words}, and no rule can say that."));
        } else if current.policy.is_some() {
            notes.push(
                &place,
                current.route.line,
                format!("Rules do not look at {words}; the policy holds without it."),
            );
            current.route.condition = None;
            kept.push(current);
        } else {
            notes.push(
                &place,
                current.route.line,
                format!("Rules do not look at {words}; such exchanges are not left alone here."),
            );
        }
    }
    Ok(kept)
}

fn condition_words(route: &Route) -> String {
    let path = route.paths.iter().find_map(|path| match path {
        PathMatch::Unsayable(text) => Some(format!("the path pattern \"{text}\"")),
        _ => None,
    });
    path.into_iter().chain(route.condition.clone()).collect::<Vec<_>>().join(" and ")
}

fn note_prefixes(settled: &[Settled], notes: &mut Notes) {
    for Settled { route, .. } in settled {
        for path in &route.paths {
            if let PathMatch::TextPrefix(prefix) = path {
                let base = prefix.trim_end_matches('/');
                let sentence = if prefix.ends_with('/') {
                    format!("The prefix \"{prefix}\" does not match {base} itself there; \"{base}/*\" does.")
                } else {
                    format!(
                        "\"{prefix}\" is a string prefix there and also matches {prefix}x; \"{base}/*\" is {base} and what is below it."
                    )
                };
                notes.push(&route.place, route.line, sentence);
            }
        }
    }
}

/// Drops what can never be chosen, and rules that leave alone what nothing after them touches.
fn reached(settled: Vec<Settled>, notes: &mut Notes) -> Vec<Settled> {
    let mut kept: Vec<Settled> = Vec::with_capacity(settled.len());
    for current in settled {
        match kept.iter().find(|before| before.route.covers(&current.route)) {
            None => kept.push(current),
            Some(before) if current.policy.is_some() && before.policy != current.policy => {
                let sentence = "An earlier route takes all its requests, so its policy is left out.";
                notes.push(&current.route.place, current.route.line, sentence.to_owned());
            }
            Some(_) => {}
        }
    }
    let mut needed: Vec<Settled> = Vec::with_capacity(kept.len());
    for current in kept.into_iter().rev() {
        let overlapped = needed.iter().any(|later| later.policy.is_some() && later.route.overlaps(&current.route));
        if current.policy.is_some() || overlapped {
            needed.push(current);
        }
    }
    needed.reverse();
    needed
}

/// One policy where all exchanges have it, else policies and rules.
fn document(settled: &[Settled]) -> Json {
    if let [Settled { route, policy: Some(policy) }] = settled
        && route.hosts.is_empty()
        && route.routes.is_empty()
        && route.paths.contains(&PathMatch::All)
    {
        return policy.clone();
    }
    let mut policies: Map<String, Json> = Map::new();
    let mut rules: Vec<Map<String, Json>> = Vec::new();
    for Settled { route, policy } in settled {
        let name = policy.as_ref().map(|policy| named(policy, &route.name, &mut policies));
        let mut rule = Map::new();
        if !route.hosts.is_empty() {
            rule.insert("hosts".to_owned(), json!(route.hosts));
        }
        if !route.routes.is_empty() {
            rule.insert("routes".to_owned(), json!(route.routes));
        }
        rule.insert("policy".to_owned(), json!(name));
        let paths: Option<Vec<String>> = route.paths.iter().map(PathMatch::entry).collect();
        add_rule(&mut rules, rule, paths.unwrap_or_default());
    }
    json!({ "policies": policies, "rules": rules })
}

/// Adds a rule; one that differs from the last in its paths alone lends it its paths.
fn add_rule(rules: &mut Vec<Map<String, Json>>, mut rule: Map<String, Json>, paths: Vec<String>) {
    if paths.is_empty() {
        return rules.push(rule);
    }
    if let Some(last) = rules.last_mut() {
        let mut bare = last.clone();
        if let Some(Json::Array(_)) = bare.remove("paths")
            && bare == rule
        {
            if let Some(Json::Array(last)) = last.get_mut("paths") {
                for path in paths {
                    if !last.iter().any(|known| *known == path) {
                        last.push(Json::from(path));
                    }
                }
            }
            return;
        }
    }
    rule.insert("paths".to_owned(), json!(paths));
    rules.push(rule);
}

/// The policy's name: that of an equal one, or a new one made from the source's.
fn named(policy: &Json, from: &str, policies: &mut Map<String, Json>) -> String {
    if let Some((name, _)) = policies.iter().find(|(_, known)| *known == policy) {
        return name.clone();
    }
    let base: String =
        from.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).take(56).collect();
    let base = match base.trim_matches('-') {
        "" => "policy",
        base => base,
    };
    let mut name = base.to_owned();
    let mut number = 2;
    while policies.contains_key(&name) {
        name = format!("{base}-{number}");
        number += 1;
    }
    policies.insert(name.clone(), policy.clone());
    name
}

/// The document, if the engine takes it; its warnings about rules become notes.
fn checked(document: Json, notes: &mut Notes) -> Result<Json, String> {
    match compile(document.to_string().as_bytes(), &Tools::default()) {
        Ok(compiled) => {
            for warning in &compiled.warnings {
                if matches!(warning.code.as_str(), "permissive-fallback" | "route-selects-policy") {
                    notes.push(&format!("the policy, {}", warning.pointer), None, warning.sentence.clone());
                }
            }
            Ok(document)
        }
        Err(rejected) => {
            let mut errors = rejected.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
            let sentence = errors.next().map(ToString::to_string).unwrap_or_default();
            Err(format!("No policy comes out that Corsac takes: {sentence}"))
        }
    }
}
