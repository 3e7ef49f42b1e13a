//! Rounds of measurements. Every variant has a turn in each round, so that disturbances affect all
//! of them equally.

use std::time::Duration;

use corsac_testbed::{Error, Result};

use super::measured_envoy::MeasuredEnvoy;
use super::traffic::Traffic;
use super::variant::Variant;
use crate::h2load::{Load, Statuses};
use crate::process;
use crate::quiet_turns::{Turn, quiet};
use crate::statistics::Spread;

/// The processor time of one turn: much longer than the start of h2load, which shows whether a turn
/// was quiet, and short enough to fit between the disturbances by other tenants of the machine.
const TURN: Duration = Duration::from_millis(100);
/// Requests before the first round, since V8 optimizes code that runs often.
const WARM_UP: usize = 2000;
/// The least and the most requests of a turn.
const REQUESTS: (usize, usize) = (40, 20_000);

/// Turns in each round for variants near the floor, whose ratios need the smallest error.
const TURNS_NEAR_THE_FLOOR: usize = 4;

/// The measurements of one variant under one kind of traffic.
pub struct Cell {
    pub traffic: Traffic,
    pub variant: Variant,
    /// Processor time of Envoy's worker, and of an external processor, in microseconds per request,
    /// for each quiet turn.
    pub samples: Vec<f64>,
    /// The requests of a turn.
    pub requests: usize,
}

/// All cells of a run.
pub struct Measurements(pub Vec<Cell>);

impl Measurements {
    pub fn cell(&self, traffic: Traffic, variant: &Variant) -> Option<&Cell> {
        self.0.iter().find(|cell| cell.traffic == traffic && cell.variant == *variant)
    }

    /// Whether anything was measured under that traffic.
    pub fn has(&self, traffic: Traffic) -> bool {
        self.0.iter().any(|cell| cell.traffic == traffic)
    }

    /// The measured variants, each once.
    pub fn variants(&self) -> Vec<&Variant> {
        let mut variants: Vec<&Variant> = Vec::new();
        for cell in &self.0 {
            if !variants.contains(&&cell.variant) {
                variants.push(&cell.variant);
            }
        }
        variants
    }

    /// The measured modules of Corsac, by label.
    pub fn labels(&self) -> Vec<Option<String>> {
        let mut labels: Vec<Option<String>> = Vec::new();
        for cell in &self.0 {
            if let Variant::Corsac(_, label) = &cell.variant
                && !labels.contains(label)
            {
                labels.push(label.clone());
            }
        }
        labels
    }

    /// The time of a whole request, in microseconds.
    pub fn total(&self, traffic: Traffic, variant: &Variant) -> Option<Spread> {
        Spread::of(&self.cell(traffic, variant)?.samples)
    }

    /// The price of one filter in microseconds per request: the difference from the chain without
    /// it, divided by the number of copies.
    pub fn price(&self, traffic: Traffic, variant: &Variant) -> Option<Spread> {
        let (with, without) = (self.total(traffic, variant)?, self.total(traffic, &Variant::Nothing)?);
        Some(with.difference(without, f64::from(u32::try_from(variant.copies(traffic)).ok()?)))
    }

    /// The time per request for the entries at the begin and the end of its context, in
    /// microseconds.
    pub fn contexts(&self, traffic: Traffic) -> Option<f64> {
        let with = self.price(traffic, &Variant::HostCallsAndContexts)?;
        Some(with.median - self.price(traffic, &Variant::HostCalls)?.median)
    }
}

/// Measures these pairs. Prints its progress to standard error.
pub fn run(envoy: &MeasuredEnvoy, cells: Vec<(Traffic, Variant)>, rounds: usize) -> Result<Measurements> {
    let mut series = Vec::new();
    for (traffic, variant) in cells {
        let requests = calibrate(envoy, traffic, &variant)?;
        series.push((Cell { traffic, variant, samples: Vec::new(), requests }, Vec::new()));
    }
    let count = series.len();
    for round in 0..rounds {
        eprint!("\rround {} of {rounds} ", round + 1);
        for turn in 0..count {
            // Every round begins with another cell.
            let (cell, turns) = &mut series[(turn + round * 7) % count];
            let times = if cell.variant.is_near_the_floor() { TURNS_NEAR_THE_FLOOR } else { 1 };
            for _ in 0..times {
                turns.push(turn_of(envoy, cell.traffic, &cell.variant, cell.requests)?);
            }
        }
    }
    eprintln!();
    let measured = |(cell, turns): (Cell, Vec<Turn>)| Cell { samples: quiet(&turns), ..cell };
    Ok(Measurements(series.into_iter().map(measured).collect()))
}

/// Warms up. Returns the number of requests for a turn.
fn calibrate(envoy: &MeasuredEnvoy, traffic: Traffic, variant: &Variant) -> Result<usize> {
    let first = turn_of(envoy, traffic, variant, REQUESTS.0)?.microseconds;
    let fitting = |taken: f64| {
        // At least a microsecond each, so that the number stays small.
        let requests = TURN.as_micros().checked_div(Duration::from_secs_f64(taken.max(1.0) / 1e6).as_micros());
        usize::try_from(requests.unwrap_or(1)).unwrap_or(REQUESTS.1).clamp(REQUESTS.0, REQUESTS.1)
    };
    // Slower than later, since V8 has optimized nothing yet.
    let warm = turn_of(envoy, traffic, variant, (fitting(first) * 4).min(WARM_UP))?.microseconds;
    Ok(fitting(warm))
}

/// One turn, in microseconds per request.
fn turn_of(envoy: &MeasuredEnvoy, traffic: Traffic, variant: &Variant, requests: usize) -> Result<Turn> {
    let headers = traffic.headers();
    let load =
        Load { address: envoy.address(traffic, variant)?, method: traffic.method(), headers: &headers, requests };
    let (before, client_before) = (envoy.time(variant)?, process::time_of_children());
    let statuses = load.run()?;
    let taken = envoy.time(variant)?.saturating_sub(before);
    let client = process::time_of_children().saturating_sub(client_before);
    check(traffic, variant, statuses)?;
    let microseconds = taken.as_secs_f64() * 1e6 / f64::from(u32::try_from(requests).unwrap_or(u32::MAX));
    Ok(Turn { microseconds, client })
}

/// Rejects wrong answers, which could be fast.
fn check(traffic: Traffic, variant: &Variant, statuses: Statuses) -> Result<()> {
    let is_refused = traffic == Traffic::PreflightRefused && variant.answers_as_corsac();
    let refused = if is_refused { statuses.refused } else { statuses.ok };
    if refused == statuses.all() {
        return Ok(());
    }
    Err(Error::new(format!("{} under \"{}\" answers unexpectedly: {statuses:?}.", variant.id(), traffic.id())))
}
