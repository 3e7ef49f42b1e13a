//! `cargo xtask fuzz`: the targets of `fuzz/`, for minutes or, in the tests, for a fixed number of
//! runs.
//!
//! This does not run cargo-fuzz, which takes a minute to install and would do little: `cargo fuzz
//! build -s none` also sets only the compiler options below, which stable Rust has, and libFuzzer
//! comes with the crate `libfuzzer-sys`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use corsac_testbed::programs::{first_line, run_to_end};
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::{Error, Result};

use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Run only one target.
    #[arg(long)]
    only: Option<String>,
}

/// Runs of each target in the tests, after its corpus.
const RUNS: u32 = 2_000;
/// Fixed, so that every test run does the same.
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

/// Fuzzes for minutes. Inputs that cover more code are kept in `<target>/fuzz/corpus`, and failures
/// in `fuzz/artifacts`.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let seconds = options.minutes.saturating_mul(60);
    let targets = build(workspace)?;
    let known = targets.iter().map(|target| target.name.clone()).collect::<Vec<_>>().join(", ");
    let is_wanted = |target: &&FuzzTarget| options.only.as_ref().is_none_or(|only| *only == target.name);
    let mut ran = 0;
    for target in targets.iter().filter(is_wanted) {
        println!("\n== {}", target.name);
        let found = workspace.target.join("fuzz/corpus").join(&target.name);
        create(&found)?;
        let mut fuzzer = target.command(workspace)?;
        fuzzer.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        fuzzer.arg(found).arg(target.corpus(workspace));
        run_to_end(&mut fuzzer, &target.failure())?;
        ran += 1;
    }
    if ran == 0 { Err(Error::new(format!("there is no such target; the targets are {known}."))) } else { Ok(()) }
}

/// Replays every corpus and fuzzes each target for a fixed number of runs. A target counts as one
/// test.
pub fn run_as_test(workspace: &Workspace, counts: &mut TestCounts) -> Result<()> {
    let mut failures: Vec<String> = Vec::new();
    for target in build(workspace)? {
        let mut fuzzer = target.command(workspace)?;
        fuzzer.arg(format!("-runs={RUNS}")).arg(format!("-seed={SEED}")).args(["-verbosity=0", "-print_final_stats=0"]);
        // An empty folder: a test does not use the corpus of a long run.
        let found = workspace.target.join("fuzz/test").join(&target.name);
        drop(fs::remove_dir_all(&found));
        create(&found)?;
        fuzzer.arg(found).arg(target.corpus(workspace));
        let result = run_to_end(&mut fuzzer, &target.failure());
        println!("fuzz target {} ... {}", target.name, if result.is_ok() { "ok" } else { "FAILED" });
        counts.count(result.is_ok());
        failures.extend(result.err().map(|error| error.to_string()));
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join(" ").into()) }
}

/// A built target.
struct FuzzTarget {
    name: String,
    path: PathBuf,
}

impl FuzzTarget {
    fn corpus(&self, workspace: &Workspace) -> PathBuf {
        folder(workspace).join("corpus").join(&self.name)
    }

    fn command(&self, workspace: &Workspace) -> Result<Command> {
        let artifacts = folder(workspace).join("artifacts").join(&self.name);
        create(&artifacts)?;
        let mut command = Command::new(&self.path);
        // The final slash makes it a folder for libFuzzer.
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.args(["-timeout=20", "-rss_limit_mb=2048"]);
        Ok(command)
    }

    fn failure(&self) -> String {
        let name = &self.name;
        format!("the fuzz target {name} has failed; its input is in fuzz/artifacts/{name}")
    }
}

fn build(workspace: &Workspace) -> Result<Vec<FuzzTarget>> {
    let host = first_line(Command::new("rustc").args(["--print", "host-tuple"])).ok_or("rustc does not run.")?;
    let folder_of_builds = workspace.target.join("fuzz");
    let mut cargo = workspace.cargo();
    // With `--target`, build scripts and macros are not instrumented.
    cargo
        .args(["build", "--release", "--bins", "--target", &host, "--manifest-path"])
        .arg(folder(workspace).join("Cargo.toml"));
    cargo.env("CARGO_TARGET_DIR", &folder_of_builds).env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\x1f"));
    run_to_end(
        &mut cargo,
        "the fuzz targets do not build (libFuzzer needs a C++ compiler; Debian: `apt-get install g++`)",
    )?;
    let mut names = names(&folder(workspace).join("fuzz_targets"))?;
    names.sort();
    let target = |name: String| FuzzTarget { path: folder_of_builds.join(&host).join("release").join(&name), name };
    Ok(names.into_iter().map(target).collect())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(folder).map_err(|error| Error::new(format!("{} cannot be read: {error}.", folder.display())))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    Ok(entries.flatten().filter_map(|entry| name(entry.path())).collect())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("fuzz")
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| Error::new(format!("{} cannot be made: {error}.", folder.display())))
}
