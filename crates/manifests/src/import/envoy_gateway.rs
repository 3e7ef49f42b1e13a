//! Envoy Gateway: `SecurityPolicy`, joined with the routes that it targets.

use super::draft::Draft;
use super::envoy::note_preflights;
use super::gateway_api::{group, read};
use super::groups::{Group, Order, arrange};
use super::notes::Notes;
use super::origins::PortStar;
use super::site::Route;
use super::values;
use crate::source::At;

pub(crate) fn recognises(document: &At<'_>) -> bool {
    is_security_policy(document)
}

fn is_security_policy(document: &At<'_>) -> bool {
    document.text_of("kind") == Some("SecurityPolicy") && document.path(&["spec", "cors"]).is_some()
}

pub(crate) fn routes(documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    let policies: Vec<&At<'_>> = documents.iter().filter(|at| is_security_policy(at)).collect();
    let routes: Vec<&At<'_>> = documents.iter().filter(|at| at.text_of("kind") == Some("HTTPRoute")).collect();
    if let [policy] = policies.as_slice()
        && routes.is_empty()
    {
        return Ok(vec![everything(policy, notes)]);
    }
    if policies.is_empty() {
        let alone =
            documents.iter().find_map(|at| at.get("cors").or_else(|| at.get("allowOrigins").map(|_| at.clone())));
        let at = alone.ok_or("The file holds no SecurityPolicy with \"cors\".")?;
        return Ok(vec![Route::everything("envoy-gateway", Some(policy(&at, notes)), &at)]);
    }
    let mut placed = vec![false; policies.len()];
    let groups: Vec<Group> = routes
        .iter()
        .map(|route| {
            group(route, |rule| {
                let chosen = choose(&policies, route, rule)?;
                if let Some(placed) = placed.get_mut(chosen) {
                    *placed = true;
                }
                policies.get(chosen)?.path(&["spec", "cors"]).map(|at| policy(&at, notes))
            })
        })
        .collect();
    let mut all = arrange(groups, Order::LongestPath);
    for (policy, placed) in policies.iter().zip(placed) {
        if !placed {
            let gateway = targets(policy).iter().any(|target| target.text_of("kind") == Some("Gateway"));
            if !gateway {
                return Err(format!(
                    "{}: the routes that it targets are not in the file; add them.",
                    policy.place.trim_end_matches(", ")
                ));
            }
            all.push(everything(policy, notes));
        }
    }
    Ok(all)
}

/// A policy for all that the file does not name.
fn everything(policy_at: &At<'_>, notes: &mut Notes) -> Route {
    let targets_route = targets(policy_at).iter().any(|target| target.text_of("kind") != Some("Gateway"));
    if targets_route {
        notes.at(policy_at, "The routes that it targets are not in the file, so the policy is for every request.");
    }
    let draft = policy_at.path(&["spec", "cors"]).map(|at| policy(&at, notes));
    Route::everything(&values::name(policy_at).unwrap_or_default(), draft, policy_at)
}

fn targets<'n>(policy: &At<'n>) -> Vec<At<'n>> {
    let Some(spec) = policy.get("spec") else { return Vec::new() };
    spec.list("targetRefs").into_iter().chain(spec.get("targetRef")).chain(spec.list("targetSelectors")).collect()
}

/// The policy of a rule: one that targets the rule, else one for its route, else one for the
/// route's gateway.
fn choose(policies: &[&At<'_>], route: &At<'_>, rule: &At<'_>) -> Option<usize> {
    let name = values::name(route)?;
    let section = rule.text_of("name");
    let gateways: Vec<&str> = route
        .path(&["spec"])
        .map(|spec| spec.list("parentRefs"))
        .unwrap_or_default()
        .iter()
        .filter_map(|at| at.text_of("name"))
        .collect();
    let rank = |target: &At<'_>| {
        let named = target.text_of("name");
        match (target.text_of("kind"), target.text_of("sectionName")) {
            (Some("HTTPRoute"), Some(wanted)) if named == Some(&name) => (section == Some(wanted)).then_some(3),
            (Some("HTTPRoute"), None) if named == Some(&name) => Some(2),
            (Some("Gateway"), None) if named.is_some_and(|named| gateways.contains(&named)) => Some(1),
            _ => None,
        }
    };
    let best = |policy: &&At<'_>| targets(policy).iter().filter_map(rank).max();
    let ranked = policies.iter().enumerate().filter_map(|(index, policy)| best(policy).map(|rank| (rank, index)));
    // The first of equals: the older one counts, and a file tells no age.
    ranked.max_by_key(|(rank, index)| (*rank, std::cmp::Reverse(*index))).map(|(_, index)| index)
}

fn policy(at: &At<'_>, notes: &mut Notes) -> Draft {
    let mut draft = read(at, PortStar::Required, notes);
    draft.max_age = at.get("maxAge").and_then(|at| values::seconds(&at));
    note_preflights(at, notes);
    draft
}
