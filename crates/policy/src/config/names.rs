//! The names of all fields.

/// The fields of a policy.
pub(super) const POLICY: &[&str] = &[
    "allowOrigins",
    "allowMethods",
    "allowHeaders",
    "exposeHeaders",
    "allowCredentials",
    "maxAge",
    "preflightStatus",
    "upstreamHeaders",
    "disallowedOrigins",
    "disallowedNavigations",
    "ownOrigins",
    "preflights",
    "fixedOrigin",
    "timingAllowOrigin",
    "reportOnly",
    "acceptRisks",
    "unmatchedPreflights",
    "originSources",
    EXTENDS,
    TRIAL,
];

/// The fields of a matcher.
pub(super) const MATCHER: &[&str] = &["origin", "exact", "prefix", "suffix", "regex", "acceptRisks"];

/// The fields of a rule.
pub(super) const RULE: &[&str] = &["hosts", "paths", "routes", "policy"];

/// Fields that belong to the form with several policies.
pub(super) const SEVERAL: &[&str] = &["policies", "rules", "policyFromRouteMetadata"];

/// The fields at the top beside those of a single policy.
pub(super) const TOP: &[&str] = &["policies", "rules", "policyFromRouteMetadata", "debug"];

/// The field that names the base.
pub(super) const EXTENDS: &str = "extends";

/// The field that holds another policy, whose verdicts are compared with this one's.
pub(crate) const TRIAL: &str = "trial";

/// Every field of a configuration: of a policy, of the top, and of a rule.
pub fn fields() -> impl Iterator<Item = &'static str> {
    POLICY.iter().chain(TOP).chain(RULE).copied()
}

/// The fields that may be at the top: those of one policy, or of several.
#[inline(never)]
pub(super) fn top_fields() -> Vec<&'static str> {
    [POLICY, TOP].concat()
}
