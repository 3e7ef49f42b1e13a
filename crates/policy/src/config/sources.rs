//! `originSources`, as written.

use super::fields::{Fields, members, report_duplicates, report_value};
use super::max_age::{in_words, whole_seconds};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::json::Value;
use crate::placeholder;
use crate::source::OriginSource;
use crate::suggest::unquoted;
use crate::token::is_token;

/// The fields of a source.
pub(crate) const SOURCE: &[&str] = &["cluster", "authority", "path", "refresh", "maxStale", "headers"];

/// Sources of one policy.
const MOST_SOURCES: usize = 8;
const MOST_HEADERS: usize = 16;
/// Bytes of a name, a path or a header's value.
const LONGEST_TEXT: usize = 4096;

const REFRESH: Period = Period { field: "refresh", least: 1, most: 86_400, absent: 60, range: "\"1s\" to \"24h\"" };
const MAX_STALE: Period =
    Period { field: "maxStale", least: 1, most: 2_592_000, absent: 3600, range: "\"1s\" to \"720h\"" };

/// Headers of the fetch that are not the policy's to write: the message's own, and those that the
/// fetch itself is made of.
const RESERVED: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "proxy-connection",
    "expect",
    "range",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
];

/// A duration of a source, in seconds.
struct Period {
    field: &'static str,
    least: u32,
    most: u32,
    absent: u32,
    range: &'static str,
}

/// The sources of a policy, each with its index. The list must be a list of objects.
#[inline(never)]
pub(super) fn read(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) -> Vec<(usize, OriginSource)> {
    const FIELD: &str = "originSources";
    let Some(value) = fields.get_non_null(FIELD) else { return Vec::new() };
    let place = place.key(FIELD);
    let Value::Array(items) = value else {
        let sentence = format!(
            "This is {}; a list of sources belongs here, such as [{{ \"cluster\": \"origins\", \"path\": \"/origins\" }}].",
            value.kind()
        );
        report.error(Code::InvalidType, &place, sentence);
        return Vec::new();
    };
    if items.is_empty() {
        report.error(Code::InvalidValue, &place, "The list is empty; name a source, or leave the field out.");
    }
    if items.len() > MOST_SOURCES {
        report.error(Code::InvalidValue, &place, format!("A policy has at most {MOST_SOURCES} sources."));
    }
    let sources = items.iter().enumerate().take(MOST_SOURCES);
    sources.filter_map(|(index, item)| Some((index, read_source(item, &place.index(index), report)?))).collect()
}

fn read_source(value: &Value<'_>, place: &Place<'_>, report: &mut Report) -> Option<OriginSource> {
    let fields = Fields::read(value, place, SOURCE, "an origin source", report)?;
    let errors = report.errors();
    let cluster = text(&fields, "cluster", place, report);
    if fields.get_non_null("cluster").is_none() {
        let sentence = "A source names the Envoy cluster of its service: \"cluster\": \"origins\".";
        report.error(Code::InvalidValue, place, sentence);
    }
    let path = text(&fields, "path", place, report);
    match path {
        None if fields.get_non_null("path").is_none() => {
            report.error(Code::InvalidValue, place, "A source names the path of its list: \"path\": \"/origins\".");
        }
        Some(path) if !path.starts_with('/') || path.contains('#') => {
            let sentence = "A path begins with \"/\" and holds no fragment.";
            report.error(Code::InvalidOriginSource, &place.key("path"), sentence);
        }
        _ => {}
    }
    let authority = text(&fields, "authority", place, report);
    let refresh = REFRESH.read(&fields, place, report);
    let max_stale = MAX_STALE.read(&fields, place, report);
    let headers = read_headers(&fields, place, report);
    if report.errors() != errors {
        return None;
    }
    if max_stale < refresh {
        let sentence = "A list would go out of force before it is fetched again: \"maxStale\" is at least \"refresh\".";
        report.error(Code::InvalidOriginSource, &place.key("maxStale"), sentence);
    }
    let cluster = cluster?;
    Some(OriginSource {
        cluster: cluster.into(),
        authority: authority.unwrap_or(cluster).into(),
        path: path?.into(),
        refresh,
        max_stale,
        headers,
    })
}

/// A field of visible ASCII.
#[inline(never)]
fn text<'v>(fields: &Fields<'v>, name: &str, place: &Place<'_>, report: &mut Report) -> Option<&'v str> {
    let value = fields.get_non_null(name)?;
    let place = place.key(name);
    let Value::String(text) = value else {
        let sentence = format!("This is {}; {} is a string.", value.kind(), quoted(name));
        report.error(Code::InvalidType, &place, sentence);
        return None;
    };
    let is_visible = !text.is_empty() && text.len() <= LONGEST_TEXT && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_visible || placeholder::is_unfilled(text) {
        let sentence = format!("{} is 1 to {LONGEST_TEXT} visible characters of ASCII, without blanks.", quoted(name));
        report_value(Code::InvalidOriginSource, value, &place, sentence, None::<String>, report);
    }
    Some(text)
}

impl Period {
    #[inline(never)]
    fn read(&self, fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) -> u32 {
        let Some(value) = fields.get_non_null(self.field) else { return self.absent };
        let place = place.key(self.field);
        if !matches!(value, Value::Integer(_) | Value::OtherNumber | Value::String(_)) {
            let sentence = format!(
                "This is {}; {} is a duration such as \"60s\", or a number of seconds.",
                value.kind(),
                quoted(self.field)
            );
            report.error(Code::InvalidType, &place, sentence);
            return self.absent;
        }
        let in_range =
            |value: &Value<'_>| whole_seconds(value).filter(|seconds| (self.least..=self.most).contains(seconds));
        in_range(value).unwrap_or_else(|| {
            let sentence = format!("{} is a duration from {}, or a number of seconds.", quoted(self.field), self.range);
            let meant = if let Value::String(text) = value { in_words(text) } else { None };
            let meant = meant.filter(|meant| in_range(&Value::String(unquoted(meant).into())).is_some());
            report_value(Code::InvalidOriginSource, value, &place, sentence, meant, report);
            self.absent
        })
    }
}

/// The names and values of `headers`. No diagnostic shows a value, because it may be secret.
#[inline(never)]
fn read_headers(fields: &Fields<'_>, place: &Place<'_>, report: &mut Report) -> Vec<(Box<str>, Box<str>)> {
    let Some(value) = fields.get_non_null("headers") else { return Vec::new() };
    let place = place.key("headers");
    let Some(members) = members(value, &place, "a map from header names to values", report) else { return Vec::new() };
    report_duplicates(members, &place, report);
    if members.len() > MOST_HEADERS {
        let sentence = format!("A source has at most {MOST_HEADERS} headers.");
        report.error(Code::InvalidOriginSource, &place, sentence);
    }
    let mut headers: Vec<(Box<str>, Box<str>)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        let place = place.key(name);
        let lower = name.to_ascii_lowercase();
        let Value::String(text) = value else {
            let sentence = format!("This is {}; a header's value is a string.", value.kind());
            report.error(Code::InvalidType, &place, sentence);
            continue;
        };
        if let Some(sentence) = wrong_name(&lower, &headers).or_else(|| wrong_value(text)) {
            report.error(Code::InvalidOriginSource, &place, sentence);
        }
        headers.push((lower.into(), (**text).into()));
    }
    headers
}

fn wrong_name(lower: &str, earlier: &[(Box<str>, Box<str>)]) -> Option<&'static str> {
    if !is_token(lower.as_bytes()) {
        Some("This is not the name of a header.")
    } else if RESERVED.contains(&lower) {
        Some("The fetch writes this header itself; a host belongs in \"authority\".")
    } else if earlier.iter().any(|(known, _)| **known == *lower) {
        Some("This header is here already, in another case.")
    } else {
        None
    }
}

fn wrong_value(text: &str) -> Option<&'static str> {
    let is_field_byte = |byte: u8| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t';
    if text.len() > LONGEST_TEXT || text.trim() != text || !text.bytes().all(is_field_byte) {
        Some("A header's value is visible ASCII, without blanks at its ends.")
    } else if placeholder::is_unfilled(text) {
        Some("The value holds a placeholder. Replace it by the value that it is for.")
    } else {
        None
    }
}
