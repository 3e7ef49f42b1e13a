//! Same answers first: before anything is timed, every filter answers every kind of traffic, and
//! its whole answer is compared with Corsac's.

use std::collections::BTreeMap;

use corsac_testbed::client::{Request, Response, http2};
use corsac_testbed::{Error, Result};

use crate::envoy::measured_envoy::MeasuredEnvoy;
use crate::envoy::traffic::Traffic;
use crate::envoy::variant::Variant;

/// Compares all answers. A filter that answers otherwise than Corsac is an error, except for
/// Envoy's own filter, which cannot be told to: its differences are returned.
pub fn compare(envoy: &MeasuredEnvoy, cells: &[(Traffic, Variant)]) -> Result<Vec<String>> {
    let mut of_envoys_filter = BTreeMap::new();
    for (traffic, variant) in cells {
        let Some(ours) = variant.list().map(|list| Variant::Corsac(list, None)) else { continue };
        // `--only` may have left it out.
        if !cells.contains(&(*traffic, ours.clone())) {
            continue;
        }
        let ours = answer(envoy, *traffic, &ours)?;
        let differences = differences(&ours, &answer(envoy, *traffic, variant)?);
        if differences.is_empty() {
            continue;
        }
        if !matches!(variant, Variant::Native(_)) {
            let what = format!("{} under \"{}\"", variant.id(), traffic.id());
            return Err(Error::new(format!("{what} does not answer as Corsac does: {}.", differences.join(", "))));
        }
        of_envoys_filter.insert(traffic.title(), differences.join(", "));
    }
    Ok(of_envoys_filter.into_iter().map(|(traffic, differences)| format!("{traffic}: {differences}")).collect())
}

fn answer(envoy: &MeasuredEnvoy, traffic: Traffic, variant: &Variant) -> Result<Response> {
    let headers = traffic.headers();
    let request = Request::new(traffic.method(), "/");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    Ok(http2::send(envoy.address(traffic, variant)?, &request)?)
}

/// The lines that only one of the answers has, with the sign of a difference.
fn differences(ours: &Response, theirs: &Response) -> Vec<String> {
    let lines = |response: &Response| {
        let headers = response.headers.select(|name| name != "date");
        let mut lines: Vec<String> = headers.sorted().to_string().lines().map(str::to_owned).collect();
        lines.insert(0, response.status.to_string());
        lines
    };
    let (ours, theirs) = (lines(ours), lines(theirs));
    let only = |lines: &[String], others: &[String], word: &str| -> Vec<String> {
        lines.iter().filter(|line| !others.contains(line)).map(|line| format!("{word} `{line}`")).collect()
    };
    [only(&ours, &theirs, "lacks"), only(&theirs, &ours, "has")].concat()
}

#[cfg(test)]
mod tests {
    use corsac_testbed::Headers;

    use super::*;

    #[test]
    fn a_difference_is_a_status_or_a_line_that_only_one_answer_has() {
        let response = |status, headers: &[(&str, &str)]| {
            let mut lines = Headers::default();
            headers.iter().for_each(|(name, value)| lines.push(name, value));
            Response { status, headers: lines, body: Vec::new() }
        };
        let ours = response(204, &[("vary", "origin"), ("date", "now")]);
        assert_eq!(differences(&ours, &response(204, &[("vary", "origin")])), [""; 0]);
        assert_eq!(
            differences(&ours, &response(200, &[("a", "b")])),
            ["lacks `204`", "lacks `vary: origin`", "has `200`", "has `a: b`"]
        );
    }
}
