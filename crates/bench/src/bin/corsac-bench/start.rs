//! `cargo xtask bench start`: the time until the first answer of an Envoy with Corsac, and the
//! memory of each worker.

use std::path::Path;
use std::time::Instant;

use corsac_bench::{entry, origins, policy};
use corsac_testbed::Result;
use corsac_testbed::client::{Request, http1};
use corsac_testbed::config::{Action, Bootstrap, Listener, Route, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use serde_json::{Value, json};

use crate::document::{self, table};
use crate::process::Process;
use crate::statistics::Spread;

#[derive(clap::Args)]
pub struct Options {
    /// How often each Envoy starts.
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Write the table into docs/performance.md.
    #[arg(long)]
    write: bool,
}

/// The workers of the second start, from which the memory of one worker follows.
const WORKERS: u32 = 5;

/// The measurements of one configuration, start by start.
#[derive(Default)]
struct StartSamples {
    /// Milliseconds from the process's start to the first answer.
    first_answer: Vec<f64>,
    /// Milliseconds of processor time until then.
    processor: Vec<f64>,
    /// MB of the process with one worker.
    memory: Vec<f64>,
    /// MB of each further worker.
    worker: Vec<f64>,
}

/// The measured Envoys: without a filter, and with each module and a short and a long list.
const ENVOYS: [&str; 5] =
    ["no filter", "Wasm, 10 origins", "Wasm, 100,000 origins", "native, 10 origins", "native, 100,000 origins"];

/// Measures each of [`ENVOYS`]. Prints a table.
pub fn run(options: &Options) -> Result<()> {
    let (wasm, native) = (corsac_testbed::module()?, corsac_testbed::native_module()?);
    let corsac = |module: &Path, count| Some(filter::corsac(module, &list(count).as_str().into()));
    let filters = [None, corsac(&wasm, 10), corsac(&wasm, 100_000), corsac(&native, 10), corsac(&native, 100_000)];
    let mut samples: [StartSamples; ENVOYS.len()] = Default::default();
    for round in 0..options.rounds {
        eprint!("\rround {} of {} ", round + 1, options.rounds);
        for (filter, samples) in filters.iter().zip(&mut samples) {
            measure(filter.as_ref(), samples)?;
        }
    }
    eprintln!();
    let text = report(&samples).ok_or("nothing was measured. --rounds must be at least 1.")?;
    println!("{text}");
    if options.write { document::write_section("start", &text) } else { Ok(()) }
}

fn list(count: usize) -> String {
    policy(origins(count, 1).iter().map(|origin| entry(origin)))
}

fn measure(filter: Option<&Value>, samples: &mut StartSamples) -> Result<()> {
    let begin = Instant::now();
    let envoy = start(filter, 1)?;
    let address = envoy.address("front")?;
    let answer = http1::send(address, &Request::new("GET", "/"));
    let first_answer = begin.elapsed();
    if !answer.is_ok_and(|answer| answer.status == 200) {
        return Err("Envoy is ready but does not answer.".into());
    }
    let process = Process::new(envoy.process());
    let (processor, memory) = (process.time()?, envoy.memory()?);
    drop(envoy);
    let many = start(filter, WORKERS)?;
    let many = many.memory()?;
    samples.first_answer.push(first_answer.as_secs_f64() * 1e3);
    samples.processor.push(processor.as_secs_f64() * 1e3);
    samples.memory.push(memory);
    samples.worker.push((many - memory) / f64::from(WORKERS - 1));
    Ok(())
}

fn start(filter: Option<&Value>, workers: u32) -> Result<Envoy> {
    let answer = json!({ "status": 200, "body": { "inline_string": "ok" } });
    let route = Route { action: Action::Other("direct_response", answer), ..Route::default() };
    let listener = Listener::new("front").route(route);
    let listener = filter.into_iter().fold(listener, |listener, filter| listener.filter(filter.clone()));
    // No route uses the upstream.
    let bootstrap = Bootstrap::new(([127, 0, 0, 1], 9).into()).listener(listener);
    Binary::find()?.start_with_workers(&bootstrap, workers)
}

/// A row for each Envoy, and a column for each quantity. In parentheses is what the Envoy has more
/// than the one without a filter.
fn report(samples: &[StartSamples; ENVOYS.len()]) -> Option<String> {
    let quantities: [fn(&StartSamples) -> &[f64]; 4] = [
        |samples| &samples.first_answer,
        |samples| &samples.processor,
        |samples| &samples.memory,
        |samples| &samples.worker,
    ];
    let mut rows = Vec::new();
    for (number, (name, measured)) in ENVOYS.into_iter().zip(samples).enumerate() {
        let mut row = vec![name.to_owned()];
        for quantity in quantities {
            let (here, without) = (Spread::of(quantity(measured))?, Spread::of(quantity(&samples[0]))?);
            let more = if number == 0 { String::new() } else { format!(" ({:+.1})", here.median - without.median) };
            row.push(format!("{:.1} ± {:.1}{more}", here.median, here.around()));
        }
        rows.push(row);
    }
    let head = ["Envoy", "first answer, ms", "processor, ms", "memory, MB", "each further worker, MB"];
    table(&head.map(str::to_owned), &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::{form, section};

    #[test]
    fn the_document_has_the_form_of_the_report() {
        let samples =
            || StartSamples { first_answer: vec![70.0], processor: vec![66.0], memory: vec![67.0], worker: vec![0.5] };
        let report = report(&std::array::from_fn(|_| samples())).expect("a report");
        assert_eq!(form(&section("start")), form(report.trim()));
    }
}
