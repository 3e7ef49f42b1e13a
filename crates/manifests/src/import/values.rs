//! Values that several sources write alike.

use crate::source::At;

/// Seconds: a number, a number in a string, or a Go duration (`1h30m`). Fractions are cut.
pub(crate) fn seconds(at: &At<'_>) -> Option<u64> {
    if let Some(seconds) = at.get("seconds") {
        return seconds_of(&seconds.scalar()?);
    }
    seconds_of(&at.scalar()?)
}

/// A value below 0 says 0: do not cache.
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.starts_with('-') {
        return Some(0);
    }
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds);
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = (rest.get(..end)?, rest.get(end..)?);
        let unit_end = unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len());
        let factor = match unit.get(..unit_end)? {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = unit.get(unit_end..)?;
    }
    whole(total)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked on the line before
fn whole(seconds: f64) -> Option<u64> {
    // A sum of fractions may miss a whole number by a hair.
    let seconds = seconds + 1e-9;
    (0.0..1e15).contains(&seconds).then_some(seconds as u64)
}

/// What a Kubernetes resource is called: `VirtualService shop/api`.
pub(crate) fn label(document: &At<'_>) -> String {
    let kind = document.text_of("kind").unwrap_or("document");
    let name = name(document).unwrap_or_default();
    match document.path(&["metadata", "namespace"]).and_then(|at| at.text()) {
        Some(namespace) => format!("{kind} {namespace}/{name}, "),
        None => format!("{kind} {name}, "),
    }
}

/// `metadata.name`.
pub(crate) fn name(document: &At<'_>) -> Option<String> {
    document.path(&["metadata", "name"])?.scalar()
}
