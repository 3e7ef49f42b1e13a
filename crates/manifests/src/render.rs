//! Manifests around a policy, as those under `envoy/`.

use serde_json::Value as Json;
use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use crate::capabilities::capability_restriction;

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A bootstrap of Envoy with one listener.
    Envoy,
    /// A file of Envoy's extension configuration discovery.
    Ecds,
    /// Istio's `WasmPlugin`.
    Istio,
    /// Istio's `TrafficExtension`.
    TrafficExtension,
    /// Istio's `EnvoyFilter`.
    EnvoyFilter,
    /// Envoy Gateway's `EnvoyExtensionPolicy`.
    EnvoyGateway,
    /// Higress's `WasmPlugin`.
    Higress,
    /// A `ConfigMap` with the policy as a file.
    ConfigMap,
}

impl Target {
    /// Every target, in the order of the documentation.
    pub const ALL: &[Target] = &[
        Self::Envoy,
        Self::Ecds,
        Self::Istio,
        Self::TrafficExtension,
        Self::EnvoyFilter,
        Self::EnvoyGateway,
        Self::Higress,
        Self::ConfigMap,
    ];

    /// The target's word on a command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envoy => "envoy",
            Self::Ecds => "ecds",
            Self::Istio => "istio",
            Self::TrafficExtension => "traffic-extension",
            Self::EnvoyFilter => "envoyfilter",
            Self::EnvoyGateway => "envoy-gateway",
            Self::Higress => "higress",
            Self::ConfigMap => "configmap",
        }
    }

    /// The manifest, with `%POLICY%` on its own line where the policy goes, and `%CAPABILITIES%`
    /// where Envoy is told what to allow the filter.
    const fn template(self) -> &'static str {
        match self {
            Self::Envoy => include_str!("render/envoy.yaml"),
            Self::Ecds => include_str!("render/ecds.yaml"),
            Self::Istio => include_str!("render/istio.yaml"),
            Self::TrafficExtension => include_str!("render/traffic-extension.yaml"),
            Self::EnvoyFilter => include_str!("render/envoyfilter.yaml"),
            Self::EnvoyGateway => include_str!("render/envoy-gateway.yaml"),
            Self::Higress => include_str!("render/higress.yaml"),
            Self::ConfigMap => include_str!("render/configmap.yaml"),
        }
    }

    /// Whether the policy goes in as JSON text, and not as YAML.
    const fn takes_text(self) -> bool {
        matches!(self, Self::Envoy | Self::Ecds | Self::EnvoyFilter | Self::ConfigMap)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Target {
    /// A sentence.
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|target| target.as_str() == word).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|target| target.as_str()).collect();
            format!("\"{word}\" is not a target; the targets are {}.", known.join(", "))
        })
    }
}

const POLICY: &str = "%POLICY%";
const CAPABILITIES: &str = "%CAPABILITIES%";

/// A manifest with the policy in it. The policy is JSON; what it means is not checked here.
///
/// Registry, image and digest are placeholders to be filled in, as in the files under `envoy/`.
pub fn render(policy: &Json, target: Target) -> String {
    let text = if target.takes_text() {
        // `to_string_pretty` of a value cannot fail; its own text is as good.
        serde_json::to_string_pretty(policy).unwrap_or_else(|_| policy.to_string())
    } else {
        let mut text = String::new();
        write_yaml(policy, 0, &mut text);
        text
    };
    let mut manifest = String::new();
    for line in target.template().lines() {
        if let Some((indent, _)) = line.split_once(POLICY) {
            for policy_line in text.lines() {
                let _ = writeln!(manifest, "{indent}{policy_line}");
            }
        } else if let Some((indent, _)) = line.split_once(CAPABILITIES) {
            for restriction_line in capability_restriction(&text, indent.len()) {
                let _ = writeln!(manifest, "{restriction_line}");
            }
        } else {
            let _ = writeln!(manifest, "{line}");
        }
    }
    manifest
}

/// The longest list that stays on a line. Items.
const ON_A_LINE: usize = 8;

/// Objects and long lists as blocks; everything else as JSON, which is YAML's flow style.
fn write_yaml(value: &Json, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Json::Object(members) if depth < 8 && !members.is_empty() => {
            for (key, member) in members {
                let key = Json::from(key.as_str());
                match member {
                    Json::Object(inner) if !inner.is_empty() => {
                        let _ = writeln!(text, "{indent}{}:", plain(&key));
                        write_yaml(member, depth + 1, text);
                    }
                    Json::Array(items) if items.iter().any(Json::is_object) || items.len() > ON_A_LINE => {
                        let _ = writeln!(text, "{indent}{}:", plain(&key));
                        for item in items {
                            let _ = writeln!(text, "{indent}- {}", flow(item));
                        }
                    }
                    _ => {
                        let _ = writeln!(text, "{indent}{}: {}", plain(&key), flow(member));
                    }
                }
            }
        }
        other => {
            let _ = writeln!(text, "{indent}{}", flow(other));
        }
    }
}

/// A key without quotes where it is a plain word that YAML takes for nothing else.
fn plain(key: &Json) -> String {
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    match key.as_str() {
        Some(text)
            if text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                && !reserved.contains(&text.to_ascii_lowercase().as_str()) =>
        {
            text.to_owned()
        }
        _ => key.to_string(),
    }
}

/// JSON with spaces, as people write flow style.
fn flow(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| format!("{}: {}", Json::from(key.as_str()), flow(value));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
