//! `cargo xtask test`: every test there is, on a fresh machine, with one sum at the end.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use clap::ValueEnum;
use corsac_testbed::browser::Browser;
use corsac_testbed::containers::Dockerd;
use corsac_testbed::envoy::Version;

use crate::node::path_with_node;
use crate::tally::Tally;
use crate::tools::{ensure_rust_target, wasm_bindgen_runner};
use crate::workspace::Workspace;
use crate::{Outcome, build_module, demo, dist, fuzz, release};

/// The integration test of the filter's package that needs the built module alone.
const MODULE_WORLD: &str = "module";
/// Those that need the built module and Envoy; the second, Chromium too.
const ENVOY_WORLD: &str = "envoy";
const BROWSER_WORLD: &str = "browser";
/// That of the files under `envoy/`, which takes Node with npm and kubectl besides: the testbed finds or installs them.
const DEPLOY_WORLD: &str = "deploy";
/// That of the compose file and the image, which takes a Docker engine.
const CONTAINERS_WORLD: &str = "containers";
/// Tests of `tests/envoy` that are of the newest Envoy alone: the README's table, and the engine's own sentences, which no
/// Envoy changes.
const OF_THE_NEWEST: [&str; 2] = ["comparison::", "every_diagnosis_of_the_vectors"];
/// The integration test of the engine's package that runs as Wasm too.
const ENGINE_WORLD: &str = "wasm";

#[derive(clap::Args)]
pub struct Options {
    /// Run one stage only.
    #[arg(long, value_enum)]
    only: Option<Stage>,
    /// Leave the browser out, and say so.
    #[arg(long)]
    no_browser: bool,
}

impl Options {
    /// Every stage, the browser too.
    pub fn everything() -> Self {
        Self { only: None, no_browser: false }
    }
}

/// The stages, in their order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Rust's standard library for the two Wasm targets.
    Targets,
    /// Everything that runs on this machine's own processor, Envoy not needed.
    Native,
    /// The engine as Wasm, in Node.
    Node,
    /// The fuzz targets: their corpora, and a fixed number of runs.
    Fuzz,
    /// The module within its budget.
    Build,
    /// The module in an interpreter: its host calls, its instructions, and every exchange vector.
    Module,
    /// The module in a real Envoy.
    Envoy,
    /// The files under envoy/: against their schemas, built, and served by a real Envoy.
    Deploy,
    /// The module in each older release line of Envoy that is pinned.
    Versions,
    /// The module in a real Envoy, asked by pages in Chromium.
    Browser,
    /// What the demo shows, checked.
    Demo,
    /// What a release consists of: reproduced, pushed, pulled and loaded.
    Dist,
    /// The compose file and the image, with a Docker engine; as root, `dockerd` is started where none answers, and ended.
    Containers,
}

/// Runs the stages, each whatever the others did, and closes with `N passed, N failed`.
/// A stage that cannot run says why and counts as a failure: nothing is skipped, but the browser where it is asked for.
pub fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut total = Tally::default();
    let stages = Stage::value_variants().iter().filter(|stage| options.only.is_none_or(|only| only == **stage));
    for stage in stages {
        println!("\n== {}", stage.heading());
        if *stage == Stage::Browser && options.no_browser {
            println!("SKIPPED by --no-browser: nothing was seen by a real browser.");
            continue;
        }
        let mut tally = Tally::default();
        if let Err(sentence) = stage.run(workspace, &mut tally) {
            println!("FAILED: {sentence}");
            tally.failed = tally.failed.max(1);
        }
        total.add(tally);
    }
    let without = if options.no_browser { ", the browser SKIPPED by --no-browser" } else { "" };
    println!("\n{} passed, {} failed{without}", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Stage {
    fn heading(self) -> &'static str {
        match self {
            Self::Targets => "Rust targets",
            Self::Native => "The workspace, natively",
            Self::Node => "The engine, as Wasm in Node",
            Self::Fuzz => "The fuzz targets",
            Self::Build => "The module",
            Self::Module => "The module, in an interpreter",
            Self::Envoy => "The module, in Envoy",
            Self::Deploy => "The files under envoy/",
            Self::Versions => "The module, in older Envoys",
            Self::Browser => "The module, in Envoy, asked by Chromium",
            Self::Demo => "The demo",
            Self::Dist => "The distribution",
            Self::Containers => "The containers",
        }
    }

    fn run(self, workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
        match self {
            Self::Targets => ["wasm32-wasip1", "wasm32-unknown-unknown"].into_iter().try_for_each(ensure_rust_target),
            Self::Native => native(workspace, tally),
            Self::Node => node(workspace, tally),
            Self::Fuzz => fuzz::run_as_test(workspace, tally),
            Self::Build => build_module::run(workspace).map(drop),
            Self::Module => world(MODULE_WORLD, workspace, tally),
            Self::Envoy => world(ENVOY_WORLD, workspace, tally),
            Self::Deploy => world(DEPLOY_WORLD, workspace, tally),
            Self::Versions => versions(workspace, tally),
            Self::Browser => browser(workspace, tally),
            Self::Demo => demo(workspace, tally),
            Self::Dist => {
                release::run_as_test(workspace, tally)?;
                dist::run_as_test(workspace, tally)
            }
            Self::Containers => containers(workspace, tally),
        }
    }
}

fn native(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let mut libraries = workspace.cargo();
    libraries.args(["test", "--workspace", "--exclude", "corsac", "--no-fail-fast"]);
    let libraries = stream(&mut libraries, tally);
    let mut worlds = workspace.integration_tests("corsac");
    worlds.retain(|world| {
        ![MODULE_WORLD, ENVOY_WORLD, DEPLOY_WORLD, BROWSER_WORLD, CONTAINERS_WORLD].contains(&world.as_str())
    });
    if worlds.is_empty() {
        return libraries;
    }
    let mut others = workspace.cargo();
    others.args(["test", "--package", "corsac", "--no-fail-fast"]);
    others.args(worlds.iter().flat_map(|world| ["--test", world]));
    libraries.and(stream(&mut others, tally))
}

/// Plain `#[test]`s are invisible to the runner, which then says "no tests to run" and succeeds: so at least one must have run.
/// The engine's other tests need oracles that do not build for Wasm.
fn node(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let path = path_with_node()?;
    let lock = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(|error| format!("{} cannot be read: {error}.", lock.display()))?;
    let runner = wasm_bindgen_runner(&lock, &workspace.target)?;
    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--package", "corsac-policy", "--test", ENGINE_WORLD, "--target", "wasm32-unknown-unknown"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("PATH", path);
    stream(&mut cargo, tally)?;
    if tally.passed == 0 {
        return Err("no test ran in Node: tests that are to run there carry #[wasm_bindgen_test].".to_owned());
    }
    Ok(())
}

/// A browser that is missing fails here, once, with the command that installs it.
fn browser(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    Browser::find().map_err(|error| format!("{error} Or leave the browser out with `--no-browser`."))?;
    let tests = world(BROWSER_WORLD, workspace, tally);
    let module = build_module::build(workspace)?.path;
    tally.add(demo::see_as_test(workspace, &module)?);
    tests
}

/// Tests of the built module. What they print of their counts is shown.
fn world(name: &str, workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    stream(&mut world_command(name, workspace)?, tally)?;
    if tally.passed == 0 {
        return Err(format!("no test ran in tests/{name}."));
    }
    Ok(())
}

fn world_command(name: &str, workspace: &Workspace) -> Outcome<Command> {
    let module = build_module::build(workspace)?.path;
    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--package", "corsac", "--test", name, "--no-fail-fast", "--", "--show-output"])
        .env("CORSAC_WASM", module);
    Ok(cargo)
}

/// The module's tests once in each older version, whatever the others did; a line of counts for each.
fn versions(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for version in Version::all().filter(|version| *version != Version::newest()) {
        println!("\n-- Envoy {}", version.number());
        let mut cargo = world_command(ENVOY_WORLD, workspace)?;
        cargo.args(OF_THE_NEWEST.iter().flat_map(|test| ["--skip", test]));
        cargo.env_remove("ENVOY").env("CORSAC_ENVOY_VERSION", version.number());
        let mut counts = Tally::default();
        let ran = stream(&mut cargo, &mut counts);
        lines.push(format!("Envoy {}: {} passed, {} failed", version.number(), counts.passed, counts.failed));
        if ran.is_err() || counts.passed == 0 {
            failed.push(version.number());
        }
        tally.add(counts);
    }
    println!("\n{}", lines.join("\n"));
    if failed.is_empty() { Ok(()) } else { Err(format!("not all tests passed in Envoy {}.", failed.join(", "))) }
}

fn containers(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let dockerd = Dockerd::unless_one_answers().map_err(|error| error.to_string())?;
    let mut cargo = world_command(CONTAINERS_WORLD, workspace)?;
    cargo.envs(dockerd.iter().map(|dockerd| ("DOCKER_HOST", dockerd.host())));
    stream(&mut cargo, tally)
}

fn demo(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let module = build_module::build(workspace)?.path;
    tally.add(demo::run_as_test(workspace, &module)?);
    Ok(())
}

/// Runs a command, passes its output through as it comes, and counts the tests in it.
fn stream(command: &mut Command, tally: &mut Tally) -> Outcome<()> {
    let cannot = |error| format!("cargo cannot be run: {error}.");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot)?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        let mut terminal = std::io::stdout();
        // Bytes, since a test may print what is no UTF-8.
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            // A reader that went away does not stop the tests.
            let _ = terminal.write_all(&line);
            tally.read(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    let status = child.wait().map_err(cannot)?;
    if status.success() { Ok(()) } else { Err(format!("cargo test ends with {status}.")) }
}
