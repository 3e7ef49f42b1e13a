//! Answers that differ from those of the policy that is meant to be in force.

use std::collections::BTreeSet;

use corsac_fetch::{Credentials, Response};

use super::values::title;
use crate::ask::{Ask, printable};
use crate::audit::{Audit, may_read};
use crate::caches::varies;
use crate::finding::{Code, Finding};

/// Each way in which the answers differ, with the request that shows it first.
pub(crate) fn differences(audit: &Audit<'_>) -> Vec<Finding> {
    let Some(intent) = &audit.plan.intent else { return Vec::new() };
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for (ask, seen) in audit.seen.answered() {
        let Some(expected) = intent.answer(ask, seen) else { continue };
        let differences = compared(ask, seen, &expected);
        let is_new = !differences.is_empty() && told.insert((ask.is_preflight(), differences.clone()));
        if is_new {
            let message = format!("Corsac would answer otherwise: {}.", differences.join("; "));
            let finding = Finding::new(Code::PolicyDiffers, ask, seen, message);
            findings.push(finding.error_if(lets_in_more(ask, seen, &expected)));
        }
    }
    findings
}

/// Whether a page reads what the policy does not let it read.
fn lets_in_more(ask: &Ask, seen: &Response, expected: &Response) -> bool {
    let origin = ask.origin().unwrap_or_default();
    let reads = |response| may_read(&origin, &ask.url, response, Credentials::Omit);
    let as_visitor = |response| may_read(&origin, &ask.url, response, Credentials::Include);
    (reads(seen) && !reads(expected)) || (as_visitor(seen) && !as_visitor(expected))
}

fn compared(ask: &Ask, seen: &Response, expected: &Response) -> Vec<String> {
    let mut differences = Vec::new();
    if seen.status != expected.status {
        differences.push(format!("the status is {}, by the policy {}", seen.status, expected.status));
    }
    let values = ["access-control-allow-origin", "access-control-allow-credentials", "access-control-max-age"];
    let lists = ["access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"];
    for name in values.into_iter().chain(lists) {
        let [is, should] = [seen, expected].map(|response| response.headers.get(name));
        let is_same =
            if lists.contains(&name) { members(is.as_deref()) == members(should.as_deref()) } else { is == should };
        if !is_same {
            differences.push(format!("{} is {}, by the policy {}", title(name), shown(ask, is), shown(ask, should)));
        }
    }
    if varies(expected) && !varies(seen) {
        differences.push("Vary does not say Origin".to_owned());
    }
    differences
}

/// The members of a list; `None` where there is no such header.
fn members(value: Option<&[u8]>) -> Option<BTreeSet<Vec<u8>>> {
    let members = value?.split(|byte| *byte == b',').map(|member| member.trim_ascii().to_ascii_lowercase());
    Some(members.filter(|member| !member.is_empty()).collect())
}

/// A value, in which the asking origin is called that: so two origins that are treated alike make
/// one finding.
fn shown(ask: &Ask, value: Option<Vec<u8>>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(value) if Some(value.as_slice()) == ask.value("origin") => "the asking origin".to_owned(),
        Some(value) => format!("\"{}\"", printable(&value)),
    }
}
