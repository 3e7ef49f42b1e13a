//! Many cases in one browser: each has a name, all are run, and what failed is told at the end.

use std::fmt::Debug;

/// The cases of one test.
#[derive(Default)]
pub struct Ledger {
    count: usize,
    failures: Vec<String>,
}

impl Ledger {
    /// Enters one case.
    #[expect(clippy::needless_pass_by_value, reason = "so that a case is written without a borrow in it")]
    pub fn check<T: Debug + PartialEq>(&mut self, name: impl Into<String>, expected: T, got: T) {
        self.count += 1;
        if expected != got {
            self.failures.push(format!("{}: expected {expected:?}, got {got:?}", name.into()));
        }
    }

    /// Says how many cases there were, and panics where one failed.
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
