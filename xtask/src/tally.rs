//! Counting tests in what libtest and wasm-bindgen's runner print.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// Adds a summary line, `test result: ok. 12 passed; 0 failed; …`; any other line counts nothing.
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

    /// Counts one check.
    pub fn count(&mut self, passed: bool) {
        let counter = if passed { &mut self.passed } else { &mut self.failed };
        *counter += 1;
    }

    /// Counts one check, and prints it.
    pub fn check(&mut self, sentence: &str, holds: bool) {
        println!("{} {sentence}", if holds { "ok    " } else { "FAILED" });
        self.count(holds);
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn summaries_of_several_binaries_add_up() {
        let output = "running 2 tests\ntest a ... ok\n\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(tally(output), Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn the_summary_of_wasm_bindgens_runner_counts() {
        assert_eq!(
            tally("test result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.01s\n"),
            Tally { passed: 7, failed: 0 }
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            tally("no tests to run!\n3 passed; 2 failed\nthe test result: ok. 5 passed\ntest result: none\n"),
            Tally::default()
        );
    }
}
