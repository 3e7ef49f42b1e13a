//! When the next fetch is due, and when a list is too old.

use crate::Milliseconds;

/// The first pause after a failed fetch; each further one is twice as long. Milliseconds.
const FIRST_PAUSE: Milliseconds = 1000;

/// How often a source is fetched, and how long its list remains in force. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From one fetch to the next.
    pub refresh: Milliseconds,
    /// From the service's last confirmation to the end of a list.
    pub max_stale: Milliseconds,
}

impl Schedule {
    /// When the next fetch is due after an attempt that ended at `attempted`.
    ///
    /// After failures the pause is short at first, and never longer than `refresh`. `salt`, a
    /// random number that all workers know, shortens it by up to a tenth: a fleet of proxies that
    /// began together does not fetch together for ever.
    pub(crate) fn due(self, attempted: Milliseconds, failures: u32, salt: u64) -> Milliseconds {
        let pause = match failures.checked_sub(1) {
            None => self.refresh,
            Some(doublings) => {
                FIRST_PAUSE.checked_shl(doublings.min(32)).unwrap_or(Milliseconds::MAX).min(self.refresh)
            }
        };
        let tenth = pause.div_euclid(10);
        let jitter = salt.checked_rem(tenth.saturating_add(1)).unwrap_or(0);
        attempted.saturating_add(pause.saturating_sub(jitter))
    }

    /// Whether a list that was confirmed then is still good.
    pub(crate) fn is_fresh(self, confirmed: Milliseconds, now: Milliseconds) -> bool {
        now.saturating_sub(confirmed) <= self.max_stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule { refresh: 60_000, max_stale: 3_600_000 };

    #[test]
    fn pauses_double_after_failures_up_to_the_refresh() {
        let pauses: Vec<_> = (0..9).map(|failures| SCHEDULE.due(0, failures, 0)).collect();
        assert_eq!(pauses, [60_000, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(SCHEDULE.due(0, u32::MAX, 0), 60_000);
        let often = Schedule { refresh: 1000, ..SCHEDULE };
        assert_eq!([often.due(0, 0, 0), often.due(0, 5, 0)], [1000, 1000]);
    }

    #[test]
    fn jitter_shortens_a_pause_by_a_tenth_at_most() {
        let dues: Vec<_> = (0..=6000).map(|salt| SCHEDULE.due(7, 0, salt)).collect();
        assert_eq!(dues.iter().max(), Some(&60_007));
        assert_eq!(dues.iter().min(), Some(&54_007));
        assert!((54_007..=60_007).contains(&SCHEDULE.due(7, 0, u64::MAX)));
    }

    #[test]
    fn a_list_is_good_up_to_its_limit_and_not_beyond() {
        assert!(SCHEDULE.is_fresh(10, 3_600_010));
        assert!(!SCHEDULE.is_fresh(10, 3_600_011));
    }
}
