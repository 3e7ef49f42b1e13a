//! What an entry of `allowOrigins` accepts, as a language: for tools that compare policies. The
//! filter asks for none of it.

use regular_language::{Language, syntax};

use crate::json::{self, Value};
use crate::origin::overmatch::serialized_origins;
use crate::origin::pattern::{HostPattern, InLabel, Pattern, Shape};
use crate::origin::tenant::TenantPattern;

/// What an entry of `allowOrigins` accepts.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// Every `Origin`; with credentials every serialized origin, but not `null`.
    Any,
    /// One value of `Origin`.
    Exactly(String),
    /// Serialized origins, and `null` where the matcher accepts that text.
    Pattern(Language),
    /// For each label that a rule's host binds, one origin of these.
    Tenant(Language),
}

/// What an entry accepts, written as JSON (see [`crate::Entry::text`]); `None` where
/// [`crate::compile`] refuses it.
///
/// A [`Accepted::Pattern`] is a little larger than what [`crate::Policies::check_origin`] accepts:
/// the limits of length are left out.
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
                return prefix.or_else(suffix).or_else(regex).map(|language| Accepted::Pattern(well_formed(language)));
            }
        }
        _ => return None,
    };
    Some(match pattern {
        Pattern::Any => Accepted::Any,
        Pattern::Null => Accepted::Exactly("null".to_owned()),
        Pattern::File => Accepted::Exactly("file://".to_owned()),
        Pattern::Exact(origin) => Accepted::Exactly(origin.to_owned()),
        Pattern::Shape(shape) => Accepted::Pattern(well_formed(shape.language())),
        Pattern::Tenant(TenantPattern { scheme, host, port }) => {
            let host = HostPattern::InLabel(InLabel { before: host.before, after: host.after });
            Accepted::Tenant(well_formed(Shape { scheme, host, port }.language()))
        }
    })
}

/// Every serialized origin (HTML, [ASCII serialization of an
/// origin](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin)),
/// but for the limits of length.
pub fn any_origin() -> Language {
    serialized_origins()
}

fn well_formed(language: Language) -> Language {
    let opaque = Language::union(vec![Language::literal(b"null"), Language::literal(b"file://")]);
    Language::intersection(vec![language, Language::union(vec![serialized_origins(), opaque])])
}
