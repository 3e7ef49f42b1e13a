//! `cargo xtask demo`: Corsac in a real Envoy on this machine, with its decisions as they happen.

mod browser_check;
mod envoy_config;
mod guard;
mod json_span;
mod live_policy;
mod numbered_log;
mod page_check;
mod running;
mod site;
mod tail;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::Parser;
use corsac_testbed::demo_requests::{CorsAnswer, DEMO_REQUESTS};
use corsac_testbed::screenshots::{self, Screenshot};
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::{DEADLINE, Error, Result, client, poll, ports};
use envoy_config::SOURCE;
use running::{RunningDemo, local};
use tail::Tail;

/// Shows Corsac in a real Envoy on this machine, until Ctrl-C.
#[derive(Parser)]
#[command(bin_name = "cargo xtask demo")]
struct Options {
    /// The port of Envoy on 127.0.0.1; 0 means any free port.
    #[arg(long, default_value_t = 10_000)]
    port: u16,
    /// Send the printed requests, check the answers, and exit.
    #[arg(long)]
    once: bool,
    /// With --once: check the page in Chromium too.
    #[arg(long, requires = "once")]
    browser: bool,
    /// Take screenshots of the page into a folder, and exit.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "docs/images", conflicts_with = "once")]
    screenshots: Option<PathBuf>,
}

const SCREENSHOTS: [Screenshot; 4] = [
    ("demo-light.png", "light", 1400),
    ("demo-dark.png", "dark", 1400),
    ("demo-light-narrow.png", "light", 400),
    ("demo-dark-narrow.png", "dark", 400),
];

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts everything, and shows it until Ctrl-C or, with `--once`, until the last answer.
fn run(options: &Options) -> Result<()> {
    let stopped = stop_signal()?;
    refuse_busy(options.port)?;
    let mut running = RunningDemo::start(options.port)?;
    if let Some(folder) = &options.screenshots {
        let page = screenshots::Page { url: &running.page(), complete: browser_check::COMPLETE };
        return screenshots::take(page, &SCREENSHOTS, folder);
    }
    if !options.once {
        return show(&mut running, &stopped);
    }
    let counts = check(running, options.browser)?;
    println!("\n{counts}");
    if counts.failed == 0 {
        return Ok(());
    }
    Err(Error::new(format!("{} of the demo's checks have failed.", counts.failed)))
}

/// Receives a message when the person ends the demo with Ctrl-C, or when the terminal closes.
fn stop_signal() -> Result<Receiver<()>> {
    let (stop, stopped) = mpsc::channel();
    let handled = ctrlc::set_handler(move || {
        // This fails only if nobody waits any more.
        let _ = stop.send(());
    });
    handled.map_err(|error| format!("Ctrl-C cannot be handled: {error}."))?;
    Ok(stopped)
}

fn refuse_busy(port: u16) -> Result<()> {
    if port != 0 && ports::busy(local(port)) {
        return Err(Error::new(format!(
            "another program uses port {port} on 127.0.0.1; stop it, or choose another port: `cargo xtask demo --port {}`.",
            port.checked_add(1).unwrap_or(10_000)
        )));
    }
    Ok(())
}

/// Prints what to try, then every decision, until the person ends the demo.
fn show(running: &mut RunningDemo, stopped: &Receiver<()>) -> Result<()> {
    let port = running.address.port();
    println!("\nCorsac runs in Envoy on http://{}, with the policy in {SOURCE}.", running.address);
    println!("Open {} to see what a browser does with it, and to change it.", running.page());
    println!("The API behind it answers everything with `access-control-allow-origin: *`. In another terminal:");
    for request in &DEMO_REQUESTS {
        println!("\n  # {}\n  {}", request.shows, request.curl(port));
    }
    println!(
        "\nBelow, each request: method and URL -> status, who answered, Corsac's refusal. Ctrl-C ends the demo.\n"
    );
    loop {
        for line in running.log.new_lines().into_iter().filter(|line| !is_the_pages_own(line)) {
            println!("{line}");
        }
        match stopped.recv_timeout(Duration::from_millis(50)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(log) = running.policy.log_if_envoy_has_ended() {
                    return Err(Error::new(format!("Envoy has ended. Its log:\n{log}")));
                }
            }
        }
    }
}

/// Whether a line of the access log is about the demo's page, and not about the API.
fn is_the_pages_own(line: &str) -> bool {
    line.split(' ').nth(1).is_some_and(|target| site::HOSTS.iter().any(|host| target.starts_with(host)))
}

fn check(mut running: RunningDemo, in_a_browser: bool) -> Result<TestCounts> {
    let mut counts = check_requests(&mut running)?;
    if in_a_browser {
        counts.add(browser_check::check(&running.page())?);
    }
    // The last check, since it changes the policy.
    counts.add(page_check::check(running.address, &running.token)?);
    let address = running.address;
    drop(running);
    counts.check("Envoy ends with the demo.", !ports::busy(address));
    Ok(counts)
}

/// Sends the demo's requests; prints and checks the answers and their lines in the access log.
fn check_requests(running: &mut RunningDemo) -> Result<TestCounts> {
    let port = running.address.port();
    let mut counts = TestCounts::default();
    for request in &DEMO_REQUESTS {
        println!("\n# {}\n$ {}", request.shows, request.curl(port));
        let response = client::http1::send(running.address, &request.request(port));
        let response = response.map_err(|error| format!("Envoy does not answer: {error}."))?;
        let (answer, expected) = (CorsAnswer::from(&response), request.expected());
        println!("{answer}");
        let line = next_line(&mut running.log)?;
        println!("  logged: {line}");
        counts.count(answer == expected && request.is_logged_by(&line));
        if answer != expected {
            println!("NOT AS EXPECTED:\n{expected}");
        }
        if !request.is_logged_by(&line) {
            println!("NOT LOGGED AS EXPECTED:\n  {}", request.logged);
        }
    }
    Ok(counts)
}

/// Waits for the next line of the access log.
fn next_line(log: &mut Tail) -> Result<String> {
    poll(DEADLINE, "the access log has a line for the request", || log.new_lines().into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_busy_port_gets_a_sentence_that_offers_another_port() {
        let taken = TcpListener::bind(local(0)).expect("a free port");
        let port = taken.local_addr().expect("an address").port();
        let sentence = refuse_busy(port).expect_err("busy").to_string();
        assert!(sentence.contains(&format!("port {port} on 127.0.0.1")), "{sentence}");
        assert!(sentence.contains("--port"), "{sentence}");
    }
}
