//! Counts of tests: read from the summaries that test programs print, and printed in the same form.

use std::fmt;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl TestCounts {
    /// Adds the counts of a summary line, `test result: ok. 12 passed; 0 failed; …`. Any other line
    /// adds nothing.
    pub fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.trim().strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                _ => {}
            }
        }
    }

    /// Counts one test.
    pub fn count(&mut self, passed: bool) {
        let counter = if passed { &mut self.passed } else { &mut self.failed };
        *counter += 1;
    }

    /// Counts one test and prints it.
    pub fn check(&mut self, sentence: &str, holds: bool) {
        println!("{} {sentence}", if holds { "ok    " } else { "FAILED" });
        self.count(holds);
    }

    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// A summary line that [`TestCounts::read`] reads.
impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.failed == 0 { "ok" } else { "FAILED" };
        write!(f, "test result: {word}. {} passed; {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(output: &str) -> TestCounts {
        let mut counts = TestCounts::default();
        output.lines().for_each(|line| counts.read(line));
        counts
    }

    #[test]
    fn summaries_of_several_programs_add_up() {
        let output = "running 2 tests\ntest a ... ok\n\n\
                      test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s\n";
        assert_eq!(counts(output), TestCounts { passed: 15, failed: 2 });
    }

    #[test]
    fn the_summary_of_wasm_bindgens_runner_counts() {
        let output = "test result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.01s\n";
        assert_eq!(counts(output), TestCounts { passed: 7, failed: 0 });
    }

    #[test]
    fn a_printed_summary_is_read_again() {
        for printed in [TestCounts { passed: 3, failed: 0 }, TestCounts { passed: 1, failed: 2 }] {
            assert_eq!(counts(&printed.to_string()), printed);
        }
    }

    #[test]
    fn other_lines_count_nothing() {
        let output = "no tests to run!\n3 passed; 2 failed\nthe test result: ok. 5 passed\ntest result: none\n";
        assert_eq!(counts(output), TestCounts::default());
    }
}
