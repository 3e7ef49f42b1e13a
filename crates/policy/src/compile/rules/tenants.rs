//! Placeholders: the label that a rule's host binds is what its policy's origins are compared with.

use crate::compile::origins::parse_pattern;
use crate::config::{NamedPolicy, PolicyConfig, RuleConfig, Several};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::origin::pattern::Pattern;
use crate::rules::HostPattern;

/// Reports placeholders that no host binds, and warns of those that no origin names.
pub(super) fn report(several: &Several<'_>, place: &Place<'_>, report: &mut Report) {
    for (index, rule) in &several.rules {
        let policy = several.policies.iter().find(|policy| Some(policy.name) == rule.policy);
        let compared = policy.and_then(|policy| Some((policy.name, compared_or_tried(&policy.config)?)));
        report_rule(rule, compared, &place.index(*index), report);
    }
    for policy in &several.policies {
        report_trial(policy, report);
    }
    if several.from_route_metadata
        && let Some(policy) = several.policies.iter().find(|policy| compared_or_tried(&policy.config).is_some())
    {
        let sentence = format!(
            "A route's metadata binds no label; where it selects {}, the origins with a placeholder are refused.",
            quoted(policy.name)
        );
        report.warn(Code::UnboundPlaceholder, &Place::TOP.key("policyFromRouteMetadata"), sentence);
    }
}

/// Reports a placeholder in a policy that stands alone, without rules.
#[inline(never)]
pub(crate) fn report_single(config: &PolicyConfig<'_>, place: &Place<'_>, report: &mut Report) {
    if let Some(trial) = &config.trial {
        report_single(&trial.config, &place.trial(), report);
    }
    if let Some((index, name)) = compared(config) {
        let sentence = format!(
            "Nothing binds \"{{{name}}}\": a rule does, whose host has the same placeholder (\"{{{name}}}.api.example.com\")."
        );
        report.error(Code::UnboundPlaceholder, &place.key("allowOrigins").index(index), sentence);
    }
}

/// The place and the placeholder of the first origin that has one; all others of the policy have
/// the same.
fn compared<'v>(config: &PolicyConfig<'v>) -> Option<(usize, &'v str)> {
    config.origins.iter().find_map(|(index, entry)| match parse_pattern(*entry)? {
        Pattern::Tenant(tenant) => Some((*index, tenant.host.name)),
        _ => None,
    })
}

/// The placeholder of a policy, or of its trial.
fn compared_or_tried<'v>(config: &PolicyConfig<'v>) -> Option<&'v str> {
    let tried = || compared(&config.trial.as_ref()?.config);
    compared(config).or_else(tried).map(|(_, name)| name)
}

/// Reports a trial whose origins name another placeholder than those of its policy: one label of
/// the host is compared with both.
fn report_trial(policy: &NamedPolicy<'_>, report: &mut Report) {
    let Some(trial) = &policy.config.trial else { return };
    if let (Some((_, enforced)), Some((index, tried))) = (compared(&policy.config), compared(&trial.config))
        && enforced != tried
    {
        let sentence = format!("The origins of the policy name \"{{{enforced}}}\", so its trial cannot name another.");
        let top = Place::TOP;
        let (policies, owners) = (top.key("policies"), &trial.owners);
        let place = policies.key(policy.name);
        let place = place.trial().with_owners(owners);
        report.error(Code::UnboundPlaceholder, &place.key("allowOrigins").index(index), sentence);
    }
}

fn report_rule(rule: &RuleConfig<'_>, compared: Option<(&str, &str)>, place: &Place<'_>, report: &mut Report) {
    let mut bound = false;
    for (index, text) in rule.hosts.iter().flatten() {
        let host = HostPattern::parse(text);
        let Some(name) = host.as_ref().and_then(HostPattern::placeholder) else { continue };
        let place = place.key("hosts");
        let place = place.index(*index);
        match compared {
            Some((_, wanted)) if wanted == name => bound = true,
            Some((policy, wanted)) => {
                let sentence =
                    format!("The origins of {} name \"{{{wanted}}}\", not this placeholder.", quoted(policy));
                let fix = text.replace(&format!("{{{name}}}"), &format!("{{{wanted}}}"));
                report.error_with_fix(Code::UnboundPlaceholder, &place, sentence, Some(quoted(&fix)));
                bound = true; // which is reported
            }
            None => {
                let sentence =
                    format!("No origin of the rule's policy names \"{{{name}}}\", so it is any one label and no more.");
                report.warn(Code::UnusedPlaceholder, &place, sentence);
            }
        }
    }
    if let Some((policy, name)) = compared.filter(|_| !bound) {
        let sentence = format!(
            "The origins of {} name \"{{{name}}}\", and no host of this rule does; write \"hosts\": [\"{{{name}}}.api.example.com\"], with your own domain.",
            quoted(policy)
        );
        report.error(Code::UnboundPlaceholder, place, sentence);
    }
}
