//! `cargo xtask soak`: millions of requests of every kind while policy and module change. No
//! request may fail, no answer may be of two policies, no module may break, and memory must stay
//! constant.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use corsac_bench::origins;
use corsac_testbed::builds::Build;
use corsac_testbed::client::Protocol;
use corsac_testbed::config::{Action, Bootstrap, Listener, Route, filter};
use corsac_testbed::envoy::{Binary, Envoy, Update};
use corsac_testbed::load::{Answers, Load};
use corsac_testbed::random::Random;
use corsac_testbed::server::{Answer, Received, Server};
use corsac_testbed::{Error, Result, hostile, marked};
use serde_json::{Value, json};

use crate::document;
use crate::envoy::traffic::{ALLOWED, REFUSED, Traffic};
use crate::h2load::{self, Statuses};

#[derive(clap::Args)]
pub struct Options {
    /// The number of requests, after which the soak ends.
    #[arg(long, default_value_t = 10_000_000)]
    requests: usize,
    /// The time after which it ends, even with fewer requests.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// The allowed growth of memory after the first quarter, in percent.
    #[arg(long, default_value_t = 5.0)]
    growth: f64,
    /// Write the result into docs/reliability.md.
    #[arg(long)]
    write: bool,
}

/// The kinds of traffic in turn, each with whether Corsac answers it with 403.
const TRAFFIC: [(Traffic, bool); 5] = [
    (Traffic::NoOrigin, false),
    (Traffic::Allowed, false),
    (Traffic::Refused, false),
    (Traffic::PreflightAllowed, false),
    (Traffic::PreflightRefused, true),
];
/// Requests of one kind before the next kind.
const REQUESTS: usize = 20_000;
/// Origins of each policy.
const ORIGINS: usize = 1000;
const WORKERS: u32 = 4;
/// Of so many changes, one brings another module, and one is a bad policy.
const CYCLE: u64 = 10;

/// The source of every policy, as a field. Envoy's cluster of that name leads to it.
const SOURCE: &str =
    r#", "originSources": [{ "cluster": "upstream", "path": "/", "refresh": "1s", "maxStale": "5s" }]"#;

/// A service that lists origins, and does not do it well.
struct FlappingSource {
    server: Server,
    asked: Arc<AtomicUsize>,
}

impl FlappingSource {
    fn start() -> Result<Self> {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let answer = move |_: &Received| flapping(count.fetch_add(1, Ordering::Relaxed));
        Ok(Self { server: Server::start_at(([127, 0, 0, 1], 0).into(), answer)?, asked })
    }
}

/// One good list in each round. None of the others allows the refused origin either.
fn flapping(number: usize) -> Answer {
    match number % 8 {
        0 => Answer::new(200).body(format!(r#"["https://n{number}.example"]"#)),
        1 => Answer::new(500),
        2 => Answer::new(200).body("garbage"),
        3 => Answer::new(200).body(format!(r#"["*", "null", "https://*.othersite00.com", "{REFUSED}/"]"#)),
        4 => Answer::new(200).body(vec![b' '; 9 << 20]),
        5 => Answer::new(304),
        6 => Answer::new(200).body("[]"),
        _ => {
            thread::sleep(Duration::from_secs(3));
            Answer::new(404).header("connection", "close")
        }
    }
}

/// Soaks, and prints the result. A failure of any kind is an error.
pub fn run(options: &Options) -> Result<()> {
    h2load::ensure()?;
    let module = corsac_testbed::module()?;
    let builds = [Build::labelled(&module, "one")?, Build::labelled(&module, "other")?];
    let source = FlappingSource::start()?;
    let mut envoy = start(&changed(&builds, 0), source.server.address())?;
    let address = envoy.address("front")?;
    let begin = Instant::now();
    let time = Duration::from_secs(60 * options.minutes);
    let ended = AtomicBool::new(false);
    let sent = AtomicUsize::new(0);
    let load = Load::on(address);
    let soaked = thread::scope(|scope| {
        let many = scope.spawn(|| keep_sending(address, &ended, &sent));
        let hostile = scope.spawn(|| keep_sending_hostile_bytes(address, &ended));
        let goes_on = || {
            let is_done = sent.load(Ordering::Relaxed) >= options.requests || begin.elapsed() >= time;
            !is_done && !many.is_finished() && !hostile.is_finished() && !load.has_failed()
        };
        let changes = keep_changing(&mut envoy, &builds, &sent, &goes_on);
        ended.store(true, Ordering::Relaxed);
        let panicked = |_| Error::new("a client has panicked.");
        let (many, hostile) = (many.join().map_err(panicked)?, hostile.join().map_err(panicked)?);
        Ok::<_, Error>((changes?, many?, hostile?))
    });
    let checked = load.end()?;
    let (changes, statuses, hostile) = soaked?;
    let soak = Soak {
        seconds: begin.elapsed().as_secs(),
        changes,
        statuses,
        hostile,
        checked,
        fetches: source.asked.load(Ordering::Relaxed),
    };
    let text = soak.report();
    println!("{text}");
    soak.fulfils(&envoy, options.growth)?;
    if options.write { document::SOAK.write(&text) } else { Ok(()) }
}

/// Every route answers by itself, so the upstream is for the source alone.
fn start(filter: &Value, source: SocketAddr) -> Result<Envoy> {
    let answer = json!({ "status": 200, "body": { "inline_string": "ok" } });
    let route = Route { action: Action::Other("direct_response", answer), ..Route::default() };
    let listener = Listener::new("front").route(route).filter(filter::discovered()).manager("access_log", json!([]));
    let bootstrap = Bootstrap::new(source).listener(listener).discovering(filter.clone());
    Binary::find()?.start_with_workers(&bootstrap, WORKERS)
}

/// The filter after that many changes. Its policy has its own list, and leaves its number in every
/// answer.
fn changed(builds: &[Build; 2], number: u64) -> Value {
    let mut list = origins(ORIGINS - 2, number);
    list.push(ALLOWED.to_owned());
    let build = usize::from(number / CYCLE % 2 == 1);
    corsac(&builds[build], &marked::policy_with(number, &list, SOURCE))
}

fn corsac(build: &Build, policy: &str) -> Value {
    let mut corsac = filter::corsac(&build.path(), &policy.into());
    corsac["typed_config"]["config"]["failure_policy"] = "FAIL_RELOAD".into();
    corsac
}

/// Sends every kind of traffic in turn, until the end.
fn keep_sending(address: SocketAddr, ended: &AtomicBool, sent: &AtomicUsize) -> Result<Statuses> {
    let mut sum = Statuses::default();
    for (kind, is_refused) in TRAFFIC.into_iter().cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let headers = kind.headers();
        let load = h2load::Load { address, method: kind.method(), headers: &headers, requests: REQUESTS };
        let statuses = load.run()?;
        let expected = if is_refused { statuses.refused } else { statuses.ok };
        if expected != statuses.all() {
            return Err(Error::new(format!(
                "not every request ({}) was answered rightly: {statuses:?}.",
                kind.title()
            )));
        }
        sum += statuses;
        sent.fetch_add(statuses.all(), Ordering::Relaxed);
    }
    Ok(sum)
}

/// Sends bytes that no browser sends, until the end. Returns the number of requests.
fn keep_sending_hostile_bytes(address: SocketAddr, ended: &AtomicBool) -> Result<usize> {
    let mut random = Random(0x0c05_5ac0);
    let mut count = 0;
    while !ended.load(Ordering::Relaxed) {
        let field = hostile::FIELDS[count % hostile::FIELDS.len()];
        let request = hostile::request(field, &hostile::value(&mut random), random.below(2) == 0, "api.test");
        // Envoy may also refuse a request before any filter sees it.
        if let Ok(response) = Protocol::ALL[random.below(2)].send(address, &request)
            && response.status >= 500
        {
            return Err(Error::new(format!("{request:?} was answered with {}.", response.status)));
        }
        count += 1;
    }
    Ok(count)
}

/// What has changed, and the memory after each change, in MB.
#[derive(Default)]
struct Changes {
    policies: u64,
    modules: u64,
    refused: u64,
    memory: Vec<f64>,
}

/// Changes the policy every second, and now and then the module, until the end.
fn keep_changing(
    envoy: &mut Envoy,
    builds: &[Build; 2],
    sent: &AtomicUsize,
    goes_on: &dyn Fn() -> bool,
) -> Result<Changes> {
    let mut changes = Changes::default();
    let begin = Instant::now();
    for number in 1.. {
        thread::sleep(Duration::from_secs(number).saturating_sub(begin.elapsed()));
        if !goes_on() {
            break;
        }
        let is_bad = number % CYCLE == CYCLE / 2;
        let bad = || corsac(&builds[0], &format!(r#"{{ "allowOrigins": ["https://n{number}.example/"] }}"#));
        let filter = if is_bad { bad() } else { changed(builds, number) };
        match (envoy.update_filter(&filter)?, is_bad) {
            (Update::Accepted, false) => changes.policies += 1,
            (Update::Rejected, true) => changes.refused += 1,
            (update, _) => return Err(Error::new(format!("change {number} was {update:?}:\n{}", envoy.log()))),
        }
        changes.modules += u64::from(number % CYCLE == 0);
        changes.memory.push(envoy.memory()?);
        eprint!("\r{number} s, {} requests, {:.0} MB ", sent.load(Ordering::Relaxed), envoy.memory()?);
    }
    eprintln!();
    Ok(changes)
}

/// The result.
struct Soak {
    seconds: u64,
    changes: Changes,
    statuses: Statuses,
    hostile: usize,
    checked: Answers,
    /// How often the source was asked.
    fetches: usize,
}

impl Soak {
    /// MB after a quarter of the time, at the end, and at most since then.
    fn memory(&self) -> [f64; 3] {
        let since = &self.changes.memory[self.changes.memory.len() / 4..];
        let first = since.first().copied().unwrap_or_default();
        [first, since.last().copied().unwrap_or_default(), since.iter().copied().fold(first, f64::max)]
    }

    /// The growth of memory after the first quarter, in percent.
    fn growth(&self) -> f64 {
        let [first, last, _] = self.memory();
        (last / first - 1.0) * 100.0
    }

    fn report(&self) -> String {
        let Self { seconds, changes, statuses, hostile, checked, fetches } = self;
        let [first, last, most] = self.memory();
        format!(
            "{seconds} s, {WORKERS} workers: {sum} requests without an error ({ok} answered with 2xx, {refused} preflights with \
             403). Beside them {checked} requests whose answers were checked header by header, from {numbers} policies in turn, \
             each answer from one of them; and {hostile} requests of hostile bytes, none answered with 5xx. Meanwhile {policies} \
             new policies of {ORIGINS} origins, {modules} of them with another module, and {bad} bad policies, all refused; \
             {fetches} fetches from a source that answers one time in eight with a list of origins, and else with errors, \
             garbage, too much, too late, or origins that no list may allow. No VM broke or was reloaded. Memory {first:.0} MB \
             after a quarter of the time, {last:.0} MB at the end ({growth:+.1} %), {most:.0} MB at most.",
            sum = statuses.all(),
            ok = statuses.ok,
            refused = statuses.refused,
            checked = checked.count,
            numbers = checked.policies.len(),
            policies = changes.policies,
            modules = changes.modules,
            bad = changes.refused,
            growth = self.growth(),
        )
    }

    /// What the report says and only Envoy knows, and the limit on memory.
    fn fulfils(&self, envoy: &Envoy, growth: f64) -> Result<()> {
        let reloads = envoy.stats("wasm.corsac.vm_reload")?.values().sum::<u64>();
        let failed = envoy.stat("http.testbed.downstream_rq_5xx")?;
        let signs = [envoy.breakdowns(), envoy.refused_calls()].concat();
        if reloads > 0 || failed > 0 || !signs.is_empty() {
            return Err(Error::new(format!("{reloads} reloads, {failed} answers with 5xx, in the log: {signs:?}.")));
        }
        if self.growth() > growth {
            return Err(Error::new(format!("memory has grown by {:.1} % after the first quarter.", self.growth())));
        }
        Ok(())
    }
}
