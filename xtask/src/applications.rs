//! `cargo xtask demo` and `cargo xtask bench`: the applications, run with the freshly built module.
//! They are crates themselves, so that xtask compiles fast.

use std::process::{Command, ExitCode};

use corsac_testbed::Result;

use crate::workspace::Workspace;
use crate::{build_module, build_native};

/// The package of the benchmarks.
pub const BENCH: &str = "corsac-bench";

#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Options {
    /// The same for one subject of an application that has several.
    pub fn of_subject(&self, subject: &str) -> Self {
        Self { arguments: [&[subject.to_owned()], &self.arguments[..]].concat() }
    }
}

/// Builds the module, unless only help is wanted, and becomes the application.
pub fn run(workspace: &Workspace, package: &str, options: &Options) -> Result<ExitCode> {
    let arguments: Vec<&str> = options.arguments.iter().map(String::as_str).collect();
    let wants_help = arguments.iter().any(|argument| ["--help", "-h", "help"].contains(argument));
    let mut application = if wants_help { cargo_run(workspace, package) } else { with_module(workspace, package)? };
    // Two subjects of the benchmarks compare both modules.
    if package == BENCH && !wants_help && arguments.first().is_some_and(|subject| ["start", "ways"].contains(subject)) {
        build_native::build(workspace)?;
    }
    become_program(application.args(arguments))
}

/// The command that runs an application with the built module.
pub fn with_module(workspace: &Workspace, package: &str) -> Result<Command> {
    let module = build_module::build(workspace)?.path;
    let mut cargo = cargo_run(workspace, package);
    cargo.env("CORSAC_WASM", module);
    Ok(cargo)
}

fn cargo_run(workspace: &Workspace, package: &str) -> Command {
    let mut cargo = workspace.cargo();
    // The demo starts soon, and the benchmarks run fast.
    let profile = if package == BENCH { "measured" } else { "dev" };
    cargo.args(["run", "--quiet", "--profile", profile, "--package", package, "--bin", package, "--"]);
    cargo
}

/// Replaces this process, so that signals reach the application alone.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(format!("cargo cannot be started: {}.", command.exec()).into())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().map_err(|error| format!("cargo cannot be started: {error}."))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
