//! What a tool asks in order to explain a decision: which rule matches, and what a policy lists.
//!
//! Nothing here decides anything, and the filter asks for none of it.

use crate::config::{self, Form, NamedPolicy, OriginEntry, PolicyConfig};
use crate::decide::choice;
use crate::decide::proxy::{Request, RoutePolicy};
use crate::diagnostic::{Place, Report, quoted};
use crate::policy::{Policies, Selector};

/// What chooses the policy of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The configuration is one policy for everything.
    OnlyPolicy,
    /// A rule: the first that matches.
    Rule(MatchedRule),
    /// The metadata of the route, or of its virtual host.
    RouteMetadata,
    /// No rule matches.
    NoRule,
}

/// The first rule that matches, and its entries that do. An absent list matches everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedRule {
    /// Its place in `rules`, from 0 on.
    pub index: usize,
    /// The place in its `hosts`.
    pub host: Option<usize>,
    /// The place in its `paths`.
    pub path: Option<usize>,
    /// The place in its `routes`.
    pub route: Option<usize>,
}

/// What chooses the policy of a request, whose path is taken as it was received.
///
/// [`crate::decide`] looks at more: it refuses every origin where servers may read the path, or the
/// host, in another way.
///
/// ```
/// # use corsac_policy::{Request, Route, RoutePolicy};
/// # struct Get;
/// # impl Route for Get {
/// #     fn route_name(&mut self) -> Option<Vec<u8>> { None }
/// #     fn route_policy(&mut self) -> RoutePolicy { RoutePolicy::Absent }
/// # }
/// # impl Request for Get {
/// #     fn header(&mut self, name: &'static str) -> Option<Vec<u8>> { (name == ":path").then(|| b"/v1/items".to_vec()) }
/// # }
/// use corsac_policy::{Choice, Tools, choice, compile};
///
/// let configuration = br#"{
///     "policies": { "public": { "allowOrigins": ["*"] } },
///     "rules": [{ "paths": ["/healthz"], "policy": null }, { "paths": ["/v1/*"], "policy": "public" }] }"#;
/// let policies = compile(configuration, &Tools::default()).expect("a sound policy").policies;
/// let Choice::Rule(rule) = choice(&policies, &mut Get) else { panic!("a rule") };
/// assert_eq!((rule.index, rule.path), (1, Some(0)));
/// ```
pub fn choice(policies: &Policies, request: &mut impl Request) -> Choice {
    let Selector::Rules(rules) = &*policies.selector else { return Choice::OnlyPolicy };
    if rules.is_from_route_metadata() && request.route_policy() != RoutePolicy::Absent {
        return Choice::RouteMetadata;
    }
    let target = choice::target(policies, request.first_target().unwrap_or_default(), request);
    let route = if rules.asks_route() { request.route_name() } else { None };
    rules.matched(&target, route.as_deref()).map_or(Choice::NoRule, Choice::Rule)
}

/// A list of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `allowOrigins`
    Origins,
    /// `allowMethods`
    Methods,
    /// `allowHeaders`
    Headers,
}

/// One entry of a list, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is: a JSON Pointer. An inherited entry is where it is written, in the base.
    pub pointer: String,
    /// Its JSON text.
    pub text: String,
    /// The string that it is; `None` for a matcher (`{"regex": …}`).
    pub plain: Option<String>,
}

/// The entries of a policy's list, in their order. A single policy is named `default`.
///
/// Empty where there is no such policy, or where the configuration cannot be read.
///
/// ```
/// use corsac_policy::{List, entries};
///
/// let configuration = br#"{ "allowOrigins": ["https://app.example.com", { "suffix": ".example.org" }] }"#;
/// let entries = entries(configuration, "default", List::Origins);
/// assert_eq!(entries[0].plain.as_deref(), Some("https://app.example.com"));
/// assert_eq!((&*entries[1].pointer, &*entries[1].text), ("/allowOrigins/1", r#"{"suffix": ".example.org"}"#));
/// ```
#[inline] // compiled where it is called: the filter's module stays what it is
pub fn entries(configuration: &[u8], policy: &str, list: List) -> Vec<Entry> {
    let Ok(document) = crate::json::parse(configuration) else { return Vec::new() };
    let Some(config) = config::read(&document, &mut Report::default()) else { return Vec::new() };
    match &config.form {
        Form::Single(single) if policy == "default" => list.entries(single, &Place::TOP),
        Form::Single(_) => Vec::new(),
        Form::Several(several) => {
            let place = Place::TOP.key("policies");
            let of = |named: &NamedPolicy<'_>| {
                list.entries(&named.config, &place.key(named.name).with_owners(&named.owners))
            };
            several.policies.iter().find(|named| named.name == policy).map(of).unwrap_or_default()
        }
    }
}

impl List {
    /// The field's name in a configuration.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Origins => "allowOrigins",
            Self::Methods => "allowMethods",
            Self::Headers => "allowHeaders",
        }
    }

    #[inline]
    fn entries(self, policy: &PolicyConfig<'_>, place: &Place<'_>) -> Vec<Entry> {
        let place = place.key(self.field());
        let pointer = |index: usize| place.index(index).pointer();
        let name = |(index, name): &(usize, &str)| Entry::plain(pointer(*index), name);
        match self {
            Self::Origins => {
                policy.origins.iter().map(|(index, entry)| Entry::origin(pointer(*index), *entry)).collect()
            }
            Self::Methods => policy.methods.iter().map(name).collect(),
            Self::Headers => policy.headers.iter().map(name).collect(),
        }
    }
}

impl Entry {
    #[inline]
    fn plain(pointer: String, text: &str) -> Self {
        Self { pointer, text: quoted(text), plain: Some(text.to_owned()) }
    }

    #[inline]
    fn origin(pointer: String, entry: OriginEntry<'_>) -> Self {
        let (kind, text) = match entry {
            OriginEntry::Text(text) => return Self::plain(pointer, text),
            OriginEntry::Exact(text) => ("exact", text),
            OriginEntry::Prefix(text) => ("prefix", text),
            OriginEntry::Suffix(text) => ("suffix", text),
            OriginEntry::Regex(text) => ("regex", text),
        };
        Self { pointer, text: format!("{{{}: {}}}", quoted(kind), quoted(text)), plain: None }
    }
}
