//! Rounds: every variant has its turn in each, so that whatever else the machine does hits all of them alike.

use std::time::Duration;

use super::kind::Kind;
use super::stage::Stage;
use super::variant::Variant;
use crate::Outcome;
use crate::bench::load::{Load, Statuses};
use crate::bench::process;
use crate::bench::quiet::{Turn, quiet};
use crate::bench::statistics::Spread;

/// Processor time that one turn should take: long against the start of the program that asks, by which a turn is known for a
/// quiet one; short enough to fit between the moments in which the machine's other tenants work.
const TURN: Duration = Duration::from_millis(100);
/// Requests before the first round: V8 optimises code that runs often.
const WARM_UP: usize = 2000;
/// The least and the most requests of a turn.
const REQUESTS: (usize, usize) = (40, 20_000);

/// Turns in a round of what is compared with the floors: ratios of small numbers want to be told best.
const TURNS_NEAR_THE_FLOOR: usize = 4;

/// What was measured of one variant under one kind of traffic.
pub struct Cell {
    pub kind: Kind,
    pub variant: Variant,
    /// Processor time of Envoy's worker in microseconds a request, in each quiet turn.
    pub samples: Vec<f64>,
    /// How many requests a turn has.
    pub requests: usize,
}

/// All cells of a run.
pub struct Measured(pub Vec<Cell>);

impl Measured {
    pub fn cell(&self, kind: Kind, variant: &Variant) -> Option<&Cell> {
        self.0.iter().find(|cell| cell.kind == kind && cell.variant == *variant)
    }

    /// Whether anything was measured under that kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.0.iter().any(|cell| cell.kind == kind)
    }

    /// What was measured, each once.
    pub fn variants(&self) -> Vec<&Variant> {
        let mut variants: Vec<&Variant> = Vec::new();
        for cell in &self.0 {
            if !variants.contains(&&cell.variant) {
                variants.push(&cell.variant);
            }
        }
        variants
    }

    /// The modules of Corsac that were measured.
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

    /// What a request takes in all, in microseconds.
    pub fn total(&self, kind: Kind, variant: &Variant) -> Option<Spread> {
        Spread::of(&self.cell(kind, variant)?.samples)
    }

    /// What one filter costs in microseconds a request: the difference from the chain without it, divided by the number of
    /// copies.
    pub fn price(&self, kind: Kind, variant: &Variant) -> Option<Spread> {
        let (with, without) = (self.total(kind, variant)?, self.total(kind, &Variant::Nothing)?);
        Some(with.above(without, f64::from(u32::try_from(kind.copies()).ok()?)))
    }

    /// What a request takes for entering a module when its context begins and when it ends, in microseconds.
    pub fn contexts(&self, kind: Kind) -> Option<f64> {
        let with = self.price(kind, &Variant::HostCallsAndContexts)?;
        Some(with.median - self.price(kind, &Variant::HostCalls)?.median)
    }
}

/// Measures these pairs in so many rounds. Prints to the error output how far it is.
pub fn run(stage: &Stage, cells: Vec<(Kind, Variant)>, rounds: usize) -> Outcome<Measured> {
    let mut courses = Vec::new();
    for (kind, variant) in cells {
        let requests = calibrate(stage, kind, &variant)?;
        courses.push((Cell { kind, variant, samples: Vec::new(), requests }, Vec::new()));
    }
    let count = courses.len();
    for round in 0..rounds {
        eprint!("\rround {} of {rounds} ", round + 1);
        for turn in 0..count {
            // Every round begins elsewhere.
            let (cell, turns) = &mut courses[(turn + round * 7) % count];
            let times = if cell.variant.is_near_the_floor() { TURNS_NEAR_THE_FLOOR } else { 1 };
            for _ in 0..times {
                turns.push(turn_of(stage, cell.kind, &cell.variant, cell.requests)?);
            }
        }
    }
    eprintln!();
    let measured = |(cell, turns): (Cell, Vec<Turn>)| Cell { samples: quiet(&turns), ..cell };
    Ok(Measured(courses.into_iter().map(measured).collect()))
}

/// Warms up; gives how many requests make a turn.
fn calibrate(stage: &Stage, kind: Kind, variant: &Variant) -> Outcome<usize> {
    let first = turn_of(stage, kind, variant, REQUESTS.0)?.taken;
    let fitting = |taken: f64| {
        // At least a microsecond each, so that the number is a small one.
        let requests = TURN.as_micros().checked_div(Duration::from_secs_f64(taken.max(1.0) / 1e6).as_micros());
        usize::try_from(requests.unwrap_or(1)).unwrap_or(REQUESTS.1).clamp(REQUESTS.0, REQUESTS.1)
    };
    // Slower than it will be: V8 has not optimised anything yet.
    let warm = turn_of(stage, kind, variant, (fitting(first) * 4).min(WARM_UP))?.taken;
    Ok(fitting(warm))
}

/// Microseconds a request.
fn turn_of(stage: &Stage, kind: Kind, variant: &Variant, requests: usize) -> Outcome<Turn> {
    let headers = kind.headers();
    let load =
        Load { address: stage.address(kind, variant)?, method: kind.method(), headers: &headers, urls: None, requests };
    let process = stage.process();
    let (before, before_asking) = (process.workers_time()?, process::time_of_children());
    let statuses = load.run()?;
    let taken = process.workers_time()?.saturating_sub(before);
    let asking = process::time_of_children().saturating_sub(before_asking);
    check(kind, variant, statuses)?;
    Ok(Turn { taken: taken.as_secs_f64() * 1e6 / f64::from(u32::try_from(requests).unwrap_or(u32::MAX)), asking })
}

/// A benchmark of wrong answers would be fast.
fn check(kind: Kind, variant: &Variant, statuses: Statuses) -> Outcome<()> {
    let answers = matches!(variant, Variant::HostCalls | Variant::HostCallsAndContexts | Variant::Corsac(..));
    let refused = if kind == Kind::PreflightRefused && answers { statuses.refused } else { statuses.ok };
    if refused == statuses.all() {
        return Ok(());
    }
    Err(format!("{} under \"{}\" answers unexpectedly: {statuses:?}.", variant.id(), kind.id()))
}
