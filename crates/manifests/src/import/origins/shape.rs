//! Scheme, host and port of what a matcher means, and the entries that say it.

use serde_json::{Value as Json, json};

use super::{Context, Entry};
use crate::source::cursor::Word;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// `None`: the source names none.
    pub(super) scheme: Option<String>,
    pub(super) host: Host,
    pub(super) port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Exact(String),
    /// One or more whole labels before the base.
    Subdomains(String),
    Any,
    /// A regular expression over the host.
    Regex(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Port {
    Absent,
    Number(String),
    /// A port has to be there.
    Some,
    /// Any port, and none.
    Any,
}

/// The entries of several shapes: those that differ in an optional port alone become one.
pub(super) fn entries(shapes: &[Shape], from: &Word, context: Context) -> Vec<Entry> {
    let mut merged: Vec<Shape> = Vec::new();
    for shape in shapes {
        if merged.contains(shape) {
            continue;
        }
        let twin = |other: &&mut Shape| {
            other.scheme == shape.scheme && other.host == shape.host && joins(&other.port, &shape.port)
        };
        match merged.iter_mut().find(twin) {
            Some(twin) => twin.port = Port::Any,
            None => merged.push(shape.clone()),
        }
    }
    let values = merged.iter().flat_map(|shape| shape.values(context));
    values.map(|value| Entry { value, from: from.clone() }).collect()
}

fn joins(one: &Port, other: &Port) -> bool {
    matches!(
        (one, other),
        (Port::Absent, Port::Some) | (Port::Some, Port::Absent) | (Port::Any, Port::Absent | Port::Some | Port::Any)
    )
}

impl Shape {
    fn values(&self, context: Context) -> Vec<Json> {
        let schemes = match &self.scheme {
            Some(scheme) => vec![scheme.as_str()],
            None if context.credentials && !self.host.is_local() => vec!["https"],
            None => vec!["https", "http"],
        };
        schemes.into_iter().map(|scheme| self.value(scheme)).collect()
    }

    fn value(&self, scheme: &str) -> Json {
        let port = match &self.port {
            Port::Absent => String::new(),
            Port::Number(number) => format!(":{number}"),
            Port::Any => ":*".to_owned(),
            Port::Some => return self.regex(scheme, ":[0-9]+"),
        };
        match &self.host {
            Host::Exact(host) => Json::from(format!("{scheme}://{host}{port}")),
            Host::Subdomains(base) => Json::from(format!("{scheme}://*.{base}{port}")),
            Host::Any => Json::from(format!("{scheme}://*{port}")),
            Host::Regex(_) if self.port == Port::Any => self.regex(scheme, "(:[0-9]+)?"),
            Host::Regex(_) => self.regex(scheme, &port),
        }
    }

    fn regex(&self, scheme: &str, port: &str) -> Json {
        let host = match &self.host {
            Host::Exact(host) => super::escape(host),
            Host::Subdomains(base) => format!(r"[a-z0-9._-]+\.{}", super::escape(base)),
            Host::Any => r"[a-z0-9._-]+".to_owned(),
            Host::Regex(host) => host.clone(),
        };
        json!({ "regex": format!("{}://{host}{port}", super::escape(scheme)) })
    }
}

impl Host {
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Exact(host) => host == "localhost" || host.ends_with(".localhost") || host.starts_with("127."),
            Self::Subdomains(base) => base == "localhost" || base.ends_with(".localhost"),
            Self::Any | Self::Regex(_) => false,
        }
    }
}
