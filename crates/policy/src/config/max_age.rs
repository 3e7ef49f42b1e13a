//! `maxAge`: seconds as a number, or a duration as Go and protobuf write it. The durations of an
//! origin source are written in the same way.

use super::fields::report_value;
use crate::diagnostic::{Code, Place, Report};
use crate::json::Value;
use crate::suggest::unquoted;

/// The largest `Access-Control-Max-Age` that every browser reads as the number that it is. Seconds.
const MOST: u32 = 2_147_483_647;

const NANOSECONDS: u64 = 1_000_000_000;

/// The field as whole seconds; fractions of a duration are cut.
pub(crate) fn read(value: &Value<'_>, place: &Place<'_>, report: &mut Report) -> Option<u32> {
    if !matches!(value, Value::Integer(_) | Value::String(_) | Value::OtherNumber) {
        let sentence =
            format!("This is {}; \"maxAge\" is a number of seconds or a duration such as \"10m\".", value.kind());
        report.error_with_fix(Code::InvalidType, place, sentence, correction(value));
        return None;
    }
    let seconds = whole_seconds(value);
    if seconds.is_none() {
        let sentence = "\"maxAge\" is a whole number of seconds from 0 to 2147483647, or a duration such as \"10m\".";
        report_value(Code::InvalidMaxAge, value, place, sentence, correction(value), report);
    }
    seconds
}

/// A whole number of seconds, or a duration.
pub(crate) fn whole_seconds(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::Integer(seconds) => in_range(*seconds),
        Value::String(text) => duration(text).and_then(in_range),
        _ => None,
    }
}

fn in_range(seconds: i64) -> Option<u32> {
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= MOST)
}

/// What was probably meant, as JSON text.
fn correction(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Integer(seconds) if *seconds < 0 => Some("0".to_owned()),
        // Go's libraries print a duration in nanoseconds.
        Value::Integer(nanoseconds) => {
            let is_whole = nanoseconds.checked_rem(NANOSECONDS.cast_signed()) == Some(0);
            let seconds = if is_whole { nanoseconds.checked_div(NANOSECONDS.cast_signed()) } else { None };
            Some(seconds.and_then(in_range).unwrap_or(MOST).to_string())
        }
        Value::String(text) => {
            let text = unquoted(text);
            if text.starts_with('-') {
                return Some("0".to_owned());
            }
            let seconds = text.parse().ok().or_else(|| duration(text));
            seconds.and_then(in_range).map(|seconds| seconds.to_string()).or_else(|| in_words(text))
        }
        // Protobuf's Duration, and a list of one.
        Value::Object(members) => {
            members.iter().find(|(key, _)| key == "seconds").and_then(|(_, seconds)| correction_of_inner(seconds))
        }
        Value::Array(items) => match items.as_slice() {
            [one] => correction_of_inner(one),
            _ => None,
        },
        _ => None,
    }
}

fn correction_of_inner(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Integer(seconds) => in_range(*seconds).map(|seconds| seconds.to_string()),
        Value::String(_) => correction(value),
        _ => None,
    }
}

/// `1d`, `30 minutes` and ISO 8601's `PT1H30M` as a duration of the longest unit that is whole, in
/// JSON.
pub(crate) fn in_words(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase().replace([' ', '_'], "");
    let bare = match lower.strip_prefix('p') {
        // In a date, `M` is a month.
        Some(date) if date.contains('m') && !date.starts_with('t') => return None,
        Some(iso) => iso.replace('t', ""),
        None => lower,
    };
    let seconds = duration_in(&bare, unit_in_words).and_then(in_range).filter(|seconds| *seconds > 0)?;
    [(3600, "h"), (60, "m"), (1, "s")].into_iter().find_map(|(unit, name)| {
        let number = seconds.checked_div(unit).filter(|number| number.checked_mul(unit) == Some(seconds))?;
        Some(format!("\"{number}{name}\""))
    })
}

/// Nanoseconds.
fn unit_in_words(unit: &str) -> Option<u64> {
    const UNITS: &[(&str, u64)] = &[
        ("s sec secs second seconds", 1),
        ("m min mins minute minutes", 60),
        ("h hr hrs hour hours", 3600),
        ("d day days", 86_400),
        ("w week weeks", 604_800),
    ];
    let (_, seconds) = UNITS.iter().find(|(names, _)| names.split(' ').any(|name| name == unit))?;
    Some(seconds * NANOSECONDS)
}

/// Whole seconds of a Go duration (`1h0m0s`, `1.5h`, `250ms`); protobuf's JSON form (`600s`,
/// `1.5s`) is one of them.
fn duration(text: &str) -> Option<i64> {
    duration_in(text, unit_in_nanoseconds)
}

fn duration_in(text: &str, unit_in_nanoseconds: fn(&str) -> Option<u64>) -> Option<i64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        total = total.checked_add(nanoseconds(number, unit_in_nanoseconds(unit)?)?)?;
        rest = after;
    }
    i64::try_from(total.div_euclid(NANOSECONDS)).ok()
}

/// A decimal number of units; what is less than a nanosecond is cut.
fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place = place.div_euclid(10);
        total = total.checked_add(place.checked_mul(u64::from(digit.wrapping_sub(b'0')))?)?;
    }
    Some(total)
}

fn unit_in_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "h" => 3600 * NANOSECONDS,
        "m" => 60 * NANOSECONDS,
        "s" => NANOSECONDS,
        "ms" => 1_000_000,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ns" => 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: &Value<'_>) -> Option<u32> {
        read(value, &Place::TOP, &mut Report::default())
    }

    fn text(text: &'static str) -> Value<'static> {
        Value::String(text.into())
    }

    #[test]
    fn durations_are_read_as_go_and_protobuf_write_them_and_fractions_are_cut() {
        for (written, expected) in [
            ("10m", 600),
            ("1h0m0s", 3600),
            ("600s", 600),
            ("1.5h", 5400),
            ("0", 0),
            ("1500ms", 1),
            ("0.9s", 0),
            ("3.000000001s", 3),
            (".5m", 30),
            ("+1s", 1),
            ("999ms1000000ns", 1),
            ("0s", 0),
            ("1.999999999999s", 1),
        ] {
            assert_eq!(seconds(&text(written)), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_duration_or_out_of_range_is_refused() {
        for written in [
            "",
            "+",
            "600",
            "10",
            "m",
            "10 m",
            "1d",
            "-1s",
            "1.2.3s",
            "s10",
            ".s",
            "99999999h",
            "\u{661}s",
            "1",
            "18446744073709551615h",
        ] {
            assert_eq!(seconds(&text(written)), None, "{written}");
        }
        for number in [-1, 2_147_483_648, i64::MAX] {
            assert_eq!(seconds(&Value::Integer(number)), None, "{number}");
        }
        assert_eq!(seconds(&Value::OtherNumber), None);
        assert_eq!(seconds(&Value::Integer(2_147_483_647)), Some(2_147_483_647));
    }

    #[test]
    fn the_number_that_was_meant_is_suggested() {
        assert_eq!(correction(&text("600")).as_deref(), Some("600"));
        assert_eq!(correction(&text(" 10m ")).as_deref(), Some("600"));
        assert_eq!(correction(&Value::Integer(-1)).as_deref(), Some("0"));
        assert_eq!(correction(&Value::Integer(43_200_000_000_000)).as_deref(), Some("43200"));
        for (written, meant) in [
            ("1d", r#""24h""#),
            ("1 day", r#""24h""#),
            ("30 minutes", r#""30m""#),
            ("90 Seconds", r#""90s""#),
            ("1h 30min", r#""90m""#),
            ("PT1H30M", r#""90m""#),
            ("P1D", r#""24h""#),
            ("P1DT12H", r#""36h""#),
            ("2 weeks", r#""336h""#),
            ("'600'", "600"),
        ] {
            assert_eq!(correction(&text(written)).as_deref(), Some(meant), "{written}");
        }
        for written in ["soon", "P1M", "d", "1 fortnight", "", "1dd", "99999999999999999999d"] {
            assert_eq!(correction(&text(written)), None, "{written}");
        }
    }
}
