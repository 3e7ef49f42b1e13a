//! `corsac`, the command line over the engine that answers in Envoy.
//!
//! Every verb is a file in `verbs`: it takes its arguments and gives an [`Answer`]. Reading is in
//! `input`, printing in `output`. `docs/cli.md` shows each verb with its output.

mod codes;
mod engine;
mod input;
mod output;
mod replace;
mod sarif;
mod verbs;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

pub use output::{Answer, Failure, Status};

/// Checks, explains, imports, compares and renders CORS policies of Corsac.
///
/// The engine is the one that answers in Envoy, so what this tool says is what the proxy does.
#[derive(clap::Parser)]
#[command(name = "corsac", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
struct Command {
    #[command(subcommand)]
    verb: verbs::Verb,
}

const AFTER_HELP: &str = "\
A FILE is a policy as JSON or YAML, alone or inside a manifest: WasmPlugin, TrafficExtension,
EnvoyFilter, EnvoyExtensionPolicy, ConfigMap, an Envoy bootstrap, LDS or ECDS. \"-\" is standard input.

Exit status: 0 fine; 1 findings, blocked, or not possible; 2 usage, or a file that cannot be read.

Start here:
  corsac check policy.json                  what is wrong with a policy, and what to write
  corsac explain policy.json --origin https://app.example.com --url https://api.example.com/
                                            why a page may read an answer, or may not
  corsac import virtual-service.yaml        a policy from what another system has";

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    output::print(Command::parse().verb.run())
}

/// The command line as clap knows it: for completions, the man page and the tests.
pub fn command() -> clap::Command {
    Command::command()
}
