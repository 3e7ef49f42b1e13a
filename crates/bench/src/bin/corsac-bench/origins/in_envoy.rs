//! The cost of a long list inside Envoy: memory, and processor time at the start.

use std::fs;
use std::path::Path;

use corsac_bench::{entry, origins, policy};
use corsac_testbed::config::{Bootstrap, Configuration, Listener, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{Error, Result, module, target};

use crate::document::table;
use crate::probe::Probe;
use crate::process::Process;

/// The origins of the long list.
const ORIGINS: usize = 100_000;
/// The virtual machines that configure the filter if there is one worker: one for a trial, and
/// those of the main thread and of the worker.
const CONFIGURED: f64 = 3.0;
/// Those of them that stay.
const KEPT: f64 = 2.0;
/// The best of so many starts counts, since other programs disturb some of them.
const STARTS: usize = 5;

/// The resources that Envoy used until it could serve.
#[derive(Clone, Copy)]
struct EnvoyUsage {
    /// Resident memory, in MB.
    memory: f64,
    /// Processor time, in milliseconds.
    time: f64,
}

/// Envoy with a filter that reads nothing, and with Corsac.
struct Comparison {
    reads_nothing: EnvoyUsage,
    corsac: EnvoyUsage,
}

/// Measures Envoy with a short and a long list. Returns a table.
pub fn measure() -> Result<String> {
    let reads_nothing = target().join("corsac/reads-nothing.wasm");
    fs::write(&reads_nothing, Probe::idle().module()?)
        .map_err(|error| Error::new(format!("{} cannot be written: {error}.", reads_nothing.display())))?;
    let corsac = module()?;
    let compare = |count| {
        let configuration = policy(origins(count, 1).iter().map(|origin| entry(origin)));
        Ok::<_, Error>(Comparison {
            reads_nothing: best_start(&reads_nothing, &configuration)?,
            corsac: best_start(&corsac, &configuration)?,
        })
    };
    Ok(report(&compare(1)?, &compare(ORIGINS)?))
}

fn report(short: &Comparison, long: &Comparison) -> String {
    let row = |what: &str, quantity: &str, unit: &str, value: fn(&EnvoyUsage) -> f64, list: &Comparison| {
        let (reads_nothing, corsac) = (value(&list.reads_nothing), value(&list.corsac));
        let cells = [reads_nothing, corsac, corsac - reads_nothing].map(|number| format!("{number:.0} {unit}"));
        std::iter::once(format!("{what}: {quantity}")).chain(cells).collect::<Vec<String>>()
    };
    let mut rows = Vec::new();
    for (what, list) in [("1 origin", short), ("100,000 origins of 41 bytes", long)] {
        rows.push(row(what, "memory", "MB", |usage| usage.memory, list));
        rows.push(row(what, "processor time", "ms", |usage| usage.time, list));
    }
    let head = ["in Envoy, one worker", "a filter that reads nothing", "Corsac", "more"].map(str::to_owned);
    let (memory, time) = (long.added_memory() - short.added_memory(), long.added_time() - short.added_time());
    format!(
        "{}\nThe list alone, without the cost of a filter with one origin: {memory:.0} MB ({:.1} MB for each virtual machine that stays), {time:.0} ms ({:.0} ms for each configured one).\n",
        table(&head, &rows).unwrap_or_default(),
        memory / KEPT,
        time / CONFIGURED
    )
}

impl Comparison {
    fn added_memory(&self) -> f64 {
        self.corsac.memory - self.reads_nothing.memory
    }

    fn added_time(&self) -> f64 {
        self.corsac.time - self.reads_nothing.time
    }
}

fn best_start(module: &Path, configuration: &str) -> Result<EnvoyUsage> {
    let mut best = EnvoyUsage { memory: f64::INFINITY, time: f64::INFINITY };
    for _ in 0..STARTS {
        let envoy = start(module, configuration)?;
        let process = Process::new(envoy.process());
        let (memory, time) = (envoy.memory()?, process.time()?.as_secs_f64() * 1000.0);
        best = EnvoyUsage { memory: best.memory.min(memory), time: best.time.min(time) };
    }
    Ok(best)
}

fn start(module: &Path, configuration: &str) -> Result<Envoy> {
    let upstream = Upstream::start()?;
    let configuration = Configuration::Text(configuration.to_owned());
    let listener = Listener::new("front").filter(filter::corsac(module, &configuration));
    Binary::find()?.start(&Bootstrap::new(upstream.address()).listener(listener))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A report of made-up figures.
    pub fn example() -> String {
        let comparison = |memory| Comparison {
            reads_nothing: EnvoyUsage { memory: 80.0, time: 70.0 },
            corsac: EnvoyUsage { memory, time: 500.0 },
        };
        report(&comparison(100.0), &comparison(130.0))
    }

    #[test]
    fn the_report_tells_the_list_apart_from_the_filter() {
        let report = example();
        assert!(report.contains("| 1 origin: memory | 80 MB | 100 MB | 20 MB |"), "{report}");
        assert!(report.contains("one origin: 30 MB (15.0 MB for each virtual machine"), "{report}");
    }
}
