//! Timing that a busy machine disturbs little: processor time where the system tells it, and the fastest of many short
//! rounds.

use std::hint::black_box;
use std::time::Duration;

const ROUNDS: usize = 100;
/// The longest that one round takes: less than what the system lets a program run in one go.
const ROUND: Duration = Duration::from_millis(2);

/// Nanoseconds of one call of `ask`, each with the next of `questions`; the best of several rounds. A round goes on from
/// where the last one ended, so that what is slow is not asked the first questions only.
pub fn nanoseconds(questions: &[String], mut ask: impl FnMut(&[u8]) -> bool) -> f64 {
    let mut best = f64::INFINITY;
    let mut remaining = questions.iter().cycle();
    for _ in 0..ROUNDS {
        let start = now();
        let mut asked = 0_u32;
        let mut taken = Duration::ZERO;
        while taken < ROUND {
            // The clock is not free: it is asked after every so many look-ups.
            for question in remaining.by_ref().take(100) {
                black_box(ask(black_box(question.as_bytes())));
            }
            asked += 100;
            taken = now().saturating_sub(start);
        }
        best = best.min(taken.as_secs_f64() * 1e9 / f64::from(asked));
        if taken > ROUND * 20 {
            break; // so slow that more rounds would tell nothing new
        }
    }
    best
}

/// Milliseconds of one call, the best of five.
pub fn milliseconds<T>(mut act: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = now();
        black_box(act());
        best = best.min(now().saturating_sub(start).as_secs_f64() * 1e3);
    }
    best
}

/// Processor time of this thread: what other programs take does not count.
#[cfg(unix)]
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of our own.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The time of day's clock, where there is no other.
#[cfg(not(unix))]
fn now() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
