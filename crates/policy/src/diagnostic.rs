//! What is wrong with a configuration: a code, a place, a sentence and, where one exists, the value
//! to write instead.

use std::fmt::{self, Write as _};

use crate::config::TRIAL;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is taken; something in it does nothing, or not what it seems to do.
    Warning,
}

impl Severity {
    /// The word that a report shows: `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Declares [`Code`] from one table, so that a code, its word and its meaning cannot drift apart.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// The kind of a diagnostic. Its word is stable: people search for it and silence it by
        /// name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// The code's word, as reports show it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

        }
    };
}

codes! {
    /// The bytes are not one JSON document.
    InvalidJson = "invalid-json",
    /// A field that Corsac does not know; an ignored field would be a policy that is not in force.
    UnknownField = "unknown-field",
    /// A value of another JSON type than the field takes.
    InvalidType = "invalid-type",
    /// A value of the right type that the field does not take.
    InvalidValue = "invalid-value",
    /// One key twice in one object; parsers differ on which of the two counts.
    DuplicateKey = "duplicate-key",
    /// A single policy's fields beside `policies` and `rules`.
    MixedConfig = "mixed-config",
    /// A policy without a single allowed origin.
    MissingOrigins = "missing-origins",
    /// An entry of `allowOrigins` that no browser's `Origin` header can equal, or a pattern that is
    /// none.
    InvalidOrigin = "invalid-origin",
    /// A matcher that accepts every origin, in other words than `"*"`.
    CatchAll = "catch-all",
    /// A variable or an example that nobody replaced: `${DOMAIN}`, `{{ .Values.host }}`,
    /// `YOUR_DOMAIN`.
    UnfilledPlaceholder = "unfilled-placeholder",
    /// A regular expression that does not parse, or that is outside the supported syntax.
    InvalidRegex = "invalid-regex",
    /// A method that is not a token (RFC 9110, section 5.6.2).
    InvalidMethod = "invalid-method",
    /// A header name that is not a token (RFC 9110, section 5.6.2).
    InvalidHeader = "invalid-header",
    /// A header of the CORS protocol itself, in a list where it has no meaning.
    MisplacedHeader = "misplaced-header",
    /// `maxAge` is not a number of seconds in 0..=2147483647 nor a duration.
    InvalidMaxAge = "invalid-max-age",
    /// `exposeHeaders: ["*"]` with credentials: browsers then read `*` as a header's name.
    ExposeAnyWithCredentials = "expose-any-with-credentials",
    /// A policy's name outside `[A-Za-z0-9_-]{1,64}`.
    InvalidPolicyName = "invalid-policy-name",
    /// A rule names a policy that is not defined.
    UnknownPolicy = "unknown-policy",
    /// A rule that does not say which policy it selects.
    MissingPolicy = "missing-policy",
    /// A policy that extends itself.
    InvalidExtends = "invalid-extends",
    /// A rule, a list of rules or a map of policies that is empty or missing.
    InvalidRule = "invalid-rule",
    /// `acceptRisks` names a risk that does not exist.
    UnknownRisk = "unknown-risk",
    /// A document of another system that holds more than a policy.
    ForeignDocument = "foreign-document",
    /// Private Network Access, a draft that browsers dropped for Local Network Access.
    PrivateNetwork = "private-network",
    /// A service that origins cannot be fetched from, or from which they would change nothing.
    InvalidOriginSource = "invalid-origin-source",
    /// Risk: every site may read responses made with the visitor's cookies.
    AnyOriginWithCredentials = "any-origin-with-credentials",
    /// Risk: every host of a scheme may read responses made with the visitor's cookies.
    AnyHostWithCredentials = "any-host-with-credentials",
    /// Risk: whoever is on the visitor's network can speak as an `http` origin.
    InsecureOriginWithCredentials = "insecure-origin-with-credentials",
    /// Risk (a warning without credentials): anyone can register a name below a public suffix.
    PublicSuffixWildcard = "public-suffix-wildcard",
    /// Risk: any site can make its pages' origin `null`.
    NullOrigin = "null-origin",
    /// Risk: a prefix, suffix or regex accepts a site that it does not spell.
    LooseMatch = "loose-match",
    /// A name that is meant for several methods or headers (`**`, `GET|POST`), and that browsers
    /// take for one.
    LiteralName = "literal-name",
    /// A method that no page can send.
    InertMethod = "inert-method",
    /// A header name that no page can send, or read.
    InertHeader = "inert-header",
    /// An origin that another entry of the list covers.
    RedundantOrigin = "redundant-origin",
    /// A method that is in the list twice, or beside `*`.
    RedundantMethod = "redundant-method",
    /// A header name that is in the list twice, beside `*`, or that browsers expose anyway.
    RedundantHeader = "redundant-header",
    /// An accepted risk that the policy, or the entry, does not take.
    UnusedRisk = "unused-risk",
    /// A policy's `acceptRisks` covers more than one entry.
    RiskCoversSeveral = "risk-covers-several",
    /// A `maxAge` above what most browsers keep.
    MaxAgeCapped = "max-age-capped",
    /// A method in another case than the one that browsers send.
    MethodCase = "method-case",
    /// `allowHeaders: ["*"]` does not cover `Authorization`.
    AuthorizationNotCovered = "authorization-not-covered",
    /// gRPC-Web is allowed in, but pages cannot read its status.
    GrpcWebUnexposed = "grpc-web-unexposed",
    /// A rule that an earlier one leaves nothing to match.
    UnreachableRule = "unreachable-rule",
    /// A policy that nothing selects.
    UnusedPolicy = "unused-policy",
    /// A wider rule further down allows origins that a path's own rule refuses.
    PermissiveFallback = "permissive-fallback",
    /// Origins with a placeholder that no host of the rule binds.
    UnboundPlaceholder = "unbound-placeholder",
    /// A host's placeholder that no origin of the policy names.
    UnusedPlaceholder = "unused-placeholder",
    /// A path that matches itself alone, where a prefix or a pattern was probably meant.
    PathMatchesItself = "path-matches-itself",
    /// A path of a rule that servers read as another path.
    AmbiguousPath = "ambiguous-path",
    /// A host of a rule with a port that browsers leave out.
    DefaultPort = "default-port",
    /// Routes select policies: such routes must not match on method or headers.
    RouteSelectsPolicy = "route-selects-policy",
    /// `disallowedNavigations: "forward"` lets forms of other sites post here.
    UnprotectedForms = "unprotected-forms",
    /// Istio's `unmatchedPreflights` asks for preflights to be forwarded; Corsac answers them.
    UnmatchedPreflights = "unmatched-preflights",
}

/// One thing that is wrong with a configuration.
///
/// Its `Display` is one line: `error[invalid-origin] at /allowOrigins/0: <sentence> Write
/// <suggestion>.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem it is.
    pub code: Code,
    /// Whether the configuration is refused for it.
    pub severity: Severity,
    /// Where: a JSON Pointer (RFC 6901); the whole document is the empty pointer.
    pub pointer: String,
    /// What is wrong and why, in one or two sentences, each ending in a full stop.
    pub sentence: String,
    /// What to write at that place instead.
    pub suggestion: Option<Suggestion>,
}

/// What to write instead. Values, entries and keys of it are JSON text; [`crate::apply`] writes
/// them into the document.
///
/// A suggestion allows no origin that the author did not write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// This value. Where the object has no such member, it gets one.
    Value(String),
    /// These entries of the list in place of one.
    Entries(Vec<String>),
    /// Another key for the member, and another value where it changes with the key. Where the key
    /// is there already and both values are lists, they become one list.
    Member {
        /// The new key, as text and not as JSON.
        key: String,
        /// The new value; `None`: the one that is there.
        value: Option<String>,
    },
    /// Nothing: the member or the entry is left out.
    Nothing,
    /// What is in this value, in place of the object around it.
    Contents,
}

impl From<String> for Suggestion {
    fn from(value: String) -> Self {
        Self::Value(value)
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => f.write_str(value),
            Self::Entries(entries) => f.write_str(&entries.join(", ")),
            Self::Member { key, value: None } => f.write_str(&quoted(key)),
            Self::Member { key, value: Some(value) } => write!(f, "{}: {value}", quoted(key)),
            Self::Nothing => f.write_str("nothing"),
            Self::Contents => f.write_str("its contents alone"),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] at ", self.severity.as_str(), self.code.as_str())?;
        if self.pointer.is_empty() {
            f.write_str("the top")?;
        }
        // A key may hold a line break, and a report is a line.
        for c in self.pointer.chars() {
            if c.is_control() { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
        }
        write!(f, ": {}", self.sentence)?;
        match &self.suggestion {
            Some(Suggestion::Nothing) => f.write_str(" Leave it out."),
            Some(suggestion) => write!(f, " Write {suggestion}."),
            None => Ok(()),
        }
    }
}

/// A place in the document while it is being read: a linked list on the stack, turned into text
/// only when something is wrong there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
    owners: Option<&'p Owners<'p>>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Top,
    Key(&'p str),
    Index(usize),
    /// The trial of a policy.
    Trial,
    /// A member that another object beside the parent has written.
    Inherited {
        owner: &'p str,
        key: &'p str,
    },
}

/// Which members of an object were written in which object beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owners<'o>(Vec<(&'o str, &'o str)>);

impl<'o> Owners<'o> {
    /// `member` was written in `owner`.
    pub(crate) fn insert(&mut self, member: &'o str, owner: &'o str) {
        self.0.push((member, owner));
    }

    fn of(&self, member: &str) -> Option<&'o str> {
        self.0.iter().find(|(known, _)| *known == member).map(|(_, owner)| *owner)
    }
}

impl<'p> Place<'p> {
    pub(crate) const TOP: Place<'static> = Place { parent: None, step: Step::Top, owners: None };

    pub(crate) fn key(&'p self, key: &'p str) -> Place<'p> {
        let step = match self.owners.and_then(|owners| owners.of(key)) {
            Some(owner) => Step::Inherited { owner, key },
            None => Step::Key(key),
        };
        Place { parent: Some(self), step, owners: None }
    }

    /// The trial of a policy, which is at this place.
    pub(crate) fn trial(&'p self) -> Place<'p> {
        Place { parent: Some(self), step: Step::Trial, owners: None }
    }

    /// The map of the policies beside an object, which is one of them or the trial of one.
    fn beside(&self) -> Option<&'p Place<'p>> {
        match self.step {
            Step::Trial => self.parent?.parent,
            _ => self.parent,
        }
    }

    pub(crate) fn index(&'p self, index: usize) -> Place<'p> {
        Place { parent: Some(self), step: Step::Index(index), owners: None }
    }

    /// The same place; its inherited members lead to where they are written.
    pub(crate) fn with_owners(self, owners: &'p Owners<'p>) -> Self {
        Self { owners: Some(owners), ..self }
    }

    /// The JSON Pointer to it.
    pub(crate) fn pointer(&self) -> String {
        let parent = match self.step {
            Step::Inherited { .. } => self.parent.and_then(Place::beside),
            _ => self.parent,
        };
        let mut pointer = parent.map_or_else(String::new, Place::pointer);
        match self.step {
            Step::Top => {}
            Step::Key(key) => push_step(&mut pointer, key),
            Step::Trial => push_step(&mut pointer, TRIAL),
            Step::Index(index) => push_step(&mut pointer, &index.to_string()),
            Step::Inherited { owner, key } => {
                push_step(&mut pointer, owner);
                push_step(&mut pointer, key);
            }
        }
        pointer
    }
}

fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
}

/// Collects the diagnostics of one configuration: all of them, in the order in which they are
/// found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
    errors: usize,
}

impl Report {
    pub(crate) fn error(&mut self, code: Code, place: &Place<'_>, sentence: impl Into<String>) {
        self.add(Severity::Error, code, place, sentence.into(), None);
    }

    pub(crate) fn error_with_fix(
        &mut self,
        code: Code,
        place: &Place<'_>,
        sentence: impl Into<String>,
        fix: Option<impl Into<Suggestion>>,
    ) {
        self.add(Severity::Error, code, place, sentence.into(), fix.map(Into::into));
    }

    pub(crate) fn warn(&mut self, code: Code, place: &Place<'_>, sentence: impl Into<String>) {
        self.add(Severity::Warning, code, place, sentence.into(), None);
    }

    pub(crate) fn warn_with_fix(
        &mut self,
        code: Code,
        place: &Place<'_>,
        sentence: impl Into<String>,
        fix: Option<impl Into<Suggestion>>,
    ) {
        self.add(Severity::Warning, code, place, sentence.into(), fix.map(Into::into));
    }

    fn add(
        &mut self,
        severity: Severity,
        code: Code,
        place: &Place<'_>,
        sentence: String,
        suggestion: Option<Suggestion>,
    ) {
        self.errors += usize::from(severity == Severity::Error);
        self.diagnostics.push(Diagnostic { code, severity, pointer: place.pointer(), sentence, suggestion });
    }

    /// How many errors were found so far; a caller compares it with an earlier count to see whether
    /// a part is sound.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

/// A string as JSON text, for suggestions and for quoting what was written.
pub(crate) fn quoted(text: &str) -> String {
    // Serialising a &str cannot fail; should it ever, the bare text still tells the reader what was
    // meant.
    serde_json::to_string(text).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_where_a_key_holds_a_line_break() {
        let mut report = Report::default();
        report.error(Code::UnknownField, &Place::TOP.key("a\r\nb"), "No.");
        let lines: Vec<String> = report.into_diagnostics().iter().map(ToString::to_string).collect();
        assert_eq!(lines, [r"error[unknown-field] at /a\u{d}\u{a}b: No."]);
    }
}
