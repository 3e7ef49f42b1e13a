//! Turns without disturbance. A rented machine shares its cores with other tenants. While they
//! work, everything takes half as long again or more, and averages over such moments cannot tell
//! two filters apart.

use std::process::{self, Command};
use std::time::Duration;

use corsac_testbed::Result;

/// One of so many turns counts: the quietest ones.
const QUIET: usize = 10;

/// One turn: its result, and the processor time of the client. The client does the same work in
/// every turn, spread over the turn, so its time tells how fast the processor was.
#[derive(Clone, Copy)]
pub struct Turn {
    pub microseconds: f64,
    pub client: Duration,
}

/// The results of the quiet turns, among turns with the same work.
pub fn quiet(turns: &[Turn]) -> Vec<f64> {
    let mut sorted = turns.to_vec();
    sorted.sort_by_key(|turn| turn.client);
    sorted.truncate(turns.len().div_ceil(QUIET));
    sorted.into_iter().map(|turn| turn.microseconds).collect()
}

/// Binds this thread, and every program that it starts from now on, to the last processor. Client
/// and Envoy then take turns, and do not disturb each other as the two halves of a core do.
pub fn bind_to_one_processor() -> Result<()> {
    let last = std::thread::available_parallelism().map_or(0, |processors| processors.get() - 1).to_string();
    let bound = Command::new("taskset").args(["--pid", "--cpu-list", &last, &process::id().to_string()]).output();
    if bound.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err("taskset (Debian and Ubuntu: util-linux) could not bind this program to one processor.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turns_count_in_which_the_client_took_least() {
        let turn =
            |taken: u8| Turn { microseconds: f64::from(taken), client: Duration::from_micros(u64::from(taken ^ 8)) };
        let turns: Vec<Turn> = (0..20).map(turn).collect();
        assert_eq!(quiet(&turns), [8.0, 9.0]);
        assert_eq!(quiet(&turns[..1]), [0.0]);
        assert!(quiet(&[]).is_empty());
    }
}
