//! `"extends": "base"`: a policy takes the fields that it leaves out from another one.
//!
//! A field replaces the base's field whole, lists included. A base may extend another policy in
//! turn.

use super::fields::{Member, Members};
use super::names::{EXTENDS, TRIAL};
use crate::diagnostic::{Code, Owners, Place, Report, quoted};
use crate::json::Value;
use crate::suggest::meant;

/// The policies of a configuration as written, by name.
#[derive(Clone, Copy)]
pub(super) struct Written<'v>(pub(super) &'v Members<'v>);

impl<'v> Written<'v> {
    fn get(self, name: &str) -> Option<&'v Value<'v>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The fields that the policy inherits, nearest base first, and whose they are.
    ///
    /// Reports a base that is not there and a circle; the fields found so far are then kept.
    pub(super) fn inherited(
        self,
        name: &'v str,
        place: &Place<'_>,
        report: &mut Report,
    ) -> (Vec<Member<'v>>, Owners<'v>) {
        self.inherited_by(Some(name), self.get(name).map(fields_of).unwrap_or_default(), place, report)
    }

    /// The same for a trial. It is no policy of the map, so it can extend the one that it tries.
    pub(super) fn inherited_by_trial(
        self,
        trial: &'v Value<'v>,
        place: &Place<'_>,
        report: &mut Report,
    ) -> (Vec<Member<'v>>, Owners<'v>) {
        self.inherited_by(None, fields_of(trial), place, report)
    }

    fn inherited_by(
        self,
        name: Option<&'v str>,
        own: &'v Members<'v>,
        place: &Place<'_>,
        report: &mut Report,
    ) -> (Vec<Member<'v>>, Owners<'v>) {
        let (mut members, mut owners) = (Vec::<Member<'v>>::new(), Owners::default());
        let mut seen: Vec<&str> = name.into_iter().collect();
        // The last policy that was looked at, unless it is the heir itself.
        let mut through = None;
        let mut fields = own;
        while let Some(base) = self.base_of(fields, through.is_none(), place, report) {
            if seen.contains(&base) {
                if through.is_none() || Some(base) == name {
                    let through = through.map_or_else(String::new, |name| format!(" through {}", quoted(name)));
                    let sentence = format!("This policy extends itself{through}. Break the circle.");
                    report.error(Code::InvalidExtends, &place.key(EXTENDS), sentence);
                }
                break;
            }
            fields = self.get(base).map(fields_of).unwrap_or_default();
            for member @ (field, value) in fields {
                let written = |(known, value): &(_, Value<'_>)| known == field && *value != Value::Null;
                let known = own.iter().any(written) || members.iter().any(|member| written(member));
                let is_its_own = field == EXTENDS || field == TRIAL;
                if !known && !is_its_own && *value != Value::Null {
                    members.push(member);
                    owners.insert(field, base);
                }
            }
            seen.push(base);
            through = Some(base);
        }
        (members, owners)
    }

    /// The policy that an object extends. Only the heir's own field is reported on: the base's is
    /// reported with the base.
    fn base_of(self, object: &'v Members<'v>, is_own: bool, place: &Place<'_>, report: &mut Report) -> Option<&'v str> {
        let value = object.iter().find(|(field, _)| field == EXTENDS).map(|(_, value)| value)?;
        let problem = match value {
            Value::Null => return None,
            Value::String(base) => {
                if let Some((base, _)) = self.0.iter().find(|(known, _)| known == base) {
                    return Some(base);
                }
                let known: Vec<&str> = self.0.iter().map(|(known, _)| known.as_ref()).collect();
                let sentence = format!("There is no policy named {}.", quoted(base));
                (Code::UnknownPolicy, sentence, meant(base, &known).map(quoted))
            }
            other => {
                (Code::InvalidType, format!("This is {}; \"extends\" is the name of a policy.", other.kind()), None)
            }
        };
        if is_own {
            let (code, sentence, fix) = problem;
            report.error_with_fix(code, &place.key(EXTENDS), sentence, fix);
        }
        None
    }

    /// Whether another policy, or a trial, extends this one.
    pub(super) fn is_base(self, name: &str) -> bool {
        let extends = |object: &Value<'_>| {
            let base = fields_of(object).iter().find(|(field, _)| field == EXTENDS);
            base.is_some_and(|(_, value)| matches!(value, Value::String(base) if base == name))
        };
        self.0.iter().any(|(_, policy)| {
            extends(policy) || fields_of(policy).iter().any(|(field, value)| field == TRIAL && extends(value))
        })
    }
}

fn fields_of<'v>(value: &'v Value<'v>) -> &'v Members<'v> {
    match value {
        Value::Object(members) => members,
        _ => &[],
    }
}

/// A configuration with every `extends` carried out, as JSON text: what is in force.
///
/// `None` where the bytes are not a JSON object; a configuration that [`crate::compile`] refuses is
/// written as far as it goes.
pub fn resolved(configuration: &[u8]) -> Option<String> {
    let document = crate::json::parse(configuration).ok()?;
    let Value::Object(members) = &document else { return None };
    let mut text = String::new();
    crate::json::write_object(
        &mut text,
        members.iter().map(|(key, value)| (key.as_ref(), value)),
        |text, key, value| match value {
            Value::Object(policies) if key == "policies" => write_policies(text, Written(policies)),
            value => crate::json::write(text, value),
        },
    );
    Some(text)
}

/// A configuration with every trial in the place of its policy, as JSON text: what the trials try.
/// What each policy inherits is written out.
///
/// `None` where no policy has a trial, or where the bytes are not a JSON object.
///
/// ```
/// let configuration = br#"{ "allowOrigins": ["*"], "trial": { "allowOrigins": ["https://app.example.com"] } }"#;
/// let tried = corsac_policy::tried(configuration);
/// assert_eq!(tried.as_deref(), Some(r#"{"allowOrigins": ["https://app.example.com"]}"#));
/// ```
pub fn tried(configuration: &[u8]) -> Option<String> {
    let resolved = resolved(configuration)?;
    let document = crate::json::parse(resolved.as_bytes()).ok()?;
    let mut text = String::new();
    if write_tried(&mut text, &document) {
        return Some(text);
    }
    let policies = fields_of(&document).iter().find(|(key, _)| key == "policies");
    policies.filter(|(_, policies)| fields_of(policies).iter().any(|(_, policy)| trial_of(policy).is_some()))?;
    let members = fields_of(&document).iter().map(|(key, value)| (key.as_ref(), value));
    crate::json::write_object(&mut text, members, |text, key, value| {
        if key != "policies" {
            return crate::json::write(text, value);
        }
        let policies = fields_of(value).iter().map(|(name, policy)| (name.as_ref(), policy));
        crate::json::write_object(text, policies, |text, _, policy| {
            if !write_tried(text, policy) {
                crate::json::write(text, policy);
            }
        });
    });
    Some(text)
}

fn trial_of<'v>(policy: &'v Value<'v>) -> Option<&'v Members<'v>> {
    fields_of(policy).iter().find_map(|(field, value)| match value {
        Value::Object(trial) if field == TRIAL => Some(trial.as_slice()),
        _ => None,
    })
}

/// Writes the trial of a policy as if it were enforced as the policy is. `false` if it has none.
fn write_tried<'v>(text: &mut String, policy: &'v Value<'v>) -> bool {
    let Some(trial) = trial_of(policy) else { return false };
    let trial = trial.iter().filter(|(field, _)| field != "reportOnly");
    let all = trial.chain(fields_of(policy).iter().filter(|(field, _)| field == "reportOnly" || field == "debug"));
    crate::json::write_object(text, all.map(|(field, value)| (field.as_ref(), value)), |text, _, value| {
        crate::json::write(text, value);
    });
    true
}

fn write_policies(text: &mut String, written: Written<'_>) {
    let policies = written.0.iter().map(|(name, policy)| (name.as_ref(), policy));
    crate::json::write_object(text, policies, |text, name, policy| {
        let (inherited, _) = written.inherited(name, &Place::TOP, &mut Report::default());
        write_fields(text, policy, inherited, |text, field, value| {
            if field == TRIAL {
                let (inherited, _) = written.inherited_by_trial(value, &Place::TOP, &mut Report::default());
                write_fields(text, value, inherited, |text, _, value| crate::json::write(text, value));
            } else {
                crate::json::write(text, value);
            }
        });
    });
}

/// Writes an object's own fields and the inherited ones.
fn write_fields<'v>(
    text: &mut String,
    object: &'v Value<'v>,
    inherited: Vec<Member<'v>>,
    write: impl Fn(&mut String, &str, &'v Value<'v>),
) {
    let own = fields_of(object).iter().filter(|(field, value)| field != EXTENDS && *value != Value::Null);
    crate::json::write_object(text, own.chain(inherited).map(|(field, value)| (field.as_ref(), value)), write);
}
