//! The access log for the page: numbered lines, which the page waits for.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use corsac_testbed::poll;

use crate::tail::Tail;

/// How long a request of the page for more lines stays open.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How many lines are kept for pages that are loaded late.
const MOST_KEPT: usize = 4000;

/// The lines of a growing file, numbered from 0.
pub struct NumberedLog(Mutex<Kept>);

struct Kept {
    tail: Tail,
    /// The number of the first line that is kept.
    first: usize,
    lines: Vec<String>,
}

impl NumberedLog {
    pub fn of(path: PathBuf) -> Self {
        Self(Mutex::new(Kept { tail: Tail::of(path), first: 0, lines: Vec::new() }))
    }

    /// The number that the next line will have.
    pub fn next(&self) -> usize {
        self.read(usize::MAX).0
    }

    /// The lines from number `from` on, and the number of the next one. Waits for the first of
    /// them.
    pub fn wait_from(&self, from: usize) -> (usize, Vec<String>) {
        let more = || Some(self.read(from)).filter(|(_, lines)| !lines.is_empty());
        poll(LONGEST_WAIT, "more lines", more).unwrap_or((from, Vec::new()))
    }

    fn read(&self, from: usize) -> (usize, Vec<String>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = kept.tail.new_lines();
        kept.lines.extend(new);
        let surplus = kept.lines.len().saturating_sub(MOST_KEPT);
        kept.lines.drain(..surplus);
        kept.first += surplus;
        let lines = kept.lines.iter().skip(from.saturating_sub(kept.first)).cloned().collect();
        (kept.first + kept.lines.len(), lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_numbered_and_start_at_the_requested_number() {
        let path = std::env::temp_dir().join(format!("corsac-demo-numbered-log-{}", std::process::id()));
        fs::write(&path, "0\n1\n2\nhal").expect("written");
        let log = NumberedLog::of(path.clone());
        assert_eq!(log.next(), 3);
        assert_eq!(log.wait_from(1), (3, vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(log.read(3), (3, Vec::new()));
        let many = "x\n".repeat(MOST_KEPT + 10);
        fs::write(&path, format!("0\n1\n2\n{many}")).expect("written");
        assert_eq!(log.read(0).1.len(), MOST_KEPT, "old lines are dropped");
        assert_eq!(log.next(), MOST_KEPT + 13);
        fs::remove_file(path).expect("removed");
    }
}
