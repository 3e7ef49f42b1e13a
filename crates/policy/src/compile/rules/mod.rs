//! The rules: names to policies, texts to patterns, and warnings about rules that do not do what
//! they seem to do.

mod narrow;
mod tenants;

use std::collections::BTreeMap;

use super::origins::parse_pattern;
use crate::config::{OriginEntry, RuleConfig, Several};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::origin::Origins;
use crate::origin::pattern::Pattern;
use crate::origin::tenant::TenantOrigin;
use crate::placeholder;
use crate::policy::Policy;
use crate::rules::{HostPattern, PathPattern, PolicyId, Rule, Rules, correction};
use crate::suggest::meant;
pub(crate) use tenants::report_single;

#[inline(never)]
pub(crate) fn compile(several: &Several<'_>, policies: &[Policy], report: &mut Report) -> Rules {
    let place = Place::TOP.key("rules");
    let rules: Vec<(usize, Rule)> = several
        .rules
        .iter()
        .map(|(index, rule)| (*index, compile_rule(rule, several, policies, &place.index(*index), report)))
        .collect();
    warn_of_routes(several, &place, report);
    tenants::report(several, &place, report);
    if report.errors() == 0 {
        // Where a rule or a policy could not be read, these would speak of its absence.
        narrow::warn(&rules, several, &place, report);
        warn_of_unreachable(&rules, &place, report);
        warn_of_permissive_fallbacks(&rules, several, policies, &place, report);
        warn_of_unused(&rules, several, report);
    }
    let mut names = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        // Not `collect`, which would bring a sort into the module.
        names.insert(policy.name.clone(), PolicyId(index));
    }
    Rules::new(rules.into_iter().map(|(_, rule)| rule).collect(), names, several.from_route_metadata)
}

fn compile_rule(
    rule: &RuleConfig<'_>,
    several: &Several<'_>,
    policies: &[Policy],
    place: &Place<'_>,
    report: &mut Report,
) -> Rule {
    let policy = rule.policy.and_then(|name| find_policy(name, several, &place.key("policy"), report));
    let compiled = policy.and_then(|id| policies.get(id.0));
    Rule {
        hosts: compile_list(rule.hosts.as_ref(), &place.key("hosts"), report, |text| {
            HostPattern::parse(text).ok_or_else(|| (sentence_on_host(text), HostPattern::correction(text)))
        }),
        paths: compile_list(rule.paths.as_ref(), &place.key("paths"), report, |text| {
            PathPattern::parse(text).map_err(|sentence| (sentence, correction::path(text)))
        }),
        routes: compile_list(rule.routes.as_ref(), &place.key("routes"), report, |text| {
            if text.is_empty() { Err(("A route's name is not empty.", None)) } else { Ok(text.as_bytes().into()) }
        }),
        policy,
        binds_tenant: compiled.is_some_and(|policy| policy.origins.has_tenants()),
        tries_tenant: compiled
            .and_then(|policy| policy.trial.as_ref())
            .is_some_and(|trial| trial.origins.has_tenants()),
    }
}

fn sentence_on_host(text: &str) -> &'static str {
    if text.contains(['{', '}']) {
        "A placeholder is one whole label in small letters above a domain: \"{tenant}.api.example.com\"."
    } else {
        "This is not a host: write \"api.example.com\", \"*.example.com\", \"*\" or \"[::1]\", with a port if need be."
    }
}

/// What is wrong with an entry, and what was probably meant.
type Wrong = (&'static str, Option<String>);

fn compile_list<T>(
    written: Option<&Vec<(usize, &str)>>,
    place: &Place<'_>,
    report: &mut Report,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Option<Vec<T>> {
    let mut list = Vec::new();
    for (index, text) in written? {
        match parse(text) {
            Ok(item) => list.push(item),
            Err((sentence, fix)) => match placeholder::sentence(text).filter(|_| fix.is_none()) {
                Some(sentence) => report.error(Code::UnfilledPlaceholder, &place.index(*index), sentence),
                None => {
                    let fix = fix.as_deref().map(quoted);
                    report.error_with_fix(Code::InvalidValue, &place.index(*index), sentence, fix);
                }
            },
        }
    }
    Some(list)
}

fn find_policy(name: &str, several: &Several<'_>, place: &Place<'_>, report: &mut Report) -> Option<PolicyId> {
    let found = several.policies.iter().position(|policy| policy.name == name);
    if found.is_none() {
        let known: Vec<&str> = several.policies.iter().map(|policy| policy.name).collect();
        let sentence = format!("There is no policy named {}.", quoted(name));
        report.error_with_fix(Code::UnknownPolicy, place, sentence, meant(name, &known).map(quoted));
    }
    found.map(PolicyId)
}

fn warn_of_routes(several: &Several<'_>, place: &Place<'_>, report: &mut Report) {
    const WHY: &str = "Envoy picks a preflight's route by its method OPTIONS, so a route that selects a policy must not match on method or headers; a preflight without a route is refused.";
    for (index, rule) in &several.rules {
        if rule.routes.is_some() {
            report.warn(Code::RouteSelectsPolicy, &place.index(*index).key("routes"), WHY);
        }
    }
    if several.from_route_metadata {
        report.warn(Code::RouteSelectsPolicy, &Place::TOP.key("policyFromRouteMetadata"), WHY);
    }
}

fn warn_of_unreachable(rules: &[(usize, Rule)], place: &Place<'_>, report: &mut Report) {
    for (position, (index, rule)) in rules.iter().enumerate() {
        let earlier = rules.get(..position).unwrap_or_default();
        let sentence = if let Some((earlier, _)) = earlier.iter().find(|(_, earlier)| earlier.covers(rule)) {
            format!("Rule {earlier} already matches everything that this one does, so it is never reached.")
        } else if let Some((earlier, _)) =
            earlier.iter().find(|(_, earlier)| earlier.policy != rule.policy && earlier.covers_canonical(rule))
        {
            format!(
                "Rule {earlier} already matches these paths in another spelling, which servers take for the same, so requests to them are refused."
            )
        } else {
            continue;
        };
        report.warn(Code::UnreachableRule, &place.index(*index), sentence);
    }
}

/// A path's own rule is stricter than the wider rule after it. Whoever finds a spelling of the path
/// that the upstream takes and the rule does not is answered by the wider one.
fn warn_of_permissive_fallbacks(
    rules: &[(usize, Rule)],
    several: &Several<'_>,
    policies: &[Policy],
    place: &Place<'_>,
    report: &mut Report,
) {
    for (position, (index, wide)) in rules.iter().enumerate() {
        let Some(wide_id) = wide.policy else { continue };
        let stricter = rules.iter().take(position).find_map(|(earlier, narrow)| {
            let narrow_id = narrow.policy.filter(|id| *id != wide_id && wide.is_wider_by_path(narrow))?;
            let extra = first_extra_origin(several, wide_id, policies.get(narrow_id.0)?)?;
            Some((earlier, extra))
        });
        if let Some((earlier, extra)) = stricter {
            let sentence = format!(
                "This rule is wider than rule {earlier} and allows {extra}, which the policy of that rule's paths refuses."
            );
            report.warn(Code::PermissiveFallback, &place.index(*index), sentence);
        }
    }
}

/// The first entry of one policy that another does not allow, as JSON text.
fn first_extra_origin(several: &Several<'_>, wide: PolicyId, narrow: &Policy) -> Option<String> {
    let wide = several.policies.get(wide.0)?;
    wide.config.origins.iter().find(|(_, entry)| !allows_all_of(&narrow.origins, *entry)).map(
        |(_, entry)| match entry {
            OriginEntry::Text(text) | OriginEntry::Exact(text) => quoted(text),
            OriginEntry::Prefix(text) | OriginEntry::Suffix(text) | OriginEntry::Regex(text) => {
                format!("what {} matches", quoted(text))
            }
        },
    )
}

/// Whether a policy allows everything that an entry of another one stands for; matchers are not
/// compared.
fn allows_all_of(origins: &Origins, entry: OriginEntry<'_>) -> bool {
    let listed = match origins {
        Origins::Any => return true,
        Origins::Fixed(fixed) => {
            return matches!(parse_pattern(entry), Some(Pattern::Exact(origin)) if origin.as_bytes() == &**fixed);
        }
        Origins::Listed(listed) => listed,
    };
    match parse_pattern(entry) {
        Some(Pattern::Null) => listed.null,
        Some(Pattern::File) => listed.file,
        Some(Pattern::Exact(origin)) => origins.check(origin.as_bytes(), None).is_ok(),
        Some(Pattern::Shape(shape)) => listed.any || listed.set.holds_shape(&shape),
        Some(Pattern::Tenant(tenant)) => {
            listed.any
                || listed.set.holds_shape(&tenant.as_wildcard())
                || listed.tenants.contains(&TenantOrigin::from(&tenant))
        }
        Some(Pattern::Any) | None => listed.any,
    }
}

fn warn_of_unused(rules: &[(usize, Rule)], several: &Several<'_>, report: &mut Report) {
    if several.from_route_metadata {
        return; // any route may name any policy
    }
    let place = Place::TOP.key("policies");
    for (index, policy) in several.policies.iter().enumerate() {
        if !policy.is_base && !rules.iter().any(|(_, rule)| rule.policy == Some(PolicyId(index))) {
            report.warn(Code::UnusedPolicy, &place.key(policy.name), "No rule selects this policy.");
        }
    }
}
