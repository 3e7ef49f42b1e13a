//! The list of rules, as written.

use super::fields::{Fields, strings};
use super::names::RULE;
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::json::Value;

/// One rule as written: an absent key is `None` and matches all.
#[derive(Debug)]
pub(crate) struct RuleConfig<'v> {
    pub(crate) hosts: Option<Vec<(usize, &'v str)>>,
    pub(crate) paths: Option<Vec<(usize, &'v str)>>,
    pub(crate) routes: Option<Vec<(usize, &'v str)>>,
    /// `None`: a written `null`, which leaves the exchange alone.
    pub(crate) policy: Option<&'v str>,
}

pub(crate) fn read<'v>(value: &'v Value<'v>, place: &Place<'_>, report: &mut Report) -> Vec<(usize, RuleConfig<'v>)> {
    let Value::Array(items) = value else {
        report.error(Code::InvalidType, place, format!("This is {}; \"rules\" is a list of rules.", value.kind()));
        return Vec::new();
    };
    if items.is_empty() {
        report.error(
            Code::InvalidRule,
            place,
            "\"rules\" is empty, so nothing would be governed; add a rule such as { \"policy\": \"…\" }.",
        );
    }
    let rule = |(index, item)| read_rule(item, &place.index(index), report).map(|rule| (index, rule));
    items.iter().enumerate().filter_map(rule).collect()
}

fn read_rule<'v>(value: &'v Value<'v>, place: &Place<'_>, report: &mut Report) -> Option<RuleConfig<'v>> {
    let fields = Fields::read(value, place, RULE, "a rule", report)?;
    let hosts = read_list(&fields, "hosts", place, report);
    let paths = read_list(&fields, "paths", place, report);
    let routes = read_list(&fields, "routes", place, report);
    let policy = read_policy(&fields, place, report)?;
    Some(RuleConfig { hosts, paths, routes, policy })
}

/// A rule's list. `null` and an empty list are errors: both would silently match everything, or
/// nothing.
fn read_list<'v>(
    fields: &Fields<'v>,
    name: &str,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Vec<(usize, &'v str)>> {
    let value = fields.get(name)?;
    let place = place.key(name);
    let list = strings(value, &place, report)?;
    if matches!(value, Value::Array(items) if items.is_empty()) {
        let sentence = format!(
            "{} is empty, so the rule would match nothing; name one, or leave the key out to match all.",
            quoted(name)
        );
        report.error(Code::InvalidRule, &place, sentence);
    }
    Some(list)
}

/// The outer `None`: not readable, and reported.
#[allow(clippy::option_option)] // read at once, by one caller
fn read_policy<'v>(fields: &Fields<'v>, place: &Place<'_>, report: &mut Report) -> Option<Option<&'v str>> {
    match fields.get("policy") {
        Some(Value::String(name)) => Some(Some(name.as_ref())),
        Some(Value::Null) => Some(None),
        Some(other) => {
            let sentence = format!(
                "This is {}; \"policy\" is a policy's name, or null to leave the exchange alone.",
                other.kind()
            );
            report.error(Code::InvalidType, &place.key("policy"), sentence);
            None
        }
        None => {
            report.error(
                Code::MissingPolicy,
                place,
                "The rule does not say which policy it selects; write \"policy\": \"…\", or \"policy\": null to leave such exchanges alone.",
            );
            None
        }
    }
}
