//! `cargo xtask bench`: measures the cost of requests, starts and long lists. Prints Markdown
//! tables; with `--write` the most important ones become a part of `docs/performance.md`.

mod document;
mod envoy;
mod h2load;
mod origins;
mod probe;
mod process;
mod quiet_turns;
mod soak;
mod start;
mod statistics;
mod sustained;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use corsac_testbed::Result;

#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", about = "Measures the cost of requests, starts and long lists.")]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Lists of origins of every length: look-ups, memory and configuration.
    Origins(origins::Options),
    /// The price of a request inside Envoy: Corsac, the native filter, and the least possible.
    Envoy(envoy::Options),
    /// The same policy in five ways: Corsac as Wasm and as a dynamic module, Envoy's own filter, a
    /// Lua filter and an external processor.
    Ways(envoy::ways::Options),
    /// Millions of requests of every kind while policy and module change: `cargo xtask soak`.
    Soak(soak::Options),
    /// The time until the first answer of an Envoy with Corsac, and the memory of each worker.
    Start(start::Options),
    /// Minutes of load while the policy changes every second: memory must stay constant, and no
    /// request may fail.
    Sustained(sustained::Options),
}

fn main() -> ExitCode {
    match measure(&Arguments::parse().subject) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(subject: &Subject) -> Result<()> {
    match subject {
        Subject::Origins(options) => origins::run(options),
        Subject::Envoy(options) => envoy::run(options),
        Subject::Ways(options) => envoy::ways::run(options),
        Subject::Soak(options) => soak::run(options),
        Subject::Start(options) => start::run(options),
        Subject::Sustained(options) => sustained::run(options),
    }
}
