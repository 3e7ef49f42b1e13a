//! The names and labels of metrics.

use corsac_policy::{Difference, Record};

/// Decisions by policy, phase, outcome and reason.
pub const DECISIONS: &str = "corsac_decisions";
/// What a policy's trial would decide otherwise, by policy, difference and reason.
pub const TRIAL: &str = "corsac_trial";

/// The labels of a metric: names and values.
pub type Labels<'l> = &'l [(&'l str, &'l str)];

/// The labels of a decision in [`DECISIONS`], under that label of its policy.
pub fn of_decision<'l>(policy: &'l str, record: &Record<'_>) -> [(&'static str, &'l str); 4] {
    [
        ("corsac_policy", policy),
        ("corsac_phase", record.phase.as_str()),
        ("corsac_outcome", record.outcome.as_str()),
        ("corsac_reason", record.reason.as_str()),
    ]
}

/// The labels of a difference in [`TRIAL`], under that label of its policy.
pub fn of_difference(policy: &str, difference: Difference) -> [(&'static str, &str); 3] {
    [
        ("corsac_policy", policy),
        ("corsac_difference", difference.would.as_str()),
        ("corsac_reason", difference.reason.as_str()),
    ]
}

/// A metric's name with its labels, which Envoy takes out of it by `stats_tags`.
///
/// Istio makes the tags of `extraStatTags` from this form, `label=.=value;.;` ahead of the name
/// (`tools/packaging/common/envoy_bootstrap.json` there). Its expressions are not anchored: a label
/// `policy` would also match `connection_security_policy` in Istio's own metrics. So every label's
/// name begins with `corsac_`.
pub fn spelled(name: &str, labels: Labels<'_>) -> String {
    let mut spelled = String::new();
    for (label, value) in labels {
        for part in [label, "=.=", value, ";.;"] {
            spelled.push_str(part);
        }
    }
    spelled.push_str(name);
    spelled
}
