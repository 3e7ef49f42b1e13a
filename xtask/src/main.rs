//! The commands of this repository: `cargo xtask build | playground | test | fuzz | dist |
//! release | update-psl`, and the applications `dashboard`, `demo`, `bench` and `soak`, which are
//! crates themselves.
//!
//! A command prints its steps and exits with status 0, or prints one sentence that tells what is
//! wrong and how to go on, and exits with status 1.

mod applications;
mod build_module;
mod build_native;
mod checklist;
mod dist;
mod fuzz;
mod playground;
mod release;
mod sections;
mod strip;
mod test;
mod tools;
mod update_psl;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use corsac_testbed::Result;
use workspace::Workspace;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Builds, shows and tests Corsac.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the cost of requests, starts and long lists (`bench --help` lists the subjects).
    #[command(disable_help_flag = true)]
    Bench(applications::Options),
    /// Build the filter and strip it to target/corsac/corsac.wasm.
    Build {
        /// Build the native filter instead: target/corsac/libcorsac.so.
        #[arg(long)]
        native: bool,
    },
    /// Draw the dashboard with live data, for docs/operations.md. Needs Prometheus and Chromium.
    Dashboard(applications::Options),
    /// Show Corsac in a real Envoy on this machine, until Ctrl-C (`demo --help` lists the options).
    #[command(disable_help_flag = true)]
    Demo(applications::Options),
    /// Make the parts of a release: the module, its checksum, its bill of materials, its images.
    Dist(dist::Options),
    /// Search for inputs that break the engine.
    Fuzz(fuzz::Options),
    /// Build the playground, a static page, to target/playground, and print its sizes.
    Playground(playground::Options),
    /// Go through the checklist of a release.
    Release(release::Options),
    /// Send millions of requests while policy and module change (`soak --help` lists the options).
    #[command(disable_help_flag = true)]
    Soak(applications::Options),
    /// Run every test: native, in Node, in a real Envoy and in Chromium.
    Test(test::Options),
    /// Rebuild the engine's public suffix list from its pinned source.
    UpdatePsl,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Bench(options) => applications::run(&workspace, applications::BENCH, options),
        Command::Build { native: false } => build_module::run(&workspace).map(|_| ExitCode::SUCCESS),
        Command::Build { native: true } => build_native::run(&workspace).map(|_| ExitCode::SUCCESS),
        Command::Dashboard(options) => applications::run(&workspace, "corsac-observability", options),
        Command::Demo(options) => applications::run(&workspace, "corsac-demo", options),
        Command::Dist(options) => dist::run(&workspace, options).map(|_| ExitCode::SUCCESS),
        Command::Fuzz(options) => fuzz::run(&workspace, options).map(|()| ExitCode::SUCCESS),
        Command::Playground(options) => playground::run(&workspace, options).map(|()| ExitCode::SUCCESS),
        Command::Release(options) => release::run(&workspace, options),
        Command::Soak(options) => applications::run(&workspace, applications::BENCH, &options.of_subject("soak")),
        Command::Test(options) => Ok(test::run(&workspace, options)),
        Command::UpdatePsl => update_psl::run(&workspace).map(|()| ExitCode::SUCCESS),
    }
}
