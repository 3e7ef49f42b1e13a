//! `cargo xtask bench`: what things cost. Prints Markdown tables, as `docs/performance.md` shows them.

mod document;
mod envoy;
mod load;
mod origins;
mod probe;
mod process;
mod quiet;
mod start;
mod statistics;
mod sustained;
mod table;

use clap::Subcommand;

use crate::Outcome;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Look-ups in lists of origins of every size, their memory and their configuration.
    Origins(origins::Options),
    /// What a request costs inside Envoy: Corsac, its floors and the native filter side by side.
    Envoy(envoy::Options),
    /// How long an Envoy with Corsac takes to its first answer, and the memory of each worker.
    Start(start::Options),
    /// Minutes of load while the policy is replaced every second: memory stays flat, no request fails.
    Sustained(sustained::Options),
}

/// Measures one subject.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    match &options.subject {
        Subject::Origins(options) => origins::run(workspace, options),
        Subject::Envoy(options) => envoy::run(workspace, options),
        Subject::Start(options) => start::run(workspace, options),
        Subject::Sustained(options) => sustained::run(workspace, options),
    }
}
