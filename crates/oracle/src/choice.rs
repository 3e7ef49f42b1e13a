//! The choice of the policy that governs an exchange (§6).

use super::config::{Configuration, Form, Policy, Rule};
use super::readings::{canonical, readings};

/// The route, in one phase of an exchange, as Envoy reports it.
#[derive(Clone, Debug)]
pub struct Route {
    /// `None`: no route was chosen. Empty: a route without a name.
    pub name: Option<Vec<u8>>,
    pub metadata: Metadata,
}

/// A policy's name in the metadata of the route or of its virtual host.
#[derive(Clone, Debug)]
pub enum Metadata {
    Absent,
    Named(Vec<u8>),
    Invalid,
}

/// The outcome of the choice.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    Untouched,
    Policy(&'a str, &'a Policy),
    /// Refuse every origin, for this reason.
    Refuse(&'static str),
}

/// The properties, besides the route, that the rules look at.
#[derive(Clone, Debug)]
pub struct Target {
    pub authority: Option<Vec<u8>>,
    pub path: Option<Vec<u8>>,
}

/// Chooses the policy for one phase of an exchange.
pub fn choose<'a>(configuration: &'a Configuration, target: &Target, route: &Route, is_preflight: bool) -> Choice<'a> {
    let (policies, rules, from_metadata) = match &configuration.form {
        Form::Single(policy) => return Choice::Policy("default", policy),
        Form::Many { policies, rules, policy_from_route_metadata } => {
            (policies, rules.as_ref(), *policy_from_route_metadata)
        }
    };
    let rules: &[Rule] = rules.map_or(&[], |rules| rules);
    let named = |name: &str| {
        let (name, policy) = policies.iter().find(|(known, _)| known == name)?;
        Some(Choice::Policy(name, policy))
    };

    if from_metadata {
        match &route.metadata {
            Metadata::Absent => {}
            Metadata::Invalid => return Choice::Refuse("unknown-route-policy"),
            Metadata::Named(name) => {
                return std::str::from_utf8(name)
                    .ok()
                    .and_then(named)
                    .unwrap_or(Choice::Refuse("unknown-route-policy"));
            }
        }
    }
    let routes_in_use = from_metadata || rules.iter().any(|rule| rule.routes.is_some());
    if is_preflight && routes_in_use && route.name.is_none() {
        return Choice::Refuse("no-route");
    }
    let host = authority(target.authority.as_deref().unwrap_or(b""));
    if host.is_none() && rules.iter().any(|rule| rule.hosts.is_some()) {
        return Choice::Refuse("ambiguous-host");
    }

    let path = target.path.as_deref().map(without_query);
    let run = |path_matches: &dyn Fn(&str) -> bool| {
        let rule = rules.iter().find(|rule| {
            let hosts = rule.hosts.as_ref().is_none_or(|hosts| {
                let host = host.as_ref().expect("ambiguous hosts were refused");
                hosts.iter().any(|pattern| host_matches(pattern, host))
            });
            let paths = rule
                .paths
                .as_ref()
                .is_none_or(|paths| path.is_some() && paths.iter().any(|pattern| path_matches(pattern)));
            let routes = rule.routes.as_ref().is_none_or(|routes| {
                route.name.as_ref().is_some_and(|name| routes.iter().any(|wanted| wanted.as_bytes() == name))
            });
            hosts && paths && routes
        });
        match rule.map(|rule| rule.policy.as_deref()) {
            None | Some(None) => Choice::Untouched,
            Some(Some(name)) => named(name).expect("configurations name known policies"),
        }
    };
    let received = path.unwrap_or(b"");
    let as_received = run(&|pattern| matches(pattern.as_bytes(), received));
    if path.is_none() || rules.iter().all(|rule| rule.paths.is_none()) {
        return as_received;
    }
    let readings = readings(received);
    let others: Vec<Choice> = match &readings {
        Some(readings) => readings.iter().map(|reading| run(&|pattern| reading_matches(pattern, reading))).collect(),
        // More than anybody looks at: each rule could be the one.
        None => rules.iter().filter_map(|rule| named(rule.policy.as_deref()?)).collect(),
    };
    let mut all = others.iter().chain([&as_received]);
    let is_one_choice = readings.is_some() && others.iter().all(|other| is_same(*other, as_received));
    if is_one_choice || !all.any(|choice| enforces(*choice)) { as_received } else { Choice::Refuse("ambiguous-path") }
}

fn is_same(one: Choice, other: Choice) -> bool {
    match (one, other) {
        (Choice::Policy(one, _), Choice::Policy(other, _)) => one == other,
        (Choice::Untouched, Choice::Untouched) => true,
        _ => false,
    }
}

fn enforces(choice: Choice) -> bool {
    matches!(choice, Choice::Policy(_, policy) if !policy.report_only)
}

/// An authority's host, in lower case and without its trailing dot, and its port.
#[derive(Debug, PartialEq)]
pub struct Authority {
    host: String,
    port: Option<u16>,
}

impl Authority {
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

/// `None` if the bytes are not a `host[:port]`.
pub fn authority(bytes: &[u8]) -> Option<Authority> {
    let text = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text.as_str(), None),
    };
    let port = match port {
        None => None,
        Some(digits) if (1..=5).contains(&digits.len()) => {
            if !digits.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            Some(digits.parse::<u16>().ok()?)
        }
        Some(_) => return None,
    };
    let host = if let Some(inside) = host.strip_prefix('[') {
        let address: std::net::Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        format!("[{address}]")
    } else {
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_label =
            |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if !host.split('.').all(is_label) {
            return None;
        }
        host.to_owned()
    };
    Some(Authority { host, port })
}

fn host_matches(pattern: &str, asked: &Authority) -> bool {
    let (host, port) = match pattern.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse::<u16>().unwrap())),
        _ => (pattern, None),
    };
    if port.is_some() && port != asked.port {
        return false;
    }
    if host == "*" {
        return true;
    }
    if let Some(base) = host.strip_prefix("*.") {
        let base = base.to_ascii_lowercase();
        let base: Vec<&str> = base.split('.').collect();
        let labels: Vec<&str> = asked.host.split('.').collect();
        return labels.len() > base.len() && labels[labels.len() - base.len()..] == base;
    }
    authority(host.as_bytes()).expect("hosts in rules are hosts").host == asked.host
}

/// A pattern in canonical form is compared with the reading. Any other is compared in canonical
/// form with the canonical form of the reading.
fn reading_matches(pattern: &str, reading: &[u8]) -> bool {
    let (base, tail) = match pattern.strip_suffix("/*") {
        Some(base) => (base, "/*"),
        None => (pattern, ""),
    };
    let mut canonical_pattern = canonical(base.as_bytes());
    if tail == "/*" && canonical_pattern == b"/" {
        canonical_pattern.clear();
    }
    canonical_pattern.extend(tail.as_bytes());
    if canonical_pattern == pattern.as_bytes() {
        matches(pattern.as_bytes(), reading)
    } else {
        matches(&canonical_pattern, &canonical(reading))
    }
}

fn matches(pattern: &[u8], path: &[u8]) -> bool {
    match pattern.strip_suffix(b"/*") {
        Some(base) => path == base || path.starts_with(&[base, b"/"].concat()),
        None => path == pattern,
    }
}

fn without_query(path: &[u8]) -> &[u8] {
    path.split(|&byte| byte == b'?').next().unwrap()
}
