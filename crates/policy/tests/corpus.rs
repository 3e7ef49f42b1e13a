//! Published configurations (`tests/corpus/README.md`), taken through every suggestion verbatim.
//!
//! `cargo test -p corsac-policy --test corpus -- --nocapture` prints the table by source.
#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corsac_oracle::choice::{Metadata, Route, Target};
use corsac_oracle::engine::answer;
use corsac_oracle::wire::{Exchange, Request};
use corsac_policy::{Policies, Severity, Tools, compile, fields, fix};
use serde::Deserialize;
use serde_json::Value;

const CORPUS: &str = include_str!("../../../tests/corpus/policies.jsonl");

/// The percentage of the policies with Corsac's field names that must be right after the
/// suggestions alone.
const RIGHT_OF_OUR_NAMES: usize = 80;
/// The same percentage of all policies.
const RIGHT_OF_ALL: usize = 75;

/// One published configuration.
#[derive(Deserialize)]
struct Published {
    id: String,
    source: String,
    stage: String,
    policy: Value,
    author_allows: Vec<String>,
    author_refuses: Vec<String>,
}

/// A configuration compared with its author's intention.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Refused,
    /// It loads, and refuses an origin that its author meant to allow.
    Narrower,
    /// It loads, and allows an origin that its author meant to refuse.
    Wider,
    Right,
}

#[derive(Clone, Copy, Default)]
struct Row {
    policies: usize,
    loads_at_once: usize,
    right_at_once: usize,
    loads_fixed: usize,
    right_fixed: usize,
    wider: usize,
}

impl Published {
    fn all() -> Vec<Self> {
        CORPUS
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    fn pasted() -> Vec<Self> {
        Self::all().into_iter().filter(|one| one.stage == "paste").collect()
    }

    fn has_our_names(&self) -> bool {
        let ours: Vec<&str> = fields().collect();
        self.policy.as_object().is_some_and(|policy| policy.keys().all(|key| ours.contains(&key.as_str())))
    }

    fn judge(&self, policy: &str) -> Verdict {
        let Ok(compiled) = compile(policy.as_bytes(), &Tools::default()) else { return Verdict::Refused };
        let lets_in = |origin: &String| lets_in(&compiled.policies, origin);
        if self.author_refuses.iter().any(lets_in) {
            Verdict::Wider
        } else if self.author_allows.iter().all(lets_in) {
            Verdict::Right
        } else {
            Verdict::Narrower
        }
    }
}

impl Row {
    fn count(&mut self, at_once: Verdict, fixed: Verdict) {
        self.policies += 1;
        self.loads_at_once += usize::from(at_once != Verdict::Refused);
        self.right_at_once += usize::from(at_once == Verdict::Right);
        self.loads_fixed += usize::from(fixed != Verdict::Refused);
        self.right_fixed += usize::from(fixed == Verdict::Right);
        self.wider += usize::from(at_once == Verdict::Wider || fixed == Verdict::Wider);
    }

    fn percent_right(&self) -> usize {
        self.right_fixed * 100 / self.policies
    }
}

/// Whether a page of this origin may read an answer.
fn lets_in(policies: &Policies, origin: &str) -> bool {
    let route = Route { name: Some(vec![]), metadata: Metadata::Absent };
    let request = Request {
        method: "GET".to_owned(),
        target: Target { authority: Some(b"api.test".to_vec()), path: Some(b"/".to_vec()) },
        headers: vec![("origin".to_owned(), origin.as_bytes().to_vec())],
    };
    let exchange =
        Exchange { request, request_route: route.clone(), response_route: route, upstream: vec![], meddling: vec![] };
    answer(policies, &exchange).headers.iter().any(|(name, _)| name == "access-control-allow-origin")
}

/// The errors that are left, a line each.
fn errors(policy: &str) -> String {
    let Err(rejected) = compile(policy.as_bytes(), &Tools::default()) else { return String::new() };
    let errors = rejected.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.fold(String::new(), |mut text, error| {
        let _ = writeln!(text, "    {error}");
        text
    })
}

fn print_table(rows: &BTreeMap<String, Row>) {
    println!("{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}", "", "", "at once", "", "fixed", "", "");
    println!(
        "{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "source", "policies", "load", "right", "load", "right", "wider"
    );
    for (source, row) in rows {
        println!(
            "{source:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            row.policies, row.loads_at_once, row.right_at_once, row.loads_fixed, row.right_fixed, row.wider
        );
    }
}

#[test]
fn suggestions_alone_make_most_published_policies_right_and_none_wider() {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let (mut ours, mut all) = (Row::default(), Row::default());
    for published in Published::pasted() {
        let pasted = published.policy.to_string();
        let fixed = fix(&pasted, &Tools::default());
        let verdicts = (published.judge(&pasted), published.judge(&fixed));
        if verdicts.1 != Verdict::Right {
            println!("{} ({})\n    {pasted}\n    {fixed}\n{}", published.id, published.source, errors(&fixed));
        }
        if published.has_our_names() {
            ours.count(verdicts.0, verdicts.1);
        }
        all.count(verdicts.0, verdicts.1);
        rows.entry(published.source).or_default().count(verdicts.0, verdicts.1);
    }
    rows.insert("~ our names".to_owned(), ours);
    rows.insert("~ all".to_owned(), all);
    print_table(&rows);
    assert_eq!(all.wider, 0, "a policy lets in an origin that its author keeps out");
    assert!(ours.percent_right() >= RIGHT_OF_OUR_NAMES, "{} % with our names are right", ours.percent_right());
    assert!(all.percent_right() >= RIGHT_OF_ALL, "{} % are right", all.percent_right());
}

#[test]
fn policies_that_were_corrected_by_hand_load_and_mean_what_was_meant() {
    for published in Published::all().iter().filter(|one| one.stage == "corrected") {
        let policy = published.policy.to_string();
        assert!(published.judge(&policy) == Verdict::Right, "{}: {policy}\n{}", published.id, errors(&policy));
    }
}
