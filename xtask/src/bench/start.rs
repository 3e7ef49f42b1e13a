//! `cargo xtask bench start`: how long an Envoy with Corsac takes to its first answer, and the memory of each worker.

use std::time::Instant;

use corsac_bench::{entry, origins, policy};
use corsac_testbed::client::{Request, http1};
use corsac_testbed::config::{Action, Bootstrap, Listener, Route, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use serde_json::{Value, json};

use super::document;
use super::process::Process;
use super::statistics::Spread;
use super::table::table;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};

#[derive(clap::Args)]
pub struct Options {
    /// How often each Envoy is started.
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Write the table into docs/performance.md.
    #[arg(long)]
    write: bool,
}

/// The workers of the second start, which tells what one worker takes.
const WORKERS: u32 = 5;

/// What was measured of one configuration, start by start.
#[derive(Default)]
struct Samples {
    /// Milliseconds from the process's start to the first answer.
    first_answer: Vec<f64>,
    /// Milliseconds of processor time up to then.
    processor: Vec<f64>,
    /// MB of the process with one worker.
    memory: Vec<f64>,
    /// MB of each further worker.
    worker: Vec<f64>,
}

/// Prints a table: Envoy without a filter, and with Corsac and a short and a long list.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    let module = build_module::build(workspace)?.path;
    let corsac = |count| filter::corsac(&module, &list(count).as_str().into());
    let filters = [None, Some(corsac(10)), Some(corsac(100_000))];
    let mut samples: [Samples; 3] = Default::default();
    for round in 0..options.rounds {
        eprint!("\rround {} of {} ", round + 1, options.rounds);
        for (filter, samples) in filters.iter().zip(&mut samples) {
            measure(filter.as_ref(), samples)?;
        }
    }
    eprintln!();
    let text = report(&samples).ok_or("nothing was measured; --rounds must be at least 1.")?;
    println!("{text}");
    if options.write { document::write_section(&workspace.root, "start", &text) } else { Ok(()) }
}

fn list(count: usize) -> String {
    policy(origins(count, 1).iter().map(|origin| entry(origin)))
}

fn measure(filter: Option<&Value>, samples: &mut Samples) -> Outcome<()> {
    let begin = Instant::now();
    let envoy = start(filter, 1)?;
    let address = envoy.address("front").map_err(|error| error.to_string())?;
    let answer = http1::send(address, &Request::new("GET", "/"));
    let first_answer = begin.elapsed();
    if !answer.is_ok_and(|answer| answer.status == 200) {
        return Err("Envoy serves and does not answer.".to_owned());
    }
    let process = Process::new(envoy.process());
    let (processor, memory) = (process.time()?, process.memory()?);
    drop(envoy);
    let many = start(filter, WORKERS)?;
    let many = Process::new(many.process()).memory()?;
    samples.first_answer.push(first_answer.as_secs_f64() * 1e3);
    samples.processor.push(processor.as_secs_f64() * 1e3);
    samples.memory.push(memory);
    samples.worker.push((many - memory) / f64::from(WORKERS - 1));
    Ok(())
}

fn start(filter: Option<&Value>, workers: u32) -> Outcome<Envoy> {
    let answer = json!({ "status": 200, "body": { "inline_string": "ok" } });
    let route = Route { action: Action::Other("direct_response", answer), ..Route::default() };
    let listener = Listener::new("front").route(route);
    let listener = filter.into_iter().fold(listener, |listener, filter| listener.filter(filter.clone()));
    // No route leads to the upstream.
    let bootstrap = Bootstrap::new(([127, 0, 0, 1], 9).into()).listener(listener);
    let started = Binary::find().and_then(|binary| binary.start_with_workers(&bootstrap, workers));
    started.map_err(|error| error.to_string())
}

/// A row a quantity; the long list and the short one above the Envoy without a filter.
fn report(samples: &[Samples; 3]) -> Option<String> {
    let [without, short, long] = samples;
    let quantities = [
        ("time to the first answer, ms", [&without.first_answer, &short.first_answer, &long.first_answer]),
        ("processor time up to then, ms", [&without.processor, &short.processor, &long.processor]),
        ("memory with one worker, MB", [&without.memory, &short.memory, &long.memory]),
        ("memory of each further worker, MB", [&without.worker, &short.worker, &long.worker]),
    ];
    let mut rows = Vec::new();
    for (title, samples) in quantities {
        let [without, short, long] = samples.map(|samples| Spread::of(samples));
        let (without, short, long) = (without?, short?, long?);
        let mut row = vec![title.to_owned()];
        row.extend([without, short, long].map(|spread| format!("{:.1} ± {:.1}", spread.median, spread.around())));
        row.extend([short, long].map(|spread| format!("{:.1}", spread.median - without.median)));
        rows.push(row);
    }
    let head = ["Envoy", "no filter", "Corsac, 10 origins", "Corsac, 100,000 origins", "10: more", "100,000: more"];
    table(&head.map(str::to_owned), &rows)
}
