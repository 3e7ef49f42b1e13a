//! `maxAge`: seconds as a number, or a duration as Go and protobuf write it.

use crate::diagnostic::{Code, Place, Report, quoted};
use crate::json::Value;

/// The largest `Access-Control-Max-Age` that every browser reads as the number that it is.
const MOST: f64 = 2_147_483_647.0;

/// The field as whole seconds; fractions of a duration are cut.
pub(crate) fn read(value: &Value<'_>, place: &Place<'_>, report: &mut Report) -> Option<u32> {
    let (seconds, written) = match value {
        Value::Number(number) if number.fract() == 0.0 => (Some(*number), number.to_string()),
        Value::Number(number) => (None, number.to_string()),
        Value::String(text) => (duration(text).map(f64::trunc), quoted(text)),
        other => {
            let sentence = format!("This is {}; \"maxAge\" is a number of seconds or a duration such as \"10m\".", other.kind());
            report.error_with_fix(Code::InvalidType, place, sentence, None);
            return None;
        }
    };
    match seconds {
        Some(seconds) if (0.0..=MOST).contains(&seconds) => whole(seconds),
        _ => {
            let sentence = format!("{written} is neither a whole number of seconds from 0 to 2147483647 nor a duration such as \"10m\".");
            report.error_with_fix(Code::InvalidMaxAge, place, sentence, correction(value));
            None
        }
    }
}

/// A number in range as an integer; `as` saturates, and the caller has checked the range.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(seconds: f64) -> Option<u32> {
    (0.0..=MOST).contains(&seconds).then_some(seconds as u32)
}

fn correction(value: &Value<'_>) -> Option<String> {
    let seconds = match value {
        Value::Number(number) => *number,
        Value::String(text) => text.trim().parse().ok().or_else(|| duration(text))?,
        _ => return None,
    };
    if seconds.is_nan() { None } else { whole(seconds.trunc().clamp(0.0, MOST)).map(|seconds| seconds.to_string()) }
}

/// Seconds of a Go duration (`1h0m0s`, `1.5h`, `250ms`); protobuf's JSON form (`600s`, `1.5s`) is one of them.
fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(digits)?;
        if !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        seconds += number.parse::<f64>().ok()? * unit_in_seconds(unit)?;
        rest = behind;
    }
    Some(sign * seconds)
}

fn unit_in_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
        "ns" => 1e-9,
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
        for (written, expected) in
            [("10m", 600), ("1h0m0s", 3600), ("600s", 600), ("1.5h", 5400), ("0", 0), ("1500ms", 1), ("0.9s", 0), ("3.000000001s", 3)]
        {
            assert_eq!(seconds(&text(written)), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_duration_or_out_of_range_is_refused() {
        for written in ["", "600", "10", "m", "10 m", "1d", "-1s", "1.2.3s", "s10", ".s", "99999999h", "\u{661}s"] {
            assert_eq!(seconds(&text(written)), None, "{written}");
        }
        for number in [-1.0, 0.5, 2_147_483_648.0, f64::MAX] {
            assert_eq!(seconds(&Value::Number(number)), None, "{number}");
        }
        assert_eq!(seconds(&Value::Number(2_147_483_647.0)), Some(2_147_483_647));
    }
}
