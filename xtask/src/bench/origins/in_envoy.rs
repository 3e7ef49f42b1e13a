//! What a long list costs inside Envoy: memory of the process, and processor time of each virtual machine.

use std::fs;
use std::path::Path;

use corsac_bench::{entry, origins, policy};
use corsac_testbed::config::{Bootstrap, Configuration, Listener, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::upstream::Upstream;

use crate::bench::probe::Probe;
use crate::bench::process::Process;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};

/// As the contract's target has it.
const ORIGINS: usize = 100_000;
/// Virtual machines that configure the filter with one worker: a trial one, the main thread's and the worker's.
const CONFIGURED: f64 = 3.0;
/// Of these, the ones that stay.
const KEPT: f64 = 2.0;
/// Starts of which the best counts: the machine is rarely alone.
const STARTS: usize = 5;

/// What a started Envoy took.
#[derive(Clone, Copy)]
struct Taken {
    /// Resident memory, in MB.
    memory: f64,
    /// Processor time up to the first request that could be served, in milliseconds.
    time: f64,
}

/// Prints a table: Envoy with a filter that reads nothing, and with Corsac.
pub fn run(workspace: &Workspace) -> Outcome<()> {
    let corsac = build_module::build(workspace)?.path;
    let stub = workspace.target.join("corsac/stub.wasm");
    fs::write(&stub, Probe::idle().module()?)
        .map_err(|error| format!("{} cannot be written: {error}.", stub.display()))?;
    let short = policy(origins(1, 1).iter().map(|origin| entry(origin)));
    let long = policy(origins(ORIGINS, 1).iter().map(|origin| entry(origin)));
    println!("| in Envoy, one worker | a filter that reads nothing | Corsac | more |");
    println!("|:--|--:|--:|--:|");
    let fixed = compare("1 origin", &stub, &corsac, &short)?;
    let long = compare("100,000 origins of 41 bytes", &stub, &corsac, &long)?;
    let (memory, time) = (long.memory - fixed.memory, long.time - fixed.time);
    println!(
        "\nThe list alone, above what the filter costs with one origin: {memory:.0} MB ({:.1} MB a virtual machine kept), {time:.0} ms ({:.0} ms a virtual machine configured).\n",
        memory / KEPT,
        time / CONFIGURED
    );
    Ok(())
}

/// Prints two rows; gives back how much more Corsac takes.
fn compare(what: &str, stub: &Path, corsac: &Path, configuration: &str) -> Outcome<Taken> {
    let nothing = measure(stub, configuration)?;
    let ours = measure(corsac, configuration)?;
    let more = Taken { memory: ours.memory - nothing.memory, time: ours.time - nothing.time };
    println!("| {what}: memory | {:.0} MB | {:.0} MB | {:.0} MB |", nothing.memory, ours.memory, more.memory);
    println!("| {what}: processor time | {:.0} ms | {:.0} ms | {:.0} ms |", nothing.time, ours.time, more.time);
    Ok(more)
}

fn measure(module: &Path, configuration: &str) -> Outcome<Taken> {
    let mut best = Taken { memory: f64::INFINITY, time: f64::INFINITY };
    for _ in 0..STARTS {
        let taken = start(module, configuration)?;
        best = Taken { memory: best.memory.min(taken.memory), time: best.time.min(taken.time) };
    }
    Ok(best)
}

fn start(module: &Path, configuration: &str) -> Outcome<Taken> {
    let envoy = envoy(module, configuration).map_err(|error| error.to_string())?;
    let process = Process::new(envoy.process());
    Ok(Taken { memory: process.memory()?, time: process.time()?.as_secs_f64() * 1000.0 })
}

fn envoy(module: &Path, configuration: &str) -> corsac_testbed::Result<Envoy> {
    let upstream = Upstream::start()?;
    let configuration = Configuration::Text(configuration.to_owned());
    let listener = Listener::new("front").filter(filter::corsac(module, &configuration));
    Binary::find()?.start(&Bootstrap::new(upstream.address()).listener(listener))
}
