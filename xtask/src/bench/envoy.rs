//! What a long list costs inside Envoy: memory of the process, and processor time of each virtual machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use corsac_bench::{entry, origins, policy};
use corsac_testbed::config::{Bootstrap, Configuration, Listener, filter};
use corsac_testbed::envoy::Binary;
use corsac_testbed::upstream::Upstream;

use super::stub;
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
    fs::write(&stub, stub::module()).map_err(|error| format!("{} cannot be written: {error}.", stub.display()))?;
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
        let taken = start(module, configuration).map_err(|error| error.to_string())?;
        best = Taken { memory: best.memory.min(taken.memory), time: best.time.min(taken.time) };
    }
    Ok(best)
}

fn start(module: &Path, configuration: &str) -> corsac_testbed::Result<Taken> {
    let upstream = Upstream::start()?;
    let configuration = Configuration::Text(configuration.to_owned());
    let listener = Listener::new("front").filter(filter::corsac(module, &configuration));
    let envoy = Binary::find()?.start(&Bootstrap::new(upstream.address()).listener(listener))?;
    let folder = Path::new("/proc").join(envoy.process().to_string());
    let status = fs::read_to_string(folder.join("status"))?;
    let stat = fs::read_to_string(folder.join("stat"))?;
    Ok(Taken { memory: resident(&status).unwrap_or(f64::NAN), time: processor_time(&stat).unwrap_or(f64::NAN) })
}

/// MB, of 1,000,000 bytes.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

/// User and system time (proc(5): fields 14 and 15, in clock ticks), in milliseconds.
fn processor_time(stat: &str) -> Option<f64> {
    // The second field, the program's name, may hold spaces; it ends with the last parenthesis.
    let (_, behind_name) = stat.rsplit_once(") ")?;
    let mut fields = behind_name.split_whitespace().skip(11).map(str::parse::<f64>);
    let ticks = fields.next()?.ok()? + fields.next()?.ok()?;
    Some(ticks * 1000.0 / ticks_a_second())
}

fn ticks_a_second() -> f64 {
    let output = Command::new("getconf").arg("CLK_TCK").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().and_then(|text| text.parse().ok()).unwrap_or(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_spaces_and_parentheses() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 0 1 0 0 0 30 12 0 0 20";
        assert_eq!(processor_time(stat), Some(420.0 / ticks_a_second() * 100.0));
    }

    #[test]
    fn resident_memory_is_in_megabytes() {
        assert_eq!(resident("VmHWM:\t  9 kB\nVmRSS:\t    1000 kB\n"), Some(1.024));
    }
}
