//! Input that is not what it should be: a sentence, never a panic or a hang.

use proptest::prelude::*;

use crate::bin::{Files, Run, corsac, corsac_with};

/// Every verb that reads a file, with that file's place.
fn every_verb(file: &str) -> Vec<Run> {
    vec![
        corsac(&["check", file]),
        corsac(&["check", "--fix", file]),
        corsac(&["explain", file, "--origin", "https://a.example"]),
        corsac(&["import", file]),
        corsac(&["render", file, "--to", "istio"]),
        corsac(&["diff", file, file]),
        corsac(&["test", file]),
    ]
}

fn all_say_a_sentence(file: &str) {
    for run in every_verb(file) {
        assert_ne!(run.status, 101, "{run:?}");
        assert!((1..=2).contains(&run.status), "{run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        assert!(run.stderr.len() + run.stdout.len() < 4000, "{}", run.stderr.len());
    }
    let check = corsac(&["check", file]);
    assert_eq!((check.status, check.stdout.contains("nothing")), (2, false), "{check:?}");
    assert!(check.stderr.contains(file) && check.stderr.trim_end().ends_with('.'), "{check:?}");
}

#[test]
fn a_missing_file_a_directory_and_an_empty_file() {
    let files = Files::new();
    all_say_a_sentence("/does/not/exist");
    all_say_a_sentence("/");
    all_say_a_sentence(&files.write("empty", ""));
    all_say_a_sentence(&files.write("blank", " \n\n"));
}

#[test]
fn binary_and_text_in_another_encoding() {
    let files = Files::new();
    all_say_a_sentence(&files.write("binary", b"\x7fELF\x00\x01\x02"));
    all_say_a_sentence(&files.write("latin-1", b"allowOrigins: [https://\xfc.example]"));
    all_say_a_sentence(&files.write("utf-16", b"\xff\xfe{\x00}\x00"));
}

#[test]
fn a_hundred_megabytes() {
    let files = Files::new();
    let large = files.write("large.json", vec![b' '; 100 << 20]);
    all_say_a_sentence(&large);
}

#[test]
fn aliases_that_contain_themselves_and_those_that_multiply() {
    let files = Files::new();
    all_say_a_sentence(&files.write("cycle.yaml", "a: &a [*a]\n"));
    let mut laughs = "a0: &a0 [lol, lol]\n".to_owned();
    for level in 1..40 {
        let before = level - 1;
        let line = format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}]\n");
        laughs.push_str(&line);
    }
    all_say_a_sentence(&files.write("laughs.yaml", laughs));
    all_say_a_sentence(&files.write("deep.yaml", "[".repeat(200_000)));
    all_say_a_sentence(
        &files
            .write("deep.json", format!("{{\"allowOrigins\": {}", "[".repeat(200_000)))
            .replace("deep.json", "deep.yaml"),
    );
}

#[test]
fn another_systems_file_is_sent_to_import() {
    let run = corsac_with(&["check", "-"], b"kind: VirtualService\nspec: {}\n");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("corsac import"), "{run:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let run = corsac_with(&["check", "--format", "json", "-"], &bytes);
        prop_assert!((0..=2).contains(&run.status), "{:?}", run);
    }

    #[test]
    fn no_text_that_is_nearly_a_policy_makes_it_panic(text in "(allowOrigins|\"allowOrigins\"|policies|rules|spec|kind)( ?: ?|\n )(\\[|\\{|- |\"|'|\\||&a|\\*a|[a-zü:/.*{}\\[\\], \n\"-]){0,40}") {
        let run = corsac_with(&["check", "--fix", "-"], text.as_bytes());
        prop_assert!((0..=2).contains(&run.status), "{:?}", run);
    }
}
