//! Turns in which nobody disturbs. A rented machine's core is shared with other tenants: while they work, everything here takes
//! half as long again or more, and no average over such moments tells two filters apart.

use std::process::{self, Command};
use std::time::Duration;

use crate::Outcome;

/// The quietest tenth of the turns counts.
const QUIET: usize = 10;

/// One turn: what it has shown, and the processor time of the program that asked. That program does the same work in every
/// turn, a little of it between any two answers, so that it tells how fast the processor was all the while.
#[derive(Clone, Copy)]
pub struct Turn {
    pub taken: f64,
    pub asking: Duration,
}

/// What the quiet ones among some turns with the same work have shown.
pub fn quiet(turns: &[Turn]) -> Vec<f64> {
    let mut sorted = turns.to_vec();
    sorted.sort_by_key(|turn| turn.asking);
    sorted.truncate(turns.len().div_ceil(QUIET));
    sorted.into_iter().map(|turn| turn.taken).collect()
}

/// Binds this thread, and every program that it starts from now on, to the last processor: who asks and who answers take
/// turns on it, and do not disturb each other as two halves of a core.
pub fn bind_to_one_processor() -> Outcome<()> {
    let last = std::thread::available_parallelism().map_or(0, |processors| processors.get() - 1).to_string();
    let bound = Command::new("taskset").args(["--pid", "--cpu-list", &last, &process::id().to_string()]).output();
    if bound.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err("taskset (Debian and Ubuntu: util-linux) could not bind this program to one processor.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turns_count_in_which_asking_took_least() {
        let turn = |taken: u8| Turn { taken: f64::from(taken), asking: Duration::from_micros(u64::from(taken ^ 8)) };
        let turns: Vec<Turn> = (0..20).map(turn).collect();
        assert_eq!(quiet(&turns), [8.0, 9.0]);
        assert_eq!(quiet(&turns[..1]), [0.0]);
        assert!(quiet(&[]).is_empty());
    }
}
