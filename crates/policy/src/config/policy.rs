//! One policy, as written. Its fields are documented, for users, in `docs/configuration.md`.

use super::fields::{Fields, Member, boolean, choice, list, strings};
use super::inherit::Written;
use super::max_age;
use super::names::{EXTENDS, MATCHER, POLICY, TRIAL};
use super::origin_entry::OriginEntry;
use super::sources;
use super::translate::text;
use crate::diagnostic::{Code, Owners, Place, Report, Suggestion, quoted};
use crate::json::Value;
use crate::policy::{PreflightStatus, Preflights, UpstreamHeaders};
use crate::risk::Risk;
use crate::source::OriginSource;
use crate::suggest::meant;

/// A policy's fields, typed; lists carry each entry's index for diagnostics.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "fields as they are written")]
pub(crate) struct PolicyConfig<'v> {
    /// Whether `allowOrigins` or `originSources` is there, sound or not.
    pub(crate) names_origins: bool,
    pub(crate) origins: Vec<(usize, OriginEntry<'v>)>,
    pub(crate) sources: Vec<(usize, OriginSource)>,
    pub(crate) methods: Vec<(usize, &'v str)>,
    pub(crate) headers: Vec<(usize, &'v str)>,
    pub(crate) exposed: Vec<(usize, &'v str)>,
    pub(crate) credentials: bool,
    /// Seconds.
    pub(crate) max_age: Option<u32>,
    pub(crate) preflight_status: PreflightStatus,
    pub(crate) upstream_headers: UpstreamHeaders,
    pub(crate) rejects: bool,
    pub(crate) spares_navigations: bool,
    pub(crate) own_origins: Option<Vec<(usize, &'v str)>>,
    pub(crate) preflights: Preflights,
    pub(crate) fixed_origin: bool,
    pub(crate) timing: bool,
    pub(crate) report_only: bool,
    pub(crate) accepted: Vec<(usize, Risk)>,
    /// The risks that entries of `origins` accept for themselves, by the entry's index and in their
    /// order.
    pub(crate) accepted_by_entries: Vec<(usize, Vec<(usize, Risk)>)>,
    pub(crate) trial: Option<Box<TrialConfig<'v>>>,
}

/// A trial, as written.
#[derive(Debug)]
pub(crate) struct TrialConfig<'v> {
    pub(crate) config: PolicyConfig<'v>,
    /// Whose its inherited fields are.
    pub(crate) owners: Owners<'v>,
}

const UPSTREAM_HEADERS: &[(&str, UpstreamHeaders)] =
    &[("replace", UpstreamHeaders::Replace), ("preserve", UpstreamHeaders::Preserve)];
const PREFLIGHTS: &[(&str, Preflights)] = &[("answer", Preflights::Answer), ("forward", Preflights::Forward)];
/// Whether it is rejected.
const FORWARD_OR_REJECT: &[(&str, bool)] = &[("forward", false), ("reject", true)];

pub(crate) fn read<'v>(
    value: &'v Value<'v>,
    inherited: Vec<Member<'v>>,
    written: Written<'v>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<PolicyConfig<'v>> {
    let fields = Fields::read(value, place, POLICY, "a policy", report)?.inheriting(inherited);
    Some(read_fields(&fields, Some(written), place, report))
}

/// A single policy has nothing to extend.
pub(crate) fn refuse_extends(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) {
    if fields.get_non_null(EXTENDS).is_some() {
        let sentence = "\"extends\" names one of several \"policies\"; a single policy has none to extend.";
        report.error(Code::InvalidExtends, &place.key(EXTENDS), sentence);
    }
}

/// `written`: the policies that a trial can extend.
pub(crate) fn read_fields<'v>(
    fields: &Fields<'v>,
    written: Option<Written<'v>>,
    place: &Place<'_>,
    report: &mut Report,
) -> PolicyConfig<'v> {
    let trial = read_trial(fields, written, place, report);
    PolicyConfig { trial, ..read_terms(fields, place, report) }
}

/// Reads a trial: a policy that takes over no field of the enforced one, unless it extends it.
#[inline(never)]
fn read_trial<'v>(
    fields: &Fields<'v>,
    written: Option<Written<'v>>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Box<TrialConfig<'v>>> {
    let value = fields.get(TRIAL).filter(|value| **value != Value::Null)?;
    let place = place.trial();
    let own = Fields::read(value, &place, POLICY, "a trial", report)?;
    for (field, sentence) in [
        (TRIAL, "A trial has no trial of its own."),
        ("reportOnly", "A trial changes nothing on the wire, so \"reportOnly\" has no effect here."),
    ] {
        if own.get_non_null(field).is_some_and(|value| *value != Value::Bool(false)) {
            report.error_with_fix(Code::InvalidValue, &place.key(field), sentence, Some(Suggestion::Nothing));
        }
    }
    let (inherited, owners) = if let Some(written) = written {
        written.inherited_by_trial(value, &place, report)
    } else {
        refuse_extends(&own, &place, report);
        (Vec::new(), Owners::default())
    };
    let config = read_terms(&own.inheriting(inherited), &place.with_owners(&owners), report);
    Some(Box::new(TrialConfig { config, owners }))
}

fn read_terms<'v>(fields: &Fields<'v>, place: &Place<'_>, report: &mut Report) -> PolicyConfig<'v> {
    warn_of_unmatched_preflights(fields, place, report);
    let mut accepted_by_entries = Vec::new();
    PolicyConfig {
        names_origins: ["allowOrigins", "originSources"].iter().any(|field| fields.get_non_null(field).is_some()),
        origins: read_origins(fields, place, &mut accepted_by_entries, report),
        sources: sources::read(fields, place, report),
        methods: read_strings(fields, "allowMethods", place, report),
        headers: read_strings(fields, "allowHeaders", place, report),
        exposed: read_strings(fields, "exposeHeaders", place, report),
        credentials: boolean(fields, "allowCredentials", place, report),
        max_age: fields.get_non_null("maxAge").and_then(|value| max_age::read(value, &place.key("maxAge"), report)),
        preflight_status: read_preflight_status(fields, place, report),
        upstream_headers: choice(fields, "upstreamHeaders", UPSTREAM_HEADERS, place, report).unwrap_or_default(),
        rejects: choice(fields, "disallowedOrigins", FORWARD_OR_REJECT, place, report) == Some(true),
        spares_navigations: choice(fields, "disallowedNavigations", FORWARD_OR_REJECT, place, report) == Some(false),
        own_origins: fields
            .get_non_null("ownOrigins")
            .and_then(|value| strings(value, &place.key("ownOrigins"), report)),
        preflights: choice(fields, "preflights", PREFLIGHTS, place, report).unwrap_or_default(),
        fixed_origin: boolean(fields, "fixedOrigin", place, report),
        timing: boolean(fields, "timingAllowOrigin", place, report),
        report_only: boolean(fields, "reportOnly", place, report),
        accepted: read_accepted(fields, place, report),
        accepted_by_entries,
        trial: None,
    }
}

fn read_strings<'v>(fields: &Fields<'v>, name: &str, place: &Place<'_>, report: &mut Report) -> Vec<(usize, &'v str)> {
    fields.get_non_null(name).and_then(|value| strings(value, &place.key(name), report)).unwrap_or_default()
}

type AcceptedByEntries = Vec<(usize, Vec<(usize, Risk)>)>;

#[inline(never)]
fn read_origins<'v>(
    fields: &Fields<'v>,
    place: &Place<'_>,
    accepted: &mut AcceptedByEntries,
    report: &mut Report,
) -> Vec<(usize, OriginEntry<'v>)> {
    let Some(value) = fields.get_non_null("allowOrigins") else {
        return Vec::new();
    };
    let place = place.key("allowOrigins");
    if let Value::Object(_) = value {
        let list = text(value).map(|entry| ["[", &entry, "]"].concat());
        let sentence = "This is an object; a list of origins belongs here.";
        report.error_with_fix(Code::InvalidType, &place, sentence, list);
        return Vec::new();
    }
    let Some(items) = list(value, &place, report) else { return Vec::new() };
    if items.is_empty() {
        report.error(Code::MissingOrigins, &place, "The list is empty, so no origin would ever be allowed; name one.");
    }
    // To its full length at once: in Wasm, memory that a growing list leaves behind is never given
    // back.
    let mut origins = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.index(index);
        if let Some(entry) = read_entry(item, &place, report) {
            origins.push((index, entry));
        }
        if let Value::Object(members) = item {
            let risks = read_accepted(&Fields::of(members), &place, report);
            if !risks.is_empty() {
                accepted.push((index, risks));
            }
        }
    }
    origins
}

fn read_entry<'v>(value: &'v Value<'v>, place: &Place<'_>, report: &mut Report) -> Option<OriginEntry<'v>> {
    match value {
        Value::String(text) => return Some(OriginEntry::Text(text)),
        Value::Object(members) => {
            Fields::read(value, place, MATCHER, "a matcher", report)?;
            let mut matchers = members.iter().filter(|(kind, _)| kind != "acceptRisks");
            if let (Some((kind, matched)), None) = (matchers.next(), matchers.next()) {
                return read_matcher(kind, matched, place, report);
            }
            report.error(
                Code::InvalidValue,
                place,
                "A matcher holds exactly one of \"origin\", \"exact\", \"prefix\", \"suffix\" and \"regex\"; write one object for each.",
            );
        }
        other => {
            let sentence = format!(
                "This is {}; an origin is a string, or an object such as {{ \"regex\": \"…\" }}.",
                other.kind()
            );
            report.error(Code::InvalidType, place, sentence);
        }
    }
    None
}

fn read_matcher<'v>(
    kind: &'v str,
    matched: &'v Value<'v>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<OriginEntry<'v>> {
    let Value::String(text) = matched else {
        let sentence = format!("This is {}; a matcher's value is a string.", matched.kind());
        report.error(Code::InvalidType, &place.key(kind), sentence);
        return None;
    };
    match kind {
        "origin" => Some(OriginEntry::Text(text)),
        "exact" => Some(OriginEntry::Exact(text)),
        "prefix" => Some(OriginEntry::Prefix(text)),
        "suffix" => Some(OriginEntry::Suffix(text)),
        "regex" => Some(OriginEntry::Regex(text)),
        _ => None, // an unknown field, and reported
    }
}

fn read_preflight_status(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) -> PreflightStatus {
    let (code, fix) = match fields.get_non_null("preflightStatus") {
        None | Some(Value::Integer(204)) => return PreflightStatus::NoContent,
        Some(Value::Integer(200)) => return PreflightStatus::Ok,
        Some(Value::Integer(_) | Value::OtherNumber) => (Code::InvalidValue, Some("204".to_owned())),
        Some(Value::String(text)) if matches!(text.as_ref(), "200" | "204") => {
            (Code::InvalidType, Some(text.to_string()))
        }
        Some(_) => (Code::InvalidType, None),
    };
    report.error_with_fix(code, &place.key("preflightStatus"), "\"preflightStatus\" is the number 204 or 200.", fix);
    PreflightStatus::NoContent
}

fn read_accepted(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) -> Vec<(usize, Risk)> {
    let place = place.key("acceptRisks");
    let mut accepted = Vec::new();
    let Some(words) = fields.get_non_null("acceptRisks").and_then(|value| strings(value, &place, report)) else {
        return accepted;
    };
    for (index, word) in words {
        if let Some(risk) = Risk::ALL.iter().find(|risk| risk.as_str() == word) {
            accepted.push((index, *risk));
        } else {
            let known: Vec<&str> = Risk::ALL.iter().map(|risk| risk.as_str()).collect();
            let sentence =
                format!("{} is not a risk that Corsac knows; the risks are {}.", quoted(word), known.join(", "));
            report.error_with_fix(Code::UnknownRisk, &place.index(index), sentence, meant(word, &known).map(quoted));
        }
    }
    accepted
}

/// Istio's `unmatchedPreflights`: what is to become of a preflight whose origin is not allowed. It
/// is answered here.
fn warn_of_unmatched_preflights(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) {
    let choices = [("IGNORE", true), ("FORWARD", false), ("UNSPECIFIED", false)];
    if choice(fields, "unmatchedPreflights", &choices, place, report) == Some(false) {
        report.warn_with_fix(
            Code::UnmatchedPreflights,
            &place.key("unmatchedPreflights"),
            "Corsac answers every preflight and forwards none: one from a refused origin gets 403.",
            Some(quoted("IGNORE")),
        );
    }
}
