//! Reading: from a JSON tree to the configuration as written, with every problem of form reported
//! on the way.
//!
//! One pass, by hand: `serde`'s derive stops at the first error and knows no pointers, while a
//! person who migrates a policy wants the whole list at once. What the values *mean* is the
//! business of [`crate::compile`].

mod fields;
mod inherit;
mod max_age;
mod names;
pub(crate) mod origin_entry;
mod policy;
mod rules;
pub(crate) mod sources;
pub(crate) mod translate;

use crate::diagnostic::{Code, Owners, Place, Report, quoted};
use crate::json::Value;
use crate::suggest::renamed;
use fields::{Fields, boolean};
use inherit::Written;
use names::{SEVERAL, top_fields};

pub use inherit::{resolved, tried};
pub(crate) use names::TRIAL;
pub use names::fields;
pub(crate) use origin_entry::OriginEntry;
pub(crate) use policy::PolicyConfig;
pub(crate) use rules::RuleConfig;
pub use translate::{Synonym, synonym};

/// The configuration as written: well-formed, not yet checked for sense.
pub(crate) struct Config<'v> {
    pub(crate) form: Form<'v>,
    pub(crate) debug: bool,
}

/// The two forms of a configuration.
pub(crate) enum Form<'v> {
    /// One policy for everything.
    Single(PolicyConfig<'v>),
    /// Named policies, and rules that choose among them.
    Several(Several<'v>),
}

pub(crate) struct Several<'v> {
    /// In the order of the document.
    pub(crate) policies: Vec<NamedPolicy<'v>>,
    /// Index in the document's list and rule.
    pub(crate) rules: Vec<(usize, RuleConfig<'v>)>,
    pub(crate) from_route_metadata: bool,
}

/// One of several policies.
pub(crate) struct NamedPolicy<'v> {
    pub(crate) name: &'v str,
    pub(crate) config: PolicyConfig<'v>,
    /// Whose its inherited fields are.
    pub(crate) owners: Owners<'v>,
    /// Another policy extends it.
    pub(crate) is_base: bool,
}

impl Several<'_> {
    /// Whether a policy only lends its fields to others: it needs no origins.
    pub(crate) fn is_template(&self, policy: &NamedPolicy<'_>) -> bool {
        let selected = self.rules.iter().any(|(_, rule)| rule.policy == Some(policy.name));
        policy.is_base && !selected && !self.from_route_metadata
    }
}

/// Reads a document. `None` where its form is beyond reading on; the report then says why.
#[inline(never)]
pub(crate) fn read<'v>(document: &'v Value<'v>, report: &mut Report) -> Option<Config<'v>> {
    let known = top_fields();
    let place = Place::TOP;
    let fields = Fields::read(document, &place, &known, "a configuration", report)?;
    let debug = boolean(&fields, "debug", &place, report);
    let several = fields.first_of(SEVERAL);
    let single = fields.first_of(names::POLICY);
    let mixed = several.is_some() && single.is_some();
    if let (true, Some(field)) = (mixed, single) {
        report.error(
            Code::MixedConfig,
            &place.key(field),
            format!("{} is a field of a policy. Beside \"policies\" or \"rules\" it would govern nothing; move it into one of the policies.", quoted(field)),
        );
    }
    let form = if several.is_some() {
        Form::Several(read_several(&fields, mixed, &place, report))
    } else {
        policy::refuse_extends(&fields, &place, report);
        Form::Single(policy::read_fields(&fields, None, &place, report))
    };
    Some(Config { form, debug })
}

/// `mixed`: fields of a single policy stand beside these, so what is missing here may stand there,
/// and is reported already.
#[inline(never)]
fn read_several<'v>(fields: &Fields<'v>, mixed: bool, place: &Place<'_>, report: &mut Report) -> Several<'v> {
    let from_route_metadata = boolean(fields, "policyFromRouteMetadata", place, report);
    let policies = fields.get("policies");
    let rules = fields.get("rules");
    if policies.is_none() && !mixed {
        let sentence = "There are no \"policies\" that rules or routes could name; add \"policies\": { … }.";
        report.error(Code::InvalidRule, place, sentence);
    }
    if rules.is_none() && !mixed && !from_route_metadata {
        let sentence = "There are policies but no \"rules\", so nothing would be governed; add \"rules\": [{ \"policy\": \"…\" }].";
        report.error(Code::InvalidRule, place, sentence);
    }
    let policies = policies.map(|value| read_policies(value, &place.key("policies"), report)).unwrap_or_default();
    let rules = rules.map(|value| rules::read(value, &place.key("rules"), report)).unwrap_or_default();
    Several { policies, rules, from_route_metadata }
}

fn read_policies<'v>(value: &'v Value<'v>, place: &Place<'_>, report: &mut Report) -> Vec<NamedPolicy<'v>> {
    let Some(members) = fields::members(value, place, "a map from names to policies", report) else {
        return Vec::new();
    };
    if members.is_empty() {
        report.error(Code::InvalidRule, place, "\"policies\" is empty, so nothing would be governed; add a policy.");
    }
    fields::report_duplicates(members, place, report);
    let mut policies = Vec::with_capacity(members.len());
    let written = Written(members);
    for (name, value) in members {
        let place = place.key(name);
        check_name(name, &place, report);
        let (inherited, owners) = written.inherited(name, &place, report);
        if let Some(config) = policy::read(value, inherited, written, &place.with_owners(&owners), report) {
            policies.push(NamedPolicy { name, config, owners, is_base: written.is_base(name) });
        }
    }
    policies
}

/// A policy's name reaches metrics, logs and a header: it must be plain text in all of them.
fn check_name(name: &str, place: &Place<'_>, report: &mut Report) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        let mut fix: String = name.chars().map(|c| if u8::try_from(c).is_ok_and(plain) { c } else { '-' }).collect();
        fix.truncate(64);
        report.error_with_fix(
            Code::InvalidPolicyName,
            place,
            "A policy's name is 1 to 64 letters, digits, \"_\" or \"-\".",
            (!fix.is_empty()).then(|| renamed(&fix)),
        );
    }
}
