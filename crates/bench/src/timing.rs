//! Timing that a busy machine disturbs little: processor time where the system tells it, and the fastest of many short
//! rounds.

use std::hint::black_box;
use std::time::Duration;

const ROUNDS: usize = 100;
/// The longest that one round takes: less than what the system lets a program run in one go.
const ROUND: Duration = Duration::from_millis(2);
/// What is so slow that it takes this long is not asked again.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Nanoseconds of one call of `ask`, each with the next of `questions`; the best of several rounds. A round goes on from
/// where the last one ended, so that what is slow is not asked the first questions only.
pub fn nanoseconds(questions: &[String], mut ask: impl FnMut(&[u8]) -> bool) -> f64 {
    let mut best = f64::INFINITY;
    let mut spent = Duration::ZERO;
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
        spent += taken;
        if spent > LONG_ENOUGH {
            break;
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
#[cfg(not(target_os = "wasi"))]
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of our own.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The same of a WASI host.
#[cfg(target_os = "wasi")]
fn now() -> Duration {
    const THREAD_CPUTIME: u32 = 3;
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn clock_time_get(clock: u32, precision: u64, nanoseconds: *mut u64) -> u16;
    }
    let mut nanoseconds = 0;
    // SAFETY: the pointer is to a number of our own.
    unsafe { clock_time_get(THREAD_CPUTIME, 1, &raw mut nanoseconds) };
    Duration::from_nanos(nanoseconds)
}
