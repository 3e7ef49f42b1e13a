//! The commands of this repository: `cargo xtask bench | build | demo | dist | fuzz | release | test | update-psl`.
//!
//! A command prints what it does and ends with status 0, or says in one
//! sentence what is wrong and how to go on, and ends with status 1.

mod bench;
mod build_module;
mod demo;
mod dist;
mod fuzz;
mod node;
mod release;
mod sections;
mod strip;
mod tally;
mod test;
mod tools;
mod update_psl;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workspace::Workspace;

/// What every room of xtask returns; the error is a sentence for the person at the terminal.
type Outcome<T> = Result<T, String>;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Builds, shows and tests Corsac.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what things cost.
    Bench(bench::Options),
    /// Build the filter and strip it to target/corsac/corsac.wasm.
    Build,
    /// Show Corsac in a real Envoy on this machine, until Ctrl-C.
    Demo(demo::Options),
    /// Make what a release consists of: the module, its checksum, its bill of materials, its images.
    Dist(dist::Options),
    /// Look for inputs that break the engine.
    Fuzz(fuzz::Options),
    /// Go through the checklist of a release.
    Release(release::Options),
    /// Run every test: natively, in Node, and in a real Envoy.
    Test(test::Options),
    /// Make the engine's public suffix list anew from its pinned source.
    UpdatePsl,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(status) => status,
        Err(sentence) => {
            eprintln!("error: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Outcome<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Bench(options) => bench::run(&workspace, options).map(|()| ExitCode::SUCCESS),
        Command::Build => build_module::run(&workspace).map(|_| ExitCode::SUCCESS),
        Command::Demo(options) => demo::run(&workspace, options).map(|()| ExitCode::SUCCESS),
        Command::Dist(options) => dist::run(&workspace, options).map(|_| ExitCode::SUCCESS),
        Command::Fuzz(options) => fuzz::run(&workspace, options).map(|()| ExitCode::SUCCESS),
        Command::Release(options) => release::run(&workspace, options),
        Command::Test(options) => Ok(test::run(&workspace, options)),
        Command::UpdatePsl => update_psl::run().map(|()| ExitCode::SUCCESS),
    }
}
