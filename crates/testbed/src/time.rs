//! Waiting for a condition, with a deadline.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{Error, Result};

/// The longest time that anything immediate may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Calls `question` until it returns an answer.
///
/// # Errors
/// If it returns none within `deadline`. The error says that `what` did not happen.
pub fn poll<T>(deadline: Duration, what: &str, mut question: impl FnMut() -> Option<T>) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(answer) = question() {
            return Ok(answer);
        }
        if Instant::now() >= end {
            return Err(Error::new(format!("{what}: not within {deadline:?}")));
        }
        thread::sleep(Duration::from_millis(3));
    }
}
