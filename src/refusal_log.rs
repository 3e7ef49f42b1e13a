//! The log line of a refusal: at most one a second for each filter of a worker, so that a flood of
//! refused requests is no flood of log lines.

use std::cell::Cell;

use corsac_adapter::log_refusal;

/// The number of ticks after a line until the next one may be written. The first of them may come
/// at once, so two are at least one second.
const PAUSE: u8 = 2;

/// The ticks that the next line has to wait for, and how many refusals no line counts yet.
///
/// The timer says when the next line may be written. To ask for the time instead would be a host
/// call for each refusal. A host without a timer gets one line: too few are better than a flood.
#[derive(Default)]
pub struct RefusalLog {
    pause: Cell<u8>,
    left_out: Cell<u64>,
}

impl RefusalLog {
    /// Writes, or counts, one refusal. `origin` comes from a client.
    pub fn note(&self, words: &str, origin: &[u8]) {
        if self.pause.get() == 0 {
            self.pause.set(PAUSE);
            self.write(words, origin);
        } else {
            self.left_out.set(self.left_out.get().saturating_add(1));
        }
    }

    #[cold]
    fn write(&self, words: &str, origin: &[u8]) {
        log_refusal(words, origin, self.left_out.replace(0));
    }

    /// A tick of the timer.
    pub fn tick(&self) {
        self.pause.set(self.pause.get().saturating_sub(1));
    }
}
