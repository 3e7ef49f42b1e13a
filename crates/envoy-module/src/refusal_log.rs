//! The log line of a refusal: at most one a second for each configuration, so that a flood of
//! refused requests is no flood of log lines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use corsac_adapter::log_refusal;

const MILLISECONDS_BETWEEN_LINES: u64 = 1000;

/// When the next line may be written, and how many refusals the last line does not count. All
/// workers share it.
pub struct RefusalLog {
    start: Instant,
    /// In milliseconds since the start.
    next: AtomicU64,
    left_out: AtomicU64,
}

impl RefusalLog {
    pub fn new() -> Self {
        Self { start: Instant::now(), next: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Writes, or counts, one refusal. `origin` comes from a client.
    pub fn note(&self, words: &str, origin: &[u8]) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.has_turn(now) {
            log_refusal(words, origin, self.left_out.swap(0, Ordering::Relaxed));
        } else {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a line may be written now. Of several workers that ask at once, one gets the turn.
    fn has_turn(&self, now: u64) -> bool {
        let next = self.next.load(Ordering::Relaxed);
        let after = now.saturating_add(MILLISECONDS_BETWEEN_LINES);
        now >= next && self.next.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_turn_a_second() {
        let log = RefusalLog::new();
        let turns: Vec<bool> = [0, 0, 999, 1000, 1001, 1999, 2500, 3499, 3500].map(|now| log.has_turn(now)).into();
        assert_eq!(turns, [true, false, false, true, false, false, true, false, true]);
    }
}
