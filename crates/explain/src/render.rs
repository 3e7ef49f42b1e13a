//! The explanation for a person.

use std::fmt;

use crate::explanation::Explanation;

/// Plain text without colours: the verdict, why, the bytes, the steps.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}: {}", self.verdict, self.sentence)
    }
}
