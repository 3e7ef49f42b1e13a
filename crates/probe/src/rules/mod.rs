//! The rules: each a function from what was seen to what is found. No I/O is in here.

mod answers;
mod caching;
mod origins;
mod policy;
mod values;

use crate::audit::Audit;
use crate::finding::{Finding, Severity};
use crate::observations::Observations;
use crate::plan::Plan;

/// A rule.
type Rule = fn(&Audit<'_>) -> Vec<Finding>;

/// Every rule, in the order of a report.
const RULES: [Rule; 14] = [
    origins::let_in,
    values::wildcard_with_credentials,
    values::wildcard_list_with_credentials,
    answers::refused,
    values::doubled,
    values::invalid_allow_origin,
    values::invalid_header,
    answers::preflight,
    answers::redirect,
    answers::errors,
    caching::vary,
    caching::cached,
    caching::revived,
    answers::server_error,
];

/// What is to be said about a URL, errors first.
pub(crate) fn findings(plan: &Plan, seen: &Observations) -> Vec<Finding> {
    let audit = Audit { plan, seen };
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&audit)).collect();
    findings.extend(policy::differences(&audit));
    for finding in &mut findings {
        finding.url = plan.url.to_string();
    }
    findings.sort_by_key(|finding| finding.severity != Severity::Error);
    findings
}
