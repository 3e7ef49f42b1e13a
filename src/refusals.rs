//! The log line of a refusal: at most one a second for each filter of a worker, so that a flood of refused requests is no
//! flood of log lines.

use std::cell::Cell;

use crate::host;

const NANOSECONDS_BETWEEN_LINES: u64 = 1_000_000_000;

/// How much of an origin is shown, in bytes.
const LONGEST_ORIGIN: usize = 128;

/// When the last line was written, and what was left out since.
#[derive(Default)]
pub struct RefusalLog {
    last: Cell<u64>,
    left_out: Cell<u64>,
}

impl RefusalLog {
    /// Writes, or counts, one refusal. `origin` comes from a client: it is cut, and escaped.
    pub fn note(&self, words: &str, origin: &[u8]) {
        let now = host::now().unwrap_or_default();
        let due = self.last.get() == 0 || now.saturating_sub(self.last.get()) >= NANOSECONDS_BETWEEN_LINES;
        if !due {
            self.left_out.set(self.left_out.get().saturating_add(1));
            return;
        }
        self.last.set(now);
        let shown = origin.get(..LONGEST_ORIGIN).unwrap_or(origin).escape_ascii();
        match self.left_out.replace(0) {
            0 => log::info!("corsac: {words} origin=\"{shown}\""),
            left_out => log::info!("corsac: {words} origin=\"{shown}\" (and {left_out} refusals since the last line)"),
        }
    }
}
