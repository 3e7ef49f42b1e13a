//! `docs/configuration.md` against the engine: every code, word and field is on the page. Every
//! example, also those of `docs/deployment.md` and the README, has the described effect.
#![cfg(not(target_family = "wasm"))]

use corsac_policy::{Code, Outcome, Phase, Tools, Would, compile};

const PAGE: &str = include_str!("../../../docs/configuration.md");
const DEPLOYMENT: &str = include_str!("../../../docs/deployment.md");
const README: &str = include_str!("../../../README.md");

/// The fenced blocks of a kind (`json`, `json error`), each with the text after it.
fn blocks(page: &'static str, kind: &str) -> Vec<(&'static str, &'static str)> {
    let fence = format!("\n```{kind}\n");
    page.match_indices(&fence)
        .map(|(start, fence)| page[start + fence.len()..].split_once("\n```\n").expect("a closed block"))
        .collect()
}

#[test]
fn every_diagnostic_code_is_explained() {
    for code in Code::ALL {
        assert!(PAGE.contains(&format!("`{}`", code.as_str())), "{} is not on the page", code.as_str());
    }
}

#[test]
fn every_word_of_a_decision_is_listed() {
    let phases = [Phase::Preflight, Phase::Actual, Phase::NotCors].map(Phase::as_str);
    let outcomes = [Outcome::Allowed, Outcome::Refused, Outcome::Rejected, Outcome::WouldBeRefused, Outcome::Passed]
        .map(Outcome::as_str);
    let differences = [Would::Allow, Would::Refuse, Would::Reject, Would::Pass].map(Would::as_str);
    for word in phases
        .iter()
        .chain(&outcomes)
        .chain(&differences)
        .chain(&corsac_policy::Reason::ALL.map(corsac_policy::Reason::as_str))
    {
        assert!(PAGE.contains(&format!("`{word}`")), "{word} is not on the page");
    }
}

#[test]
fn every_field_has_a_row() {
    for field in corsac_policy::fields() {
        assert!(PAGE.contains(&format!("\n| `{field}` |")), "{field} has no row");
    }
}

#[test]
fn every_example_is_a_sound_configuration() {
    let (examples, moving, first) = (blocks(PAGE, "json"), blocks(DEPLOYMENT, "json"), blocks(README, "json"));
    assert!(examples.len() >= 2 && !moving.is_empty() && !first.is_empty());
    for (example, _) in examples.into_iter().chain(moving).chain(first) {
        let compiled =
            compile(example.as_bytes(), &Tools::default()).unwrap_or_else(|rejected| panic!("{example}\n{rejected}"));
        assert_eq!(compiled.warnings, [], "{example}");
    }
}

#[test]
fn every_bad_example_is_refused_with_the_lines_below_it() {
    let (examples, first) = (blocks(PAGE, "json error"), blocks(README, "json error"));
    assert!(!examples.is_empty() && !first.is_empty());
    for (example, after) in examples.into_iter().chain(first) {
        let rejected = compile(example.as_bytes(), &Tools::default()).expect_err(example);
        let shown = after.split("```text\n").nth(1).and_then(|text| text.split("\n```").next());
        assert_eq!(shown, Some(rejected.to_string().as_str()), "{example}");
    }
}
