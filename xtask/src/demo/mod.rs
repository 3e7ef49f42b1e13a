//! `cargo xtask demo`: Corsac in a real Envoy on this machine, and what it decides, as it happens.

mod story;
mod tail;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{DEADLINE, client, poll, ports};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};
use story::{STORY, Shown, careless_api};
use tail::Tail;

/// The configuration that the demo runs, and a person can.
const CONFIGURATION: &str = "envoy/envoy.yaml";

#[derive(clap::Args)]
pub struct Options {
    /// The port that Envoy listens on, on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 10_000)]
    port: u16,
    /// Send the printed requests, check the answers, and end.
    #[arg(long)]
    once: bool,
}

/// Everything that runs: dropping it ends it.
struct Running {
    envoy: Envoy,
    // Envoy's upstream, kept for as long as Envoy runs.
    _api: Upstream,
    address: SocketAddr,
    log: Tail,
}

/// Builds the filter, starts everything, and shows it until Ctrl-C (or, with `--once`, until the last answer).
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    let stopped = stop_signal()?;
    refuse_busy(options.port)?;
    let envoy = found_envoy()?;
    let module = build_module::build(workspace)?.path;
    let mut running = Running::start(workspace, &envoy, &module, options.port)?;
    if !options.once {
        return show(&mut running, &stopped);
    }
    let tally = act(&mut running)?;
    if tally.failed == 0 { Ok(()) } else { Err(format!("{} of the demo's answers are not as expected.", tally.failed)) }
}

/// The demo as a test: a free port, and every answer counted.
pub fn run_as_test(workspace: &Workspace, module: &Path) -> Outcome<Tally> {
    act(&mut Running::start(workspace, &found_envoy()?, module, 0)?)
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

impl Running {
    fn start(workspace: &Workspace, envoy: &Binary, module: &Path, port: u16) -> Outcome<Self> {
        let api = Upstream::start().map_err(|error| format!("the API cannot listen: {error}."))?;
        api.otherwise(careless_api());
        let folder = workspace.target.join("corsac/demo");
        let log = folder.join("access.log");
        let places = [
            ("port_value: 10000", format!("port_value: {port}")),
            ("port_value: 8081", format!("port_value: {}", api.address().port())),
            ("port_value: 9901", "port_value: 0".to_owned()),
            ("filename: target/corsac/corsac.wasm", format!("filename: {}", quoted(module))),
            ("path: /dev/stdout", format!("path: {}", quoted(&log))),
        ];
        let configuration = written(workspace, &folder, &places)?;
        let envoy = envoy.start_file(&configuration).map_err(|error| error.to_string())?;
        let address = envoy.address("front").map_err(|error| error.to_string())?;
        Ok(Self { envoy, _api: api, address, log: Tail::of(log) })
    }
}

/// Writes the configuration with this run's ports and paths into an empty folder.
fn written(workspace: &Workspace, folder: &Path, places: &[(&str, String)]) -> Outcome<PathBuf> {
    let source = workspace.root.join(CONFIGURATION);
    let text = fs::read_to_string(&source).map_err(|error| format!("{CONFIGURATION} cannot be read: {error}."))?;
    let text = with_places(text, places)?;
    let file = folder.join("envoy.yaml");
    let emptied = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    emptied
        .and_then(|()| fs::create_dir_all(folder))
        .and_then(|()| fs::write(&file, text))
        .map_err(|error| format!("{} cannot be written: {error}.", folder.display()))?;
    Ok(file)
}

/// Replaces each place, which must be there exactly once.
fn with_places(text: String, places: &[(&str, String)]) -> Outcome<String> {
    places.iter().try_fold(text, |text, (place, value)| match text.matches(place).count() {
        1 => Ok(text.replacen(place, value, 1)),
        count => Err(format!("{CONFIGURATION} holds `{place}` {count} times; the demo fills in exactly one.")),
    })
}

/// A path as a YAML string: JSON's strings are YAML's.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

/// Prints what to try, then every decision, until the person ends it.
fn show(running: &mut Running, stopped: &Receiver<()>) -> Outcome<()> {
    let port = running.address.port();
    println!("\nCorsac runs in Envoy on http://{}, with the policy in {CONFIGURATION}.", running.address);
    println!("The API behind it answers everything with `access-control-allow-origin: *`. In another terminal:");
    for step in &STORY {
        println!("\n  # {}\n  {}", step.shows, step.curl(port));
    }
    println!("\nEach request as it ends: what came -> status, who answered, Corsac's refusal. Ctrl-C ends the demo.\n");
    loop {
        for line in running.log.new_lines() {
            println!("{line}");
        }
        match stopped.recv_timeout(Duration::from_millis(50)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) if running.envoy.is_running() => {}
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("Envoy has ended. Its log:\n{}", running.envoy.log()));
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
    fn places_are_filled_in_once() {
        let places = [("port: 1", "port: 2".to_owned()), ("path: x", "path: \"/y\"".to_owned())];
        assert_eq!(with_places("port: 1\npath: x\n".to_owned(), &places).as_deref(), Ok("port: 2\npath: \"/y\"\n"));
    }

    #[test]
    fn a_place_that_is_missing_or_doubled_is_an_error() {
        let places = [("port: 1", "port: 2".to_owned())];
        assert!(with_places("nothing".to_owned(), &places).is_err());
        assert!(with_places("port: 1, port: 1".to_owned(), &places).is_err());
    }

    #[test]
    fn a_busy_port_gets_a_sentence_with_a_way_out() {
        let taken = TcpListener::bind(local(0)).expect("a free port");
        let port = taken.local_addr().expect("an address").port();
        let sentence = refuse_busy(port).expect_err("busy");
        assert!(sentence.contains(&format!("port {port} on 127.0.0.1 is taken")), "{sentence}");
        assert!(sentence.contains("--port"), "{sentence}");
    }

    #[test]
    fn paths_are_quoted_for_yaml() {
        assert_eq!(quoted(Path::new("/a b/\"c\"")), r#""/a b/\"c\"""#);
    }
}
