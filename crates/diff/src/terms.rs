//! What allowed origins may do: methods, headers, credentials, and the fields that say how a policy
//! is carried out.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Item;

/// Methods that need no listing (Fetch, [CORS-safelisted
/// method](https://fetch.spec.whatwg.org/#cors-safelisted-method)).
const SAFELISTED: &[&str] = &["GET", "HEAD", "POST"];

/// Fields with the value that is in force where they are absent, and the values that let more pass.
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("upstreamHeaders", "\"replace\"", &["\"preserve\""]),
    ("disallowedOrigins", "\"forward\"", &["\"forward\""]),
    ("disallowedNavigations", "\"reject\"", &["\"forward\""]),
    ("preflights", "\"answer\"", &["\"forward\""]),
    ("timingAllowOrigin", "false", &["true"]),
    ("reportOnly", "false", &["true"]),
    ("ownOrigins", "null", &["null"]),
    ("maxAge", "null", &[]),
    ("preflightStatus", "204", &[]),
    ("fixedOrigin", "false", &[]),
];

/// Compares two policies but for their origins.
pub(super) fn compare(old: &Json, new: &Json, gained: &mut Vec<Item>, lost: &mut Vec<Item>, changed: &mut Vec<Item>) {
    let credentials = |policy: &Json| policy.get("allowCredentials") == Some(&Json::Bool(true));
    match (credentials(old), credentials(new)) {
        (false, true) => gained.push(Item::new("allowCredentials", "true")),
        (true, false) => lost.push(Item::new("allowCredentials", "false")),
        _ => {}
    }
    let lists = [("method", "allowMethods"), ("header", "allowHeaders"), ("exposed header", "exposeHeaders")];
    for (what, field) in lists {
        let (before, after) = (Names::of(old, field), Names::of(new, field));
        gained.extend(after.beyond(&before).map(|name| Item::new(what, name)));
        lost.extend(before.beyond(&after).map(|name| Item::new(what, name)));
    }
    for (field, default, wider) in FIELDS {
        let value = |policy: &Json| match policy.get(*field) {
            None | Some(Json::Null) => (*default).to_owned(),
            Some(value) => value.to_string(),
        };
        let (before, after) = (value(old), value(new));
        if before != after {
            let items = match (wider.contains(&after.as_str()), wider.contains(&before.as_str())) {
                (true, false) => &mut *gained,
                (false, true) => &mut *lost,
                _ => &mut *changed,
            };
            items.push(Item::new(field, format!("{before} -> {after}")));
        }
    }
}

/// A list of methods or of header names.
struct Names {
    listed: BTreeSet<String>,
    credentials: bool,
    are_methods: bool,
}

impl Names {
    fn of(policy: &Json, field: &str) -> Self {
        let are_methods = field == "allowMethods";
        let listed = policy.get(field).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let name = |name: &str| if are_methods { name.to_owned() } else { name.to_ascii_lowercase() };
        let credentials = policy.get("allowCredentials") == Some(&Json::Bool(true));
        Self { listed: listed.map(name).collect(), credentials, are_methods }
    }

    /// The names of this list that the other does not allow.
    fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = String> + 'a {
        self.listed.iter().filter(|name| !other.allows(name)).cloned()
    }

    fn allows(&self, name: &str) -> bool {
        let is_safelisted = self.are_methods && SAFELISTED.contains(&name);
        // `*` without credentials is sent as it is, and does not cover Authorization (Fetch,
        // CORS-preflight fetch).
        let covers = self.listed.contains("*") && (self.credentials || name != "authorization");
        let by_prefix = |known: &String| known.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix));
        let is_prefixed =
            !self.are_methods && name != "*" && self.listed.iter().any(|known| known.len() > 1 && by_prefix(known));
        is_safelisted || covers || is_prefixed || self.listed.contains(name)
    }
}
