//! `cargo xtask bench`: what things cost. Prints Markdown tables, as `docs/performance.md` shows them.

mod envoy;
mod load;
mod origins;
mod probe;
mod process;

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
}

/// Measures one subject.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    match &options.subject {
        Subject::Origins(options) => origins::run(workspace, options),
        Subject::Envoy(options) => envoy::run(workspace, options),
    }
}
