//! Waiting: always for something, never for a time.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{Error, Result};

/// How long anything that should happen at once may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Asks `question` again and again until it has an answer.
///
/// # Errors
/// When there is none within `deadline`; the error says that `what` did not happen.
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
