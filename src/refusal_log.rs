//! The log line of a refusal: at most one a second for each filter of a worker, so that a flood of
//! refused requests is no flood of log lines.

use std::cell::Cell;

use corsac_adapter::log_refusal;

use crate::host;

const MILLISECONDS_BETWEEN_LINES: u32 = 1000;

/// Whether a line was written less than a second ago, and how many refusals it does not count.
///
/// The host's timer says when the next line may be written. A line sets it, and it runs once. To
/// ask for the time instead would be a host call for each refusal.
#[derive(Default)]
pub struct RefusalLog {
    paused: Cell<bool>,
    left_out: Cell<u64>,
}

impl RefusalLog {
    /// Writes, or counts, one refusal. `origin` comes from a client.
    pub fn note(&self, words: &str, origin: &[u8]) {
        if self.paused.replace(true) {
            self.left_out.set(self.left_out.get().saturating_add(1));
        } else {
            self.write(words, origin);
        }
    }

    #[cold]
    fn write(&self, words: &str, origin: &[u8]) {
        log_refusal(words, origin, self.left_out.replace(0));
        // A host without a timer gets this one line: too few are better than a flood.
        let _ = host::set_timer(MILLISECONDS_BETWEEN_LINES);
    }

    /// The timer has run out: the next refusal may be written.
    pub fn resume(&self) {
        self.paused.set(false);
        let _ = host::set_timer(0);
    }
}
