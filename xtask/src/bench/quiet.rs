//! Moments in which nobody disturbs. A rented machine's core is shared with other tenants: while they work, everything here takes
//! half as long again or more, and no average over such moments tells two filters apart.

use std::hint::black_box;
use std::process::{self, Command};
use std::time::{Duration, Instant};

use crate::Outcome;

/// How much longer than at best a fixed piece of work may take in a quiet moment.
const TOLERANCE: f64 = 1.12;
/// How often a turn is repeated, and how long one moment is waited for: a machine that is never quiet has its figures too.
const ATTEMPTS: usize = 6;
const PATIENCE: Duration = Duration::from_millis(500);
/// How long the best is looked for before the first turn.
const SEARCH: Duration = Duration::from_secs(4);

/// Tells quiet moments from others: by a fixed piece of work on the processor on which everything is measured.
pub struct Gauge {
    least: Duration,
}

/// A result, and how long the fixed piece of work took around it.
pub struct Turn<T> {
    pub result: T,
    around: Duration,
}

impl Gauge {
    /// Binds this thread, and every program that it starts from now on, to the last processor, and measures what that does
    /// at best. One for all: who asks and who answers then take turns, and do not disturb each other as two halves of a core.
    pub fn bind() -> Outcome<Self> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let own = process::id().to_string();
        let last = processors.saturating_sub(1).to_string();
        let bound = Command::new("taskset").args(["--pid", "--cpu-list", &last, &own]).output();
        if !bound.as_ref().is_ok_and(|output| output.status.success()) {
            return Err("taskset (Debian and Ubuntu: util-linux) could not bind this program to a processor.".to_owned());
        }
        let mut gauge = Self { least: Duration::MAX };
        let begin = Instant::now();
        while begin.elapsed() < SEARCH {
            gauge.look();
        }
        Ok(gauge)
    }

    /// Takes a turn in a quiet moment, or the quietest of several.
    pub fn turn<T>(&mut self, mut run: impl FnMut() -> Outcome<T>) -> Outcome<Turn<T>> {
        let mut best: Option<Turn<T>> = None;
        for _ in 0..ATTEMPTS {
            let before = self.wait();
            let result = run()?;
            let turn = Turn { result, around: before.max(self.look()) };
            if best.as_ref().is_none_or(|best| turn.around < best.around) {
                best = Some(turn);
            }
            if best.as_ref().is_some_and(|best| self.is_quiet(best)) {
                break;
            }
        }
        best.ok_or_else(|| "no turn was taken.".to_owned())
    }

    /// Whether nobody disturbed, by all that is known by now.
    pub fn is_quiet<T>(&self, turn: &Turn<T>) -> bool {
        self.is_near_least(turn.around)
    }

    fn is_near_least(&self, taken: Duration) -> bool {
        taken <= self.least.mul_f64(TOLERANCE)
    }

    /// Waits for a quiet moment, not forever.
    fn wait(&mut self) -> Duration {
        let begin = Instant::now();
        loop {
            let taken = self.look();
            if self.is_near_least(taken) || begin.elapsed() > PATIENCE {
                return taken;
            }
        }
    }

    /// How long the fixed piece of work takes now: the best of three, so that being interrupted does not count.
    fn look(&mut self) -> Duration {
        let taken = (0..3).map(|_| work()).min().unwrap_or_default();
        self.least = self.least.min(taken);
        taken
    }
}

/// Several chains of arithmetic beside each other, which keep all of a core busy: one chain would not notice that another
/// program has the other half.
fn work() -> Duration {
    let begin = Instant::now();
    let mut chains = [1_u64, 3, 5, 7, 11, 13, 17, 19];
    for step in 0..4000_u64 {
        for chain in &mut chains {
            *chain = chain.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7) ^ step;
        }
    }
    black_box(chains);
    begin.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_repeated_until_a_quiet_moment_and_its_result_is_kept() {
        let mut gauge = Gauge { least: Duration::MAX };
        let mut runs = 0;
        let turn = gauge.turn(|| {
            runs += 1;
            Ok(runs)
        });
        let turn = turn.expect("taken");
        assert!(turn.result <= runs && runs <= ATTEMPTS);
    }

    #[test]
    fn a_failing_turn_fails() {
        let mut gauge = Gauge { least: Duration::MAX };
        assert!(gauge.turn(|| Err::<(), _>("no".to_owned())).is_err());
    }

    #[test]
    fn a_moment_is_quiet_by_the_least_that_was_ever_seen() {
        let around = Duration::from_micros(100);
        let gauge = |least| Gauge { least: Duration::from_micros(least) };
        assert!(gauge(95).is_quiet(&Turn { result: (), around }));
        assert!(!gauge(60).is_quiet(&Turn { result: (), around }));
    }
}
