//! `cargo xtask bench sustained`: minutes of load while the policy changes every second. Memory
//! must stay constant, and every request must succeed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use corsac_bench::{entry, origins, policy};
use corsac_testbed::config::{Action, Bootstrap, Listener, Route, filter};
use corsac_testbed::envoy::{Binary, Envoy, Update};
use corsac_testbed::{Error, Result};
use serde_json::{Value, json};

use crate::document;
use crate::envoy::traffic::{ALLOWED, Traffic};
use crate::h2load::{self, Load, Statuses};

#[derive(clap::Args)]
pub struct Options {
    /// The duration.
    #[arg(long, default_value_t = 120)]
    seconds: usize,
    /// The allowed growth of memory after the first quarter, in percent.
    #[arg(long, default_value_t = 5.0)]
    growth: f64,
    /// Write the result into docs/performance.md.
    #[arg(long)]
    write: bool,
}

/// The traffic, one kind after another. Every kind succeeds.
const TRAFFIC: [Traffic; 4] = [Traffic::NoOrigin, Traffic::Allowed, Traffic::Refused, Traffic::PreflightAllowed];
/// Requests of one kind before the next kind.
const REQUESTS: usize = 10_000;
/// Origins of each policy.
const ORIGINS: usize = 1000;
const WORKERS: u32 = 2;

/// Measures and prints the result. Growing memory, or a request without success, is an error.
pub fn run(options: &Options) -> Result<()> {
    h2load::ensure()?;
    let module = corsac_testbed::module()?;
    let filter = |number: usize| filter::corsac(&module, &changing_policy(number).as_str().into());
    let mut envoy = start(&filter(0))?;
    let address = envoy.address("front")?;
    let ended = AtomicBool::new(false);
    let (memory, answered) = thread::scope(|scope| {
        let load = scope.spawn(|| keep_sending(address, &ended));
        let memory = keep_replacing(&mut envoy, options.seconds, &filter);
        ended.store(true, Ordering::Relaxed);
        let answered = load.join().map_err(|_| "the load has ended early.".to_owned());
        Ok::<_, Error>((memory?, answered??))
    })?;
    let text = Sustained::of(&envoy, &memory, answered, options.growth)?.report();
    println!("{text}");
    if options.write { document::write_section("sustained", &text) } else { Ok(()) }
}

/// A list that differs for each number, except for one origin.
fn changing_policy(number: usize) -> String {
    let list = origins(ORIGINS - 1, number as u64);
    policy(list.iter().map(String::as_str).chain([ALLOWED]).map(entry))
}

fn start(filter: &Value) -> corsac_testbed::Result<Envoy> {
    let answer = json!({ "status": 200, "body": { "inline_string": "ok" } });
    let route = Route { action: Action::Other("direct_response", answer), ..Route::default() };
    let listener = Listener::new("front").route(route).filter(filter::discovered()).manager("access_log", json!([]));
    // No route uses the upstream.
    let bootstrap = Bootstrap::new(([127, 0, 0, 1], 9).into()).listener(listener).discovering(filter.clone());
    Binary::find()?.start_with_workers(&bootstrap, WORKERS)
}

/// Sends every kind of traffic in turn, until the end.
fn keep_sending(address: SocketAddr, ended: &AtomicBool) -> Result<Statuses> {
    let mut sum = Statuses::default();
    for kind in TRAFFIC.into_iter().cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let headers = kind.headers();
        let load = Load { address, method: kind.method(), headers: &headers, requests: REQUESTS };
        sum += load.run()?;
    }
    Ok(sum)
}

/// Replaces the policy every second. Returns the memory of the process after each replacement, in
/// MB.
fn keep_replacing(envoy: &mut Envoy, seconds: usize, filter: &impl Fn(usize) -> Value) -> Result<Vec<f64>> {
    let mut memory = Vec::new();
    let begin = Instant::now();
    for number in 1..=seconds {
        let due = Duration::from_secs(number as u64);
        thread::sleep(due.saturating_sub(begin.elapsed()));
        let update = envoy.update_filter(&filter(number))?;
        if update != Update::Accepted {
            return Err(Error::new(format!("Envoy refuses policy {number}:\n{}", envoy.log())));
        }
        memory.push(envoy.memory()?);
        eprint!("\r{number} s of {seconds}: {:.0} MB ", memory[number - 1]);
    }
    eprintln!();
    Ok(memory)
}

/// The result of a run that has met its conditions.
struct Sustained {
    seconds: usize,
    /// Policies that Envoy has applied, by its own count.
    policies: u64,
    answered: Statuses,
    /// MB after a quarter of the time, at the end, and at most.
    memory: (f64, f64, f64),
}

impl Sustained {
    fn of(envoy: &Envoy, memory: &[f64], answered: Statuses, growth: f64) -> Result<Self> {
        let policies = envoy.stat("extension_config_discovery.http_filter.corsac.config_reload")?;
        let quarter = memory.len() / 4;
        let (Some(&first), Some(&last)) = (memory.get(quarter), memory.last()) else {
            return Err("the time is too short for a result.".into());
        };
        let most = memory[quarter..].iter().copied().fold(first, f64::max);
        let result = Self { seconds: memory.len(), policies, answered, memory: (first, last, most) };
        if answered.ok != answered.all() {
            return Err(Error::new(format!("not every request was answered with a success: {answered:?}.")));
        }
        if result.growth() > growth {
            return Err(Error::new(format!(
                "memory has grown by {:.1} % after the first quarter: {first:.0} to {last:.0} MB.",
                result.growth()
            )));
        }
        Ok(result)
    }

    /// The growth of memory after the first quarter, in percent.
    fn growth(&self) -> f64 {
        let (first, last, _) = self.memory;
        (last / first - 1.0) * 100.0
    }

    fn report(&self) -> String {
        let Self { seconds, policies, answered, memory: (first, last, most) } = self;
        format!(
            "{seconds} s, {WORKERS} workers, {policies} policies of {ORIGINS} origins applied (counted by Envoy): {} requests, \
             {} of them answered with 2xx, none with another status. Memory {first:.0} MB after a quarter of the time, \
             {last:.0} MB at the end ({:+.1} %), {most:.0} MB at most.",
            answered.all(),
            answered.ok,
            self.growth(),
        )
    }
}

#[cfg(test)]
mod tests {
    use corsac_policy::{Tools, compile};

    use super::*;
    use crate::document::tests::{form, section};

    #[test]
    fn the_document_has_the_form_of_the_report() {
        let answered = Statuses { ok: 4, ..Statuses::default() };
        let result = Sustained { seconds: 1, policies: 2, answered, memory: (109.0, 109.3, 109.3) };
        assert_eq!(form(&section("sustained")), form(&result.report()));
    }

    #[test]
    fn every_policy_differs_and_all_allow_the_requested_origin() {
        assert_ne!(changing_policy(1), changing_policy(2));
        for number in 0..3 {
            let text = changing_policy(number);
            assert!(text.contains(ALLOWED) && compile(text.as_bytes(), &Tools::default()).is_ok());
        }
    }
}
