//! What is around a policy in another system's document.

use super::source::Source;
use super::{Synonym, synonym};
use crate::config::fields::{Members, switch};
use crate::config::names::{POLICY, TOP};
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::json::Value;
use crate::suggest::plain;

/// The keys, in plain form, that other systems have around one policy.
const WRAPPERS: &[&str] = &[
    "/",
    "/*",
    "/**",
    "[/**]",
    "config",
    "cors",
    "corsconfiguration",
    "corsconfigurations",
    "corsfilter",
    "corsoptions",
    "corsplugin",
    "corspolicy",
    "envoy.filters.http.cors",
    "globalcors",
    "headers",
    "options",
    "policy",
    "resources",
    "spec",
    "typedperfilterconfig",
];

/// The keys, in plain form, of documents that hold more than a policy.
const DOCUMENTS: &[&str] = &[
    "annotations",
    "clusters",
    "corsrules",
    "dynamicresources",
    "filterchains",
    "filters",
    "gateways",
    "http",
    "httpfilters",
    "ingress",
    "labels",
    "listeners",
    "metadata",
    "middlewares",
    "plugins",
    "quarkus",
    "routeconfig",
    "services",
    "spring",
    "staticresources",
    "typedconfig",
    "virtualhosts",
];

/// The keys, in plain form, that say nothing of the policy beside them, those aside that
/// [`synonym`] knows as needless.
const HARMLESS: &[&str] = &["apiversion", "instancename", "protocols", "route", "service", "tags"];

/// Takes the policy out of its wrappers, and reports each. `None`: this is a document of another
/// system; reported.
pub(super) fn unwrap<'d, 'v>(
    document: &'d Value<'v>,
    source: &mut Source,
    report: &mut Report,
) -> Option<&'d Value<'v>> {
    let (inner, root) = unwrap_at(document, &Place::TOP, report)?;
    source.set_root(root, report.errors());
    Some(inner)
}

/// The policy and its place.
fn unwrap_at<'d, 'v>(value: &'d Value<'v>, place: &Place<'_>, report: &mut Report) -> Option<(&'d Value<'v>, String)> {
    let policy = Some((value, place.pointer()));
    let Value::Object(members) = value else { return policy };
    if members.iter().any(|(key, value)| is_of_policy(key, value)) {
        return policy;
    }
    let mut wrappers = members.iter().filter(|(key, value)| is_wrapper(key, value));
    let (wrapper, other) = (wrappers.next(), wrappers.next());
    if is_document(members) || other.is_some() {
        let sentence = "This is a document of another system, and not a policy. \"corsac import\" makes policies of such documents.";
        report.error(Code::ForeignDocument, place, sentence);
        return None;
    }
    let Some((key, contents)) = wrapper else { return policy };
    let place = place.key(key);
    let inner = unwrap_at(contents, &place, report)?;
    let is_alone = members.iter().all(|(other, value)| other == key || is_harmless(other, value));
    let instead = if is_alone { "" } else { " A policy is at the top, without what is beside it here." };
    let sentence = format!("{} is a wrapper that Corsac does not take.{instead}", quoted(key));
    report.error_with_fix(Code::UnknownField, &place, sentence, is_alone.then_some(Suggestion::Contents));
    Some(inner)
}

fn is_of_policy(key: &str, value: &Value<'_>) -> bool {
    let is_known = POLICY.contains(&key) || TOP.contains(&key);
    let is_translated = !matches!(synonym(key), None | Some(Synonym::Needless | Synonym::On | Synonym::Off));
    is_known || (is_translated && !is_wrapper(key, value))
}

fn is_wrapper(key: &str, value: &Value<'_>) -> bool {
    matches!(value, Value::Object(_)) && WRAPPERS.contains(&plain(key).as_str())
}

/// Whether an object is, or is part of, a Kubernetes resource, an Envoy configuration or the like.
fn is_document(members: &Members<'_>) -> bool {
    let mut of_resource = 0;
    for (key, value) in members {
        let plain = plain(key);
        // A policy for a path.
        let is_path = plain.starts_with(['/', '[']) && matches!(value, Value::Object(_)) && !is_wrapper(key, value);
        if is_path || DOCUMENTS.contains(&plain.as_str()) {
            return true;
        }
        of_resource += usize::from(matches!(plain.as_str(), "kind" | "apiversion" | "spec"));
    }
    of_resource > 1
}

fn is_harmless(key: &str, value: &Value<'_>) -> bool {
    match synonym(key) {
        Some(Synonym::On) => switch(value) == Some(true),
        Some(Synonym::Off) => switch(value) == Some(false),
        Some(Synonym::Needless) => true,
        _ => HARMLESS.contains(&plain(key).as_str()),
    }
}
