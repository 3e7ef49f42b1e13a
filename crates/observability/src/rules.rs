//! The expressions of the shipped rules.

use corsac_testbed::Result;
use serde_json::Value;

/// The names of the rules in `envoy/observability/rules.yaml`, and their expressions.
///
/// # Errors
/// If the file cannot be read.
pub fn expressions() -> Result<Vec<(String, String)>> {
    let file = crate::prometheus::read_yaml(&crate::folder().join("rules.yaml"))?;
    let groups = file["groups"].as_array().into_iter().flatten();
    let rules = groups.flat_map(|group| group["rules"].as_array().into_iter().flatten());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(rules
        .map(|rule| {
            let name = if rule["alert"].is_null() { &rule["record"] } else { &rule["alert"] };
            (text(name), text(&rule["expr"]))
        })
        .collect())
}

/// The series that an expression selects: what an alert watches, whether or not it fires.
///
/// A metric of ours begins with `corsac`, one of Envoy's with `envoy_` or is chosen by its
/// `__name__`.
pub fn selectors(expression: &str) -> Vec<&str> {
    let starts = ["corsac:", "corsac_", "{__name__"];
    let mut selectors = Vec::new();
    let mut from = 0;
    while let Some(start) = starts.iter().filter_map(|start| expression[from..].find(start)).min() {
        let (before, found) = expression.split_at(from + start);
        let name = found.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_:".contains(letter));
        let name = name.unwrap_or(found.len());
        let braces = if found[name..].starts_with('{') { found[name..].find('}').map_or(0, |end| end + 1) } else { 0 };
        let selector = &found[..name + braces];
        // The names of labels begin like those of metrics.
        if braces > 0 || !is_in_by(before) {
            selectors.push(selector);
        }
        from = before.len() + selector.len();
    }
    selectors
}

/// Whether the end of this text is within the brackets of `by (…)`.
fn is_in_by(before: &str) -> bool {
    let open = before.rfind('(').filter(|open| !before[*open..].contains(')'));
    open.is_some_and(|open| before[..open].trim_end().ends_with("by"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_read_for_what_it_selects() {
        let expression = r#"sum by (corsac_reason, corsac_policy) (rate(corsac_trial{corsac_reason=~"a|b"}[5m])) > 3 * corsac:refusals:rate5m offset 1h"#;
        assert_eq!(selectors(expression), [r#"corsac_trial{corsac_reason=~"a|b"}"#, "corsac:refusals:rate5m"]);
        assert_eq!(selectors(r#"increase({__name__=~"envoy_x"}[1m]) > 0"#), [r#"{__name__=~"envoy_x"}"#]);
    }
}
