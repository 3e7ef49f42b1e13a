//! The probe: the plan's requests are sent, at a measured pace, and their answers kept.

use std::thread;
use std::time::{Duration, Instant};

use crate::ask::Ask;
use crate::http::Client;
use crate::observations::Observations;
use crate::plan::Plan;

/// What a probe may cost the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time from one request to the next, at least.
    pub interval: Duration,
    /// The most requests.
    pub requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { interval: Duration::from_millis(100), requests: 500 }
    }
}

/// What came of a probe.
#[derive(Debug)]
pub struct Outcome {
    /// Every request that was sent.
    pub seen: Observations,
    /// How many requests were left out by the limit.
    pub left_out: usize,
}

/// Sends the requests of a plan. `progress` hears how many were sent, and how many are known of.
///
/// # Errors
/// A sentence, if the first request is not answered: the server is not there.
pub fn probe(
    plan: &Plan,
    client: &Client,
    limits: Limits,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, String> {
    let mut seen = Observations::default();
    let mut pace = Pace { interval: limits.interval, next: Instant::now() };
    loop {
        let asks: Vec<Ask> = new_asks(plan, &seen);
        if asks.is_empty() {
            return Ok(Outcome { seen, left_out: 0 });
        }
        let room = limits.requests.saturating_sub(seen.len());
        let (known, left_out) = (seen.len() + asks.len(), asks.len().saturating_sub(room));
        for ask in asks.into_iter().take(room) {
            pace.wait();
            let outcome = client.send(&ask);
            if let (true, Err(error)) = (seen.is_empty(), &outcome) {
                return Err(error.clone());
            }
            seen.record(ask, outcome);
            progress(seen.len(), known);
        }
        if left_out > 0 {
            return Ok(Outcome { seen, left_out });
        }
    }
}

/// The requests that were not sent yet, each once.
fn new_asks(plan: &Plan, seen: &Observations) -> Vec<Ask> {
    let mut new: Vec<Ask> = Vec::new();
    for ask in plan.asks(seen) {
        if !seen.has(&ask) && !new.contains(&ask) {
            new.push(ask);
        }
    }
    new
}

/// Keeps requests apart.
struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    fn wait(&mut self) {
        thread::sleep(self.next.saturating_duration_since(Instant::now()));
        self.next = Instant::now() + self.interval;
    }
}
