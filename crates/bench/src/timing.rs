//! Timing for busy machines: the fastest of many short rounds, in processor time if the system
//! reports it.

use std::hint::black_box;
use std::time::Duration;

const ROUNDS: usize = 100;
/// The longest time of a round, shorter than a time slice of the system.
const ROUND: Duration = Duration::from_millis(2);
/// After this time no further round starts.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Nanoseconds of one call of `ask` with one of `questions`, in the best of several rounds. A round
/// continues after the last question of the round before, so that a slow `ask` sees more than the
/// first questions.
pub fn nanoseconds(questions: &[String], mut ask: impl FnMut(&[u8]) -> bool) -> f64 {
    let mut best = f64::INFINITY;
    let mut spent = Duration::ZERO;
    let mut remaining = questions.iter().cycle();
    for _ in 0..ROUNDS {
        let start = now();
        let mut asked = 0_u32;
        let mut taken = Duration::ZERO;
        while taken < ROUND {
            // Reading the clock takes time, so it is read after every hundred look-ups.
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

/// Milliseconds of one call, in the best of five.
pub fn milliseconds<T>(mut act: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = now();
        black_box(act());
        best = best.min(now().saturating_sub(start).as_secs_f64() * 1e3);
    }
    best
}

/// The processor time of this thread, without the time of other programs.
#[cfg(not(target_os = "wasi"))]
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The same from a WASI host.
#[cfg(target_os = "wasi")]
fn now() -> Duration {
    const THREAD_CPUTIME: u32 = 3;
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn clock_time_get(clock: u32, precision: u64, nanoseconds: *mut u64) -> u16;
    }
    let mut nanoseconds = 0;
    // SAFETY: the pointer is to a local number.
    unsafe { clock_time_get(THREAD_CPUTIME, 1, &raw mut nanoseconds) };
    Duration::from_nanos(nanoseconds)
}
