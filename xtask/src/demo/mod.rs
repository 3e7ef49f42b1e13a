//! `cargo xtask demo`: Corsac in a real Envoy on this machine, and what it decides, as it happens.

mod check;
mod configuration;
mod desk;
mod guard;
mod journal;
mod picture;
mod place;
mod screenshots;
mod seen;
mod site;
mod tail;
mod webdriver;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use corsac_testbed::envoy::Binary;
use corsac_testbed::story::{STORY, Shown, careless_api};
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{DEADLINE, client, poll, ports};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};
use configuration::SOURCE;
use desk::Desk;
use guard::Guard;
use journal::Journal;
use site::Site;
use tail::Tail;

#[derive(clap::Args)]
pub struct Options {
    /// The port that Envoy listens on, on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 10_000)]
    port: u16,
    /// Send the printed requests, check the answers, and end.
    #[arg(long)]
    once: bool,
    /// With --once: have Chromium look at the page too.
    #[arg(long, requires = "once")]
    browser: bool,
    /// Take pictures of the page into a folder, and end.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "docs/images", conflicts_with = "once")]
    screenshots: Option<PathBuf>,
}

/// Everything that runs: dropping it ends it.
struct Running {
    _site: Site,
    desk: Arc<Desk>,
    // Envoy's upstream, kept for as long as Envoy runs.
    _api: Upstream,
    address: SocketAddr,
    log: Tail,
    token: String,
}

/// Builds the filter, starts everything, and shows it until Ctrl-C (or, with `--once`, until the last answer).
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    let stopped = stop_signal()?;
    refuse_busy(options.port)?;
    let envoy = found_envoy()?;
    let module = build_module::build(workspace)?.path;
    let mut running = Running::start(workspace, &envoy, &module, options.port)?;
    if let Some(folder) = &options.screenshots {
        return screenshots::take(&running.page(), folder);
    }
    if !options.once {
        return show(&mut running, &stopped);
    }
    let tally = checked(running, options.browser)?;
    if tally.failed == 0 { Ok(()) } else { Err(format!("{} of the demo's answers are not as expected.", tally.failed)) }
}

/// The demo as a test: a free port, and every answer counted.
pub fn run_as_test(workspace: &Workspace, module: &Path) -> Outcome<Tally> {
    checked(Running::start(workspace, &found_envoy()?, module, 0)?, false)
}

/// The demo's page in a real browser, as a test.
pub fn see_as_test(workspace: &Workspace, module: &Path) -> Outcome<Tally> {
    seen::page(&Running::start(workspace, &found_envoy()?, module, 0)?.page())
}

fn checked(mut running: Running, in_a_browser: bool) -> Outcome<Tally> {
    let mut tally = act(&mut running)?;
    if in_a_browser {
        tally.add(seen::page(&running.page())?);
    }
    // At last, since it changes the policy.
    tally.add(check::page(running.address, &running.token)?);
    let address = running.address;
    drop(running);
    tally.check("The demo's end is Envoy's.", !ports::busy(address));
    Ok(tally)
}

/// What comes when the person ends the demo (Ctrl-C, or the terminal closes).
fn stop_signal() -> Outcome<Receiver<()>> {
    let (stop, stopped) = mpsc::channel();
    let handled = ctrlc::set_handler(move || {
        // It fails only when nobody waits any more.
        let _ = stop.send(());
    });
    handled.map_err(|error| format!("Ctrl-C cannot be handled: {error}."))?;
    Ok(stopped)
}

fn refuse_busy(port: u16) -> Outcome<()> {
    if port != 0 && ports::busy(local(port)) {
        return Err(format!(
            "port {port} on 127.0.0.1 is taken by another program; end that one, or choose another port: `cargo xtask demo --port {}`.",
            port.checked_add(1).unwrap_or(10_000)
        ));
    }
    Ok(())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn found_envoy() -> Outcome<Binary> {
    Binary::find().map_err(|error| error.to_string())
}

impl Drop for Running {
    fn drop(&mut self) {
        self.desk.end();
    }
}

impl Running {
    fn start(workspace: &Workspace, envoy: &Binary, module: &Path, port: u16) -> Outcome<Self> {
        let sentence = |error: corsac_testbed::Error| error.to_string();
        let port =
            if port == 0 { *ports::free(1).map_err(sentence)?.first().ok_or("there is no free port.")? } else { port };
        let api = Upstream::start().map_err(|error| format!("the API cannot listen: {error}."))?;
        api.otherwise(careless_api());
        let site = Site::start()?;
        let folder = workspace.target.join("corsac/demo");
        let run = configuration::Run {
            port,
            api: api.address(),
            site: site.address(),
            hosts: &site::HOSTS,
            module,
            folder: &folder,
        };
        let configuration = configuration::write(workspace, &run)?;
        let envoy = envoy.start_file(&configuration.bootstrap).map_err(sentence)?;
        let address = envoy.address("front").map_err(sentence)?;
        let guard = Guard::new(format!("http://{}:{port}", site::PAGE));
        let guard = guard.map_err(|error| format!("there are no random bytes for the page's token: {error}."))?;
        let token = guard.token().to_owned();
        let desk = Arc::new(Desk::new(envoy, configuration.slot, configuration.policy));
        let journal = Journal::of(configuration.journal);
        site.open(site::Content { desk: Arc::clone(&desk), guard, journal, port });
        Ok(Self { _site: site, desk, _api: api, address, log: Tail::of(configuration.log), token })
    }

    /// Where a browser finds the page.
    fn page(&self) -> String {
        format!("http://{}:{}/", site::PAGE, self.address.port())
    }
}

/// Prints what to try, then every decision, until the person ends it.
fn show(running: &mut Running, stopped: &Receiver<()>) -> Outcome<()> {
    let port = running.address.port();
    println!("\nCorsac runs in Envoy on http://{}, with the policy in {SOURCE}.", running.address);
    println!("Open {} and see what a browser makes of it, or change it there.", running.page());
    println!("The API behind it answers everything with `access-control-allow-origin: *`. In another terminal:");
    for step in &STORY {
        println!("\n  # {}\n  {}", step.shows, step.curl(port));
    }
    println!("\nEach request as it ends: what came -> status, who answered, Corsac's refusal. Ctrl-C ends the demo.\n");
    loop {
        let own = |line: &String| {
            line.split(' ').nth(1).is_some_and(|target| site::HOSTS.iter().any(|host| target.starts_with(host)))
        };
        for line in running.log.new_lines().into_iter().filter(|line| !own(line)) {
            println!("{line}");
        }
        match stopped.recv_timeout(Duration::from_millis(50)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(log) = running.desk.sudden_end() {
                    return Err(format!("Envoy has ended. Its log:\n{log}"));
                }
            }
        }
    }
}

/// Sends the story's requests, prints and checks the answers and their lines in the access log.
fn act(running: &mut Running) -> Outcome<Tally> {
    let port = running.address.port();
    let mut tally = Tally::default();
    for step in &STORY {
        println!("\n# {}\n$ {}", step.shows, step.curl(port));
        let response = client::http1::send(running.address, &step.request(port));
        let response = response.map_err(|error| format!("Envoy does not answer: {error}."))?;
        let (shown, expected) = (Shown::from(&response), step.expected());
        println!("{shown}");
        let line = logged(&mut running.log)?;
        println!("  logged: {line}");
        tally.count(shown == expected && step.is_logged_by(&line));
        if shown != expected {
            println!("NOT AS EXPECTED, which is\n{expected}");
        }
        if !step.is_logged_by(&line) {
            println!("NOT LOGGED AS EXPECTED, which is\n  {}", step.logged);
        }
    }
    Ok(tally)
}

/// Waits for the next line of the access log.
fn logged(log: &mut Tail) -> Outcome<String> {
    let line = poll(DEADLINE, "the access log has a line for the request", || log.new_lines().into_iter().next());
    line.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_busy_port_gets_a_sentence_with_a_way_out() {
        let taken = TcpListener::bind(local(0)).expect("a free port");
        let port = taken.local_addr().expect("an address").port();
        let sentence = refuse_busy(port).expect_err("busy");
        assert!(sentence.contains(&format!("port {port} on 127.0.0.1 is taken")), "{sentence}");
        assert!(sentence.contains("--port"), "{sentence}");
    }
}
