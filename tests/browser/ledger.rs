//! Many named cases in one browser. All run, and the failures are reported at the end.

use std::fmt::Debug;

/// The cases of one test.
#[derive(Default)]
pub struct Ledger {
    count: usize,
    failures: Vec<String>,
}

impl Ledger {
    /// Records one case.
    #[expect(clippy::needless_pass_by_value, reason = "a case reads better without a borrow")]
    pub fn check<T: Debug + PartialEq>(&mut self, name: impl Into<String>, expected: T, got: T) {
        self.count += 1;
        if expected != got {
            self.failures.push(format!("{}: expected {expected:?}, got {got:?}", name.into()));
        }
    }

    /// Prints the number of cases, and panics if one failed.
    pub fn close(self, subject: &str) {
        println!("{} browser cases: {subject}", self.count);
        assert!(
            self.failures.is_empty(),
            "{} of {} fail:\n{}",
            self.failures.len(),
            self.count,
            self.failures.join("\n")
        );
    }
}
