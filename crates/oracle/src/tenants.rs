//! Origins with a placeholder. For the host of one request, the label replaces the placeholder, and
//! the result is a configuration without placeholders.

use super::choice::{Target, authority};
use super::config::{Configuration, Form, Pattern, Policy, Rule};

/// Separates a policy's name from the label in its origins. The same label at another place is
/// another tenant.
const MARK: char = '\0';

/// The configuration for requests to this host.
pub fn for_host(configuration: &Configuration, target: &Target) -> Configuration {
    let mut configuration = configuration.clone();
    let Form::Many { policies, rules: Some(rules), .. } = &mut configuration.form else { return configuration };
    for rule in rules {
        let label = bind(rule, target);
        let named = rule.policy.as_ref().and_then(|name| policies.iter().find(|(known, _)| known == name));
        if let (Some((place, label)), Some((name, policy))) = (label, named)
            && policy.allow_origins.iter().any(has_placeholder)
        {
            let bound = (format!("{name}{MARK}{label} at {place}"), written(policy, &label));
            rule.policy = Some(bound.0.clone());
            policies.push(bound);
        }
    }
    configuration
}

/// A policy's name without the label.
pub fn plain(name: &str) -> &str {
    name.split(MARK).next().unwrap()
}

/// Replaces each of the rule's placeholders with the label that it binds, and removes hosts that do
/// not match. Returns the first label with its place in the host.
fn bind(rule: &mut Rule, target: &Target) -> Option<(usize, String)> {
    let mut first = None;
    let mut hosts = vec![];
    for host in rule.hosts.as_ref()? {
        let Some((before, rest)) = host.split_once('{') else {
            hosts.push(host.clone());
            continue;
        };
        let (_, after) = rest.split_once('}').unwrap();
        let (after, _) = after.split_once(':').unwrap_or((after, ""));
        if let Some(label) = label(target, &before.to_ascii_lowercase(), &after.to_ascii_lowercase()) {
            let port = host.split_once(':').map_or(String::new(), |(_, port)| format!(":{port}"));
            hosts.push(format!("{before}{label}{after}{port}"));
            // A host with another port is another host.
            let asked = authority(target.authority.as_deref().unwrap_or(b""));
            let asked_port = asked.and_then(|asked| asked.port());
            if port.is_empty() || Some(port[1..].parse().unwrap()) == asked_port {
                first.get_or_insert((before.len(), label));
            }
        }
    }
    rule.hosts = Some(hosts);
    first
}

fn label(target: &Target, before: &str, after: &str) -> Option<String> {
    let asked = authority(target.authority.as_deref().unwrap_or(b""))?;
    let host = asked.host();
    let label = host.strip_prefix(before)?.strip_suffix(after)?;
    ((1..=63).contains(&label.len()) && !label.contains('.') && !label.starts_with('[')).then(|| label.to_owned())
}

fn has_placeholder(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Text(text) if text.contains('{'))
}

fn written(policy: &Policy, label: &str) -> Policy {
    let mut policy = policy.clone();
    for pattern in &mut policy.allow_origins {
        if let Pattern::Text(text) = pattern
            && let Some((before, rest)) = text.clone().split_once('{')
        {
            *text = format!("{before}{label}{}", rest.split_once('}').unwrap().1);
        }
    }
    policy
}
