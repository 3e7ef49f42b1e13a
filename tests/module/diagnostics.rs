//! The log of a configuration: errors come first, and no number of warnings hides one.

use crate::host::{ERROR, INFO, LogLine, WARN};
use crate::vm::Vm;

/// The limit on logged diagnostics.
const MOST_LOGGED: usize = 200;
/// The number of policies in a large configuration.
const POLICIES: usize = 350;
/// The number of warnings that each of them causes.
const WARNINGS_EACH: usize = 6;

/// A large configuration. `bad` says which policies have an error besides their warnings.
fn large(bad: impl Fn(usize) -> bool) -> String {
    let policy = |number: usize| {
        let origin = format!("\"https://tenant-{number}.example\"");
        let origins = vec![origin; 1 + WARNINGS_EACH].join(", ");
        let error = if bad(number) { ", \"https://tenant.example/\"" } else { "" };
        format!(r#""p{number}": {{ "allowOrigins": [{origins}{error}] }}"#)
    };
    let rule = |number: usize| format!(r#"{{ "hosts": ["tenant-{number}.test"], "policy": "p{number}" }}"#);
    let listed = |entry: &dyn Fn(usize) -> String| (0..POLICIES).map(entry).collect::<Vec<_>>().join(", ");
    format!(r#"{{ "policies": {{ {} }}, "rules": [{}] }}"#, listed(&policy), listed(&rule))
}

/// Whether the configuration is accepted, and the log.
fn configure(configuration: &str) -> (bool, Vec<LogLine>) {
    let mut vm = Vm::new();
    let root = vm.add_root().expect("a root context");
    let accepted = vm.configure(root, configuration.as_bytes()).expect("a configuration does not trap");
    (accepted, std::mem::take(&mut vm.host_mut().log))
}

/// A summary of the log: the level and beginning of each run of similar lines, with their number.
fn runs(log: &[LogLine]) -> Vec<(u32, &str, usize)> {
    let begin = |text: &'static str, line: &LogLine| line.1.starts_with(text).then_some(text);
    let short = |line: &LogLine| {
        let known = ["corsac: error[invalid-origin]", "corsac: warning[redundant-origin]"];
        (line.0, known.into_iter().find_map(|text| begin(text, line)))
    };
    let runs = log.chunk_by(|one, other| short(one).1.is_some() && short(one) == short(other));
    runs.map(|run| (run[0].0, short(&run[0]).1.unwrap_or(&run[0].1), run.len())).collect()
}

#[test]
fn the_errors_of_a_refused_configuration_are_logged_before_its_warnings() {
    const BAD: usize = 36;
    let (accepted, log) = configure(&large(|number| number % 10 == 1 || number == 349));
    assert!(!accepted);
    let left_out = format!("corsac: … and {} more warnings", POLICIES * WARNINGS_EACH - (MOST_LOGGED - BAD));
    let expected = [
        (ERROR, "corsac: error[invalid-origin]", BAD),
        (WARN, "corsac: warning[redundant-origin]", MOST_LOGGED - BAD),
        (WARN, &*left_out, 1),
    ];
    assert_eq!(runs(&log), expected);
    let first = "corsac: error[invalid-origin] at /policies/p1/allowOrigins/7: ";
    assert!(log[0].1.starts_with(first), "errors keep the order of the document: {}", log[0].1);
}

#[test]
fn warnings_of_a_refused_configuration_are_only_counted_if_errors_take_every_line() {
    let (accepted, log) = configure(&large(|_| true));
    assert!(!accepted);
    let errors = format!("corsac: … and {} more errors", POLICIES - MOST_LOGGED);
    let warnings = format!("corsac: … and {} more warnings", POLICIES * WARNINGS_EACH);
    let expected = [(ERROR, "corsac: error[invalid-origin]", MOST_LOGGED), (ERROR, &*errors, 1), (WARN, &*warnings, 1)];
    assert_eq!(runs(&log), expected);
}

#[test]
fn one_error_over_the_limit_is_counted_in_the_singular() {
    let (_, log) = configure(&large(|number| number <= MOST_LOGGED));
    assert_eq!(log[MOST_LOGGED], (ERROR, "corsac: … and 1 more error".to_owned()));
}

#[test]
fn the_warnings_of_an_accepted_configuration_are_logged_up_to_the_limit_and_then_its_summary() {
    let (accepted, log) = configure(&large(|_| false));
    assert!(accepted);
    let left_out = format!("corsac: … and {} more warnings", POLICIES * WARNINGS_EACH - MOST_LOGGED);
    let (in_force, warnings) = log.split_last().expect("a line");
    assert_eq!(runs(warnings), [(WARN, "corsac: warning[redundant-origin]", MOST_LOGGED), (WARN, &*left_out, 1)]);
    assert!(in_force.0 == INFO && in_force.1.contains("350 policies in force"), "{in_force:?}");
}
