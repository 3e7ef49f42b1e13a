//! The choice of the policy that governs an exchange (§6).

use super::config::{Configuration, Form, Policy, Rule};

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
    let run = |path: Option<Vec<u8>>, reading: Reading| {
        let rule = rules.iter().find(|rule| {
            let hosts = rule.hosts.as_ref().is_none_or(|hosts| {
                let host = host.as_ref().expect("ambiguous hosts were refused");
                hosts.iter().any(|pattern| host_matches(pattern, host))
            });
            let paths = rule.paths.as_ref().is_none_or(|paths| {
                path.as_ref().is_some_and(|path| paths.iter().any(|p| path_matches(p, path, reading)))
            });
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
    let as_received = run(path.map(<[u8]>::to_vec), Reading::AsReceived);
    let canonical = run(path.map(canonical), Reading::Canonical);
    match (as_received, canonical) {
        (one, other) if !enforces(one) && !enforces(other) => one,
        (Choice::Policy(one, policy), Choice::Policy(other, _)) if one == other => Choice::Policy(one, policy),
        _ => Choice::Refuse("ambiguous-path"),
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

/// How paths and patterns are read: as written, or in canonical form.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    AsReceived,
    Canonical,
}

fn path_matches(pattern: &str, path: &[u8], reading: Reading) -> bool {
    let read = |text: &str| match reading {
        Reading::AsReceived => text.as_bytes().to_vec(),
        Reading::Canonical => canonical(text.as_bytes()),
    };
    if let Some(base) = pattern.strip_suffix("/*") {
        let mut base = read(base);
        // `/v1//*` means the same as `/v1/*`.
        if reading == Reading::Canonical && base.ends_with(b"/") {
            base.pop();
        }
        let below = [base.as_slice(), b"/"].concat();
        return path == base || path.starts_with(&below);
    }
    path == read(pattern)
}

fn without_query(path: &[u8]) -> &[u8] {
    path.split(|&byte| byte == b'?').next().unwrap()
}

/// The canonical form of a path without its query, by the steps of §6 in their order.
pub fn canonical(path: &[u8]) -> Vec<u8> {
    if path == b"*" {
        return path.to_vec();
    }
    let mut path = path.to_vec();
    for _ in 0..3 {
        path = percent_decoded(&path);
    }
    for byte in &mut path {
        if *byte == b'\\' {
            *byte = b'/';
        }
    }
    let mut kept: Vec<Vec<u8>> = vec![];
    let mut ends_in_slash = true;
    for segment in path.split(|&byte| byte == b'/') {
        let segment = segment.split(|&byte| byte == b';').next().unwrap();
        ends_in_slash = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                kept.pop();
            }
            _ => kept.push(segment.to_ascii_lowercase()),
        }
    }
    let mut result = vec![];
    for segment in &kept {
        result.push(b'/');
        result.extend(segment);
    }
    if ends_in_slash {
        result.push(b'/');
    }
    result
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = vec![];
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits
            .filter(|two| first == b'%' && two.chars().all(|c| c.is_ascii_hexdigit()))
            .map(|two| u8::from_str_radix(two, 16).unwrap());
        decoded.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    decoded
}
