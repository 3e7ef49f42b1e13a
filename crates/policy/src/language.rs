//! What an entry of `allowOrigins` accepts, as a language: for tools that compare policies. The
//! filter asks for none of it.

use regular_language::{Language, syntax};

use crate::json::{self, Value};
use crate::origin::overmatch::serialized_origins;
use crate::origin::pattern::Pattern;
use crate::origin::shape::{HostPattern, InLabel, Shape};
use crate::origin::tenant::TenantPattern;

/// What an entry of `allowOrigins` accepts.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// Every `Origin`; with credentials not `null` and not `file://`.
    Any,
    /// One value of `Origin`.
    Exactly(String),
    /// What is in this language and in [`any_origin`].
    Pattern(Language),
    /// For each label that a rule's host binds, one origin of these.
    Tenant(Language),
}

/// What an entry accepts, written as JSON (see [`crate::Entry::text`]); `None` where
/// [`crate::compile`] refuses it.
///
/// ```
/// use corsac_policy::{Accepted, accepted};
/// use regular_language::contains;
///
/// let Some(Accepted::Pattern(language)) = accepted(r#""https://*.example.com""#) else { panic!("a pattern") };
/// assert!(contains(&language, b"https://app.example.com"));
/// assert!(!contains(&language, b"https://example.com"));
/// ```
pub fn accepted(entry: &str) -> Option<Accepted> {
    let value = json::parse(entry.as_bytes()).ok()?;
    let pattern = match &value {
        Value::String(text) => Pattern::parse(text)?,
        Value::Object(members) => {
            let matcher = |kind: &str| members.iter().find(|(key, _)| key == kind).map(|(_, value)| value);
            let text =
                |kind| matcher(kind).and_then(|value| if let Value::String(text) = value { Some(text) } else { None });
            if let Some(origin) = text("origin") {
                Pattern::parse(origin)?
            } else if let Some(exact) = text("exact") {
                Pattern::parse_literal(exact)?
            } else {
                let prefix = text("prefix").map(|text| Language::prefix(text.as_bytes()));
                let suffix = || text("suffix").map(|text| Language::suffix(text.as_bytes()));
                let regex = || text("regex").and_then(|text| syntax::parse(text).ok()).map(|parsed| parsed.language);
                return prefix.or_else(suffix).or_else(regex).map(Accepted::Pattern);
            }
        }
        _ => return None,
    };
    Some(match pattern {
        Pattern::Any => Accepted::Any,
        Pattern::Null => Accepted::Exactly("null".to_owned()),
        Pattern::File => Accepted::Exactly("file://".to_owned()),
        Pattern::Exact(origin) => Accepted::Exactly(origin.to_owned()),
        Pattern::Shape(shape) => Accepted::Pattern(shape.language()),
        Pattern::Tenant(TenantPattern { scheme, host, port }) => {
            let host = HostPattern::InLabel(InLabel { before: host.before, after: host.after });
            Accepted::Tenant(Shape { scheme, host, port }.language())
        }
    })
}

/// Every value of `Origin` that an entry can accept: the serialized origins, but for the limits of
/// length, `null` and `file://`.
pub fn any_origin() -> Language {
    let opaque = Language::union(vec![Language::literal(b"null"), Language::literal(b"file://")]);
    Language::union(vec![serialized_origins(), opaque])
}
