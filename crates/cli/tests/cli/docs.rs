//! `docs/cli.md` and `docs/operations.md` show what the binary prints.

use crate::bin::{corsac, repository};

#[test]
fn the_pages_show_the_real_output() {
    let pages = trycmd::TestCases::new();
    pages.env("COLUMNS", "100").case(repository("docs/cli.md")).case(repository("docs/operations.md"));
}

#[test]
fn the_readme_shows_what_the_page_shows() {
    let [readme, page] = ["README.md", "docs/cli.md"].map(|file| std::fs::read_to_string(repository(file)).unwrap());
    let (_, shown) = readme.split_once("```console\n$ corsac explain").expect("the README begins with an explanation");
    let (shown, _) = shown.split_once("\n```").expect("the block ends");
    assert!(page.contains(&format!("```console\n$ corsac explain{shown}\n")), "{shown}");
}

#[test]
fn every_command_has_help_with_examples_a_manual_page_and_completions() {
    for verb in [
        "check",
        "explain",
        "import",
        "render",
        "diff",
        "sync",
        "merge",
        "test",
        "probe",
        "schema",
        "completions",
        "man",
    ] {
        let help = corsac(&[verb, "--help"]);
        assert!(help.stdout.contains("Usage: corsac"), "{verb}");
        assert!(help.stdout.contains("Examples:") || verb == "test", "{verb}");
        assert!(corsac(&["man", verb]).stdout.contains(".SH EXTRA"), "{verb}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = corsac(&["completions", shell]);
        assert_eq!((run.status, run.stdout.contains("deny-warnings")), (0, true), "{shell}");
    }
    assert_eq!(corsac(&[]).status, 2);
    assert_eq!(corsac(&["check"]).status, 2);
    assert_eq!(corsac(&["check", "--nonsense"]).status, 2);
}
