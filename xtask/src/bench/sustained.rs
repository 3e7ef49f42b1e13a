//! `cargo xtask bench sustained`: minutes of load while the policy is replaced every second. Memory is to stay flat, and
//! every request is to be answered with a success.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use corsac_bench::{entry, origins, policy};
use corsac_testbed::config::{Action, Bootstrap, Listener, Route, filter};
use corsac_testbed::envoy::{Binary, Envoy, Update};
use serde_json::{Value, json};

use super::document;
use super::envoy::kind::{ALLOWED, Kind};
use super::load::{self, Load, Statuses};
use super::process::Process;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};

#[derive(clap::Args)]
pub struct Options {
    /// How long.
    #[arg(long, default_value_t = 120)]
    seconds: usize,
    /// By how many percent memory may grow after the first quarter.
    #[arg(long, default_value_t = 5.0)]
    growth: f64,
    /// Write what came of it into docs/performance.md.
    #[arg(long)]
    write: bool,
}

/// The kinds of traffic that are answered with a success, one after another.
const KINDS: [Kind; 4] = [Kind::NoOrigin, Kind::Allowed, Kind::Refused, Kind::PreflightAllowed];
/// Requests of one kind before the next has its turn.
const REQUESTS: usize = 10_000;
/// Origins of each policy.
const ORIGINS: usize = 1000;
const WORKERS: u32 = 2;

/// Runs it, prints what came of it; memory that grew, or a request without success, is an error.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    load::ensure()?;
    let module = build_module::build(workspace)?.path;
    let filter = |number: usize| filter::corsac(&module, &changing_policy(number).as_str().into());
    let mut envoy = start(&filter(0)).map_err(|error| error.to_string())?;
    let address = envoy.address("front").map_err(|error| error.to_string())?;
    let ended = AtomicBool::new(false);
    let (memory, answered) = thread::scope(|scope| {
        let load = scope.spawn(|| keep_asking(address, &ended));
        let memory = keep_replacing(&mut envoy, options.seconds, &filter);
        ended.store(true, Ordering::Relaxed);
        let answered = load.join().map_err(|_| "the load has ended early.".to_owned());
        Ok::<_, String>((memory?, answered??))
    })?;
    let text = report(&envoy, &memory, answered, options.growth)?;
    println!("{text}");
    if options.write { document::write_section(&workspace.root, "sustained", &text) } else { Ok(()) }
}

/// A list that is another one each time, but for one origin.
fn changing_policy(number: usize) -> String {
    let list = origins(ORIGINS - 1, number as u64);
    policy(list.iter().map(String::as_str).chain([ALLOWED]).map(entry))
}

fn start(filter: &Value) -> corsac_testbed::Result<Envoy> {
    let answer = json!({ "status": 200, "body": { "inline_string": "ok" } });
    let route = Route { action: Action::Other("direct_response", answer), ..Route::default() };
    let listener = Listener::new("front").route(route).filter(filter::discovered()).manager("access_log", json!([]));
    // No route leads to the upstream.
    let bootstrap = Bootstrap::new(([127, 0, 0, 1], 9).into()).listener(listener).discovering(filter.clone());
    Binary::find()?.start_with_workers(&bootstrap, WORKERS)
}

/// Every kind of traffic in turn, until the end.
fn keep_asking(address: SocketAddr, ended: &AtomicBool) -> Outcome<Statuses> {
    let mut sum = Statuses::default();
    for kind in KINDS.into_iter().cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let headers = kind.headers();
        let load = Load { address, method: kind.method(), headers: &headers, urls: None, requests: REQUESTS };
        sum += load.run()?;
    }
    Ok(sum)
}

/// Another policy every second; gives the memory of the process after each, in MB.
fn keep_replacing(envoy: &mut Envoy, seconds: usize, filter: &impl Fn(usize) -> Value) -> Outcome<Vec<f64>> {
    let process = Process::new(envoy.process());
    let mut memory = Vec::new();
    let begin = Instant::now();
    for number in 1..=seconds {
        let due = Duration::from_secs(number as u64);
        thread::sleep(due.saturating_sub(begin.elapsed()));
        let update = envoy.update_filter(&filter(number)).map_err(|error| error.to_string())?;
        if update != Update::Accepted {
            return Err(format!("Envoy refuses policy {number}:\n{}", envoy.log()));
        }
        memory.push(process.memory()?);
        eprint!("\r{number} s of {seconds}: {:.0} MB ", memory[number - 1]);
    }
    eprintln!();
    Ok(memory)
}

fn report(envoy: &Envoy, memory: &[f64], answered: Statuses, growth: f64) -> Outcome<String> {
    let stat = |name: &str| envoy.stat(name).map_err(|error| error.to_string());
    let replaced = stat("extension_config_discovery.http_filter.corsac.config_reload")?;
    let quarter = memory.len() / 4;
    let (Some(&first), Some(&last)) = (memory.get(quarter), memory.last()) else {
        return Err("that is too short to tell anything.".to_owned());
    };
    let most = memory[quarter..].iter().copied().fold(first, f64::max);
    let grown = (last / first - 1.0) * 100.0;
    if answered.ok != answered.all() {
        return Err(format!("not every request was answered with a success: {answered:?}."));
    }
    if grown > growth {
        return Err(format!("memory has grown by {grown:.1} % after the first quarter: {first:.0} to {last:.0} MB."));
    }
    Ok(format!(
        "{} s, {WORKERS} workers, {replaced} policies of {ORIGINS} origins taken over (Envoy's own count): {} requests, {} of \
         them answered with 2xx, none with anything else. Memory {first:.0} MB after a quarter of the time, {last:.0} MB at \
         the end ({grown:+.1} %), {most:.0} MB at most in between.",
        memory.len(),
        answered.all(),
        answered.ok,
    ))
}

#[cfg(test)]
mod tests {
    use corsac_policy::{Tools, compile};

    use super::*;

    #[test]
    fn every_policy_is_another_one_and_all_allow_the_origin_that_is_asked() {
        assert_ne!(changing_policy(1), changing_policy(2));
        for number in 0..3 {
            let text = changing_policy(number);
            assert!(text.contains(ALLOWED) && compile(text.as_bytes(), &Tools::default()).is_ok());
        }
    }
}
