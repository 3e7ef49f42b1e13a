//! The log line of a refusal: at most one a second for each filter of a worker, so that a flood of refused requests is no
//! flood of log lines.

use std::cell::Cell;

use crate::host::{self, Level};

const NANOSECONDS_BETWEEN_LINES: u64 = 1_000_000_000;

/// How much of an origin is shown, in bytes.
const LONGEST_ORIGIN: usize = 128;

/// When the last line was written, and what was left out since.
#[derive(Default)]
pub struct RefusalLog {
    last: Cell<Option<u64>>,
    left_out: Cell<u64>,
}

impl RefusalLog {
    /// Writes, or counts, one refusal. `origin` comes from a client: it is cut, and escaped.
    pub fn note(&self, words: &str, origin: &[u8]) {
        if !self.is_due() {
            self.left_out.set(self.left_out.get().saturating_add(1));
            return;
        }
        let shown = origin.get(..LONGEST_ORIGIN).unwrap_or(origin).escape_ascii();
        let line = match self.left_out.replace(0) {
            0 => format!("corsac: {words} origin=\"{shown}\""),
            left_out => format!("corsac: {words} origin=\"{shown}\" (and {left_out} refusals since the last line)"),
        };
        host::log(Level::Info, &line);
    }

    /// Whether a line may be written now. To look at the clock at every sixteenth refusal only would save a host call in a
    /// flood, and keep silent about a single refusal behind it: the very one that somebody wants to know about.
    fn is_due(&self) -> bool {
        let now = host::now().unwrap_or_default();
        let due = self.last.get().is_none_or(|last| now.saturating_sub(last) >= NANOSECONDS_BETWEEN_LINES);
        if due {
            self.last.set(Some(now));
        }
        due
    }
}
