//! `cargo xtask fuzz`: the targets of `fuzz/`, run long or, in the tests, for a fixed number of runs.
//!
//! The targets are built as `cargo fuzz build -s none` builds them, which spares the installation of cargo-fuzz: coverage is
//! instrumented by options of the compiler that stable Rust has, and libFuzzer comes with the crate `libfuzzer-sys`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::tally::Tally;
use crate::tools::{first_line, run_to_end};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    /// For how long each target runs.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Run one target only.
    #[arg(long)]
    only: Option<String>,
}

/// Runs of each target in the tests, behind those of its corpus.
const RUNS: u32 = 2_000;
/// So that two tests do the same.
const SEED: u32 = 1;

const INSTRUMENTATION: [&str; 7] = [
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Fuzzes for minutes. What was found to cover more is kept in `<target>/fuzz/corpus`; a failure is kept in `fuzz/artifacts`.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    let seconds = options.minutes.saturating_mul(60);
    let programs = build(workspace)?;
    let known = programs.iter().map(|program| program.name.clone()).collect::<Vec<_>>().join(", ");
    let asked = |program: &&Program| options.only.as_ref().is_none_or(|only| *only == program.name);
    let mut ran = 0;
    for program in programs.iter().filter(asked) {
        println!("\n== {}", program.name);
        let found = workspace.target.join("fuzz/corpus").join(&program.name);
        create(&found)?;
        let mut fuzzer = program.command(workspace)?;
        fuzzer.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        fuzzer.arg(found).arg(program.corpus(workspace));
        run_to_end(&mut fuzzer, &program.failure())?;
        ran += 1;
    }
    if ran == 0 { Err(format!("there is no such target; the targets are {known}.")) } else { Ok(()) }
}

/// Replays every corpus and fuzzes each target for a fixed number of runs; a target counts as one test.
pub fn run_as_test(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let mut failed = Vec::new();
    for program in build(workspace)? {
        let mut fuzzer = program.command(workspace)?;
        fuzzer.arg(format!("-runs={RUNS}")).arg(format!("-seed={SEED}")).args(["-verbosity=0", "-print_final_stats=0"]);
        // Into an empty folder: the corpus that a long run has gathered is not the test's.
        let found = workspace.target.join("fuzz/test").join(&program.name);
        drop(fs::remove_dir_all(&found));
        create(&found)?;
        fuzzer.arg(found).arg(program.corpus(workspace));
        let result = run_to_end(&mut fuzzer, &program.failure());
        println!("fuzz target {} ... {}", program.name, if result.is_ok() { "ok" } else { "FAILED" });
        tally.count(result.is_ok());
        failed.extend(result.err());
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join(" ")) }
}

/// A built target.
struct Program {
    name: String,
    path: PathBuf,
}

impl Program {
    fn corpus(&self, workspace: &Workspace) -> PathBuf {
        folder(workspace).join("corpus").join(&self.name)
    }

    fn command(&self, workspace: &Workspace) -> Outcome<Command> {
        let artifacts = folder(workspace).join("artifacts").join(&self.name);
        create(&artifacts)?;
        let mut command = Command::new(&self.path);
        // A slash at the end makes it a folder to libFuzzer.
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.args(["-timeout=20", "-rss_limit_mb=2048"]);
        Ok(command)
    }

    fn failure(&self) -> String {
        let name = &self.name;
        format!("the fuzz target {name} has found something; its input lies in fuzz/artifacts/{name}")
    }
}

fn build(workspace: &Workspace) -> Outcome<Vec<Program>> {
    let host = first_line(Command::new("rustc").args(["--print", "host-tuple"])).ok_or("rustc does not run.")?;
    let target = workspace.target.join("fuzz");
    let mut cargo = workspace.cargo();
    // With a target named, build scripts and macros stay without the instrumentation.
    cargo
        .args(["build", "--release", "--bins", "--target", &host, "--manifest-path"])
        .arg(folder(workspace).join("Cargo.toml"));
    cargo.env("CARGO_TARGET_DIR", &target).env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\x1f"));
    run_to_end(
        &mut cargo,
        "the fuzz targets do not build (libFuzzer needs a C++ compiler; Debian: `apt-get install g++`)",
    )?;
    let mut names = names(&folder(workspace).join("fuzz_targets"))?;
    names.sort();
    let program = |name: String| Program { path: target.join(&host).join("release").join(&name), name };
    Ok(names.into_iter().map(program).collect())
}

fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}.", folder.display()))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    Ok(entries.flatten().filter_map(|entry| name(entry.path())).collect())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("fuzz")
}

fn create(folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}.", folder.display()))
}
