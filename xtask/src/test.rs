//! `cargo xtask test`: every test, on a fresh machine, with one sum at the end.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use clap::ValueEnum;
use corsac_testbed::browser::Browser;
use corsac_testbed::containers::Dockerd;
use corsac_testbed::envoy::Version;
use corsac_testbed::node::Node;
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::{Error, Result};

use crate::tools::{WasmBindgen, ensure_rust_target, wasm_bindgen};
use crate::workspace::Workspace;
use crate::{applications, build_module, build_native, checklist, dist, fuzz, playground};

/// The test programs of the filter's package. All need the built module, except for the
/// playground's, which needs the built page. The names are those of the folders in `tests/`.
const MODULE: [&str; 1] = ["module"];
const ENVOY: [&str; 2] = ["envoy", "envoy_vectors"];
const FLEET: [&str; 1] = ["fleet"];
const NATIVE_MODULE: [&str; 1] = ["native"];
const DEPLOY: [&str; 1] = ["deploy"];
const BROWSER: [&str; 1] = ["browser"];
const PLAYGROUND: [&str; 1] = ["playground"];
const CONTAINERS: [&str; 1] = ["containers"];
const OBSERVABILITY: [&str; 1] = ["observability"];
const ZOO: [&str; 1] = ["zoo"];

/// Tests of [`ENVOY`] that the native module does not run: the calls of the Wasm ABI, the gauges
/// and the fetched origins that only the Wasm module has, and the README's table.
const WASM_ONLY: [&str; 5] = ["contexts::", "capabilities::", "metrics::", "sources::", "comparison::"];
/// The first release line of Envoy that loads the native module.
const FIRST_WITH_NATIVE: &str = "1.38";
/// Tests of [`ENVOY`] that only the newest Envoy runs: the README's table, and the engine's
/// diagnostics, which do not depend on Envoy.
const NEWEST_ONLY: [&str; 2] = ["comparison::", "every_diagnosis_of_the_vectors"];
/// The test program of the engine that also runs as Wasm.
const ENGINE_IN_WASM: &str = "wasm";

#[derive(clap::Args)]
pub struct Options {
    /// Run only one stage.
    #[arg(long, value_enum)]
    only: Option<Stage>,
    /// Skip the stages with a browser.
    #[arg(long)]
    no_browser: bool,
    /// Arguments for the test programs of the stage, such as a part of a test's or vector's name.
    #[arg(last = true, requires = "only")]
    arguments: Vec<String>,
}

impl Options {
    /// Every stage, including the browser.
    pub fn everything() -> Self {
        Self { only: None, no_browser: false, arguments: Vec::new() }
    }
}

/// The stages, in order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Rust's standard library for the two Wasm targets.
    Targets,
    /// The tests that need nothing but Rust.
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
    /// Several Envoys under load: a control plane that changes policy and module, and faults.
    Fleet,
    /// The native module in a real Envoy, and in each older release line that loads it.
    NativeModule,
    /// The files under envoy/: checked against their schemas, built, and served by a real Envoy.
    Deploy,
    /// The dashboard and the alerts, in a real Prometheus.
    Observability,
    /// Probes of real servers: of Envoy, of web servers and of frameworks.
    Zoo,
    /// The module in each older release line of Envoy that is pinned.
    Versions,
    /// The playground: its functions in Node and in Chromium, and its page. The demo links to it.
    Playground,
    /// The module in a real Envoy, with pages in Chromium that send the requests.
    Browser,
    /// The demo's requests and its page, checked.
    Demo,
    /// The parts of a release: reproduced, pushed, pulled and loaded.
    Dist,
    /// The compose file and the image, in a Docker engine. As root, it starts and stops `dockerd`
    /// if none runs.
    Containers,
}

/// Runs every stage, even after failures, and ends with `N passed, N failed`. A stage that cannot
/// run prints the reason and counts as a failure. Only `--no-browser` skips a stage.
pub fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut total = TestCounts::default();
    let stages = Stage::value_variants().iter().filter(|stage| options.only.is_none_or(|only| only == **stage));
    for stage in stages {
        println!("\n== {}", stage.heading());
        if matches!(stage, Stage::Browser | Stage::Playground) && options.no_browser {
            println!("SKIPPED by --no-browser: no real browser was tested.");
            continue;
        }
        let mut run = StageRun { workspace, arguments: &options.arguments, counts: TestCounts::default() };
        if let Err(error) = run.run(*stage) {
            println!("FAILED: {error}");
            run.counts.failed = run.counts.failed.max(1);
        }
        total.add(run.counts);
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
            Self::Fleet => "The module, in a fleet of Envoys",
            Self::NativeModule => "The native module, in Envoy",
            Self::Deploy => "The files under envoy/",
            Self::Observability => "The dashboard and the alerts, in Prometheus",
            Self::Zoo => "Probes of real servers",
            Self::Versions => "The module, in older Envoys",
            Self::Browser => "The module, in Envoy, with Chromium",
            Self::Playground => "The playground, in Node and in Chromium",
            Self::Demo => "The demo",
            Self::Dist => "The distribution",
            Self::Containers => "The containers",
        }
    }
}

/// A stage that runs: its test programs, and the counts so far.
struct StageRun<'a> {
    workspace: &'a Workspace,
    /// For the test programs.
    arguments: &'a [String],
    counts: TestCounts,
}

impl StageRun<'_> {
    fn run(&mut self, stage: Stage) -> Result<()> {
        match stage {
            Stage::Targets => ["wasm32-wasip1", "wasm32-unknown-unknown"].into_iter().try_for_each(ensure_rust_target),
            Stage::Native => self.native(),
            Stage::Node => self.node(),
            Stage::Fuzz => fuzz::run_as_test(self.workspace, &mut self.counts),
            Stage::Build => build_module::run(self.workspace).map(drop),
            Stage::Module => self.test_programs(&MODULE),
            Stage::Envoy => self.test_programs(&ENVOY),
            Stage::Fleet => self.test_programs(&FLEET),
            Stage::NativeModule => self.native_module(),
            Stage::Deploy => build_native::build(self.workspace).and_then(|_| self.test_programs(&DEPLOY)),
            Stage::Observability => self.test_programs(&OBSERVABILITY),
            Stage::Zoo => self.test_programs(&ZOO),
            Stage::Versions => self.versions(),
            Stage::Browser => self.browser(),
            Stage::Playground => self.playground(),
            Stage::Demo => self.demo(&[]),
            Stage::Dist => {
                checklist::run_as_test(self.workspace, &mut self.counts)?;
                dist::run_as_test(self.workspace, &mut self.counts)
            }
            Stage::Containers => self.containers(),
        }
    }

    /// Every package but the filter's, and the test programs of the filter's package that no other
    /// stage runs.
    fn native(&mut self) -> Result<()> {
        let mut packages = self.workspace.cargo();
        packages.args(["test", "--workspace", "--exclude", "corsac", "--no-fail-fast", "--"]);
        // A change fails for its own reason only. Plain `cargo test` tries other cases each time.
        packages.env("PROPTEST_RNG_SEED", "1");
        let packages = self.stream(packages.args(self.arguments));
        let mut programs = self.workspace.integration_tests("corsac");
        let other_stages = [
            &MODULE[..],
            &ENVOY,
            &FLEET,
            &NATIVE_MODULE,
            &DEPLOY,
            &OBSERVABILITY,
            &ZOO,
            &BROWSER,
            &PLAYGROUND,
            &CONTAINERS,
        ]
        .concat();
        programs.retain(|program| !other_stages.contains(&program.as_str()));
        if programs.is_empty() {
            return packages;
        }
        let mut rest = self.workspace.cargo();
        rest.args(["test", "--package", "corsac", "--no-fail-fast"]);
        rest.args(programs.iter().flat_map(|program| ["--test", program])).arg("--");
        packages.and(self.stream(rest.args(self.arguments)))
    }

    /// The engine's other tests need oracles that do not build for Wasm.
    fn node(&mut self) -> Result<()> {
        self.as_wasm("corsac-policy", ENGINE_IN_WASM, None)
    }

    /// Runs a test program as Wasm, in Node or in a browser. At least one test must run: the runner
    /// does not see plain `#[test]`s, says "no tests to run", and succeeds.
    fn as_wasm(&mut self, package: &str, program: &str, browser: Option<&Browser>) -> Result<()> {
        let path = path_with_node()?;
        let runner = wasm_bindgen(WasmBindgen::TestRunner, self.workspace)?;
        let mut cargo = self.workspace.cargo();
        cargo
            .args(["test", "--package", package, "--test", program])
            .args(["--target", "wasm32-unknown-unknown", "--"])
            .args(self.arguments)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
            .env("PATH", path);
        if let Some(browser) = browser {
            // Its arguments are in the package's webdriver.json.
            cargo.env("WASM_BINDGEN_USE_BROWSER", "1").env("CHROMEDRIVER", browser.chromedriver());
        }
        let before = self.counts.passed;
        self.stream(&mut cargo)?;
        if self.counts.passed == before && self.arguments.is_empty() {
            return Err(Error::new("no test ran as Wasm. It takes #[wasm_bindgen_test]."));
        }
        Ok(())
    }

    /// The answers of the playground's functions in Node and in Chromium (the native stage has them
    /// natively), and the page.
    fn playground(&mut self) -> Result<()> {
        let browser = find_browser()?;
        playground::build(self.workspace)?;
        let answers = self.as_wasm("corsac-playground", "answers", None);
        let answers = answers.and(self.as_wasm("corsac-playground", "answers", Some(&browser)));
        let mut cargo = self.workspace.cargo();
        cargo.args(["test", "--package", "corsac", "--no-fail-fast"]);
        cargo.args(PLAYGROUND.iter().flat_map(|name| ["--test", name]));
        cargo.args(["--", "--show-output"]).args(self.arguments);
        let page = self.stream(&mut cargo);
        answers.and(page)
    }

    /// Fails if the browser is missing, with the command that installs it.
    fn browser(&mut self) -> Result<()> {
        find_browser()?;
        let tests = self.test_programs(&BROWSER);
        if self.arguments.is_empty() { tests.and(self.demo(&["--browser"])) } else { tests }
    }

    fn demo(&mut self, arguments: &[&str]) -> Result<()> {
        let mut demo = applications::with_module(self.workspace, "corsac-demo")?;
        self.stream(demo.args(["--once", "--port", "0"]).args(arguments))
    }

    fn test_programs(&mut self, names: &[&str]) -> Result<()> {
        let mut command = self.test_command(names)?;
        self.stream(&mut command)?;
        if self.counts.passed == 0 {
            return Err(Error::new(format!("no test ran in tests/{}.", names.join(" and tests/"))));
        }
        Ok(())
    }

    /// The tests of the Wasm module in Envoy, with the native module in its place, and those of
    /// what only the native module does. In older Envoys, the vectors.
    fn native_module(&mut self) -> Result<()> {
        let module = build_native::build(self.workspace)?;
        let faulty = build_native::build_faulty(self.workspace)?;
        let with_native = |names: &[&str]| {
            let mut cargo = self.workspace.cargo();
            cargo.args(["test", "--package", "corsac", "--no-fail-fast"]);
            cargo.env("CORSAC_NATIVE", &module).env("CORSAC_NATIVE_FAULTY", &faulty);
            cargo.args(names.iter().flat_map(|name| ["--test", name])).args(["--", "--show-output"]);
            cargo.args(self.arguments);
            cargo
        };
        let mut newest = with_native(&[&ENVOY[..], &NATIVE_MODULE].concat());
        newest.args(WASM_ONLY.iter().flat_map(|test| ["--skip", test]));
        let mut commands = vec![newest];
        commands.extend(self.unit_tests_under_a_sanitizer());
        for version in Version::all().skip_while(|version| version.line() != FIRST_WITH_NATIVE) {
            if version != Version::newest() {
                let mut older = with_native(&["envoy_vectors"]);
                older.env_remove("ENVOY").env("CORSAC_ENVOY_VERSION", version.number());
                commands.push(older);
            }
        }
        commands.iter_mut().map(|command| self.stream(command)).fold(Ok(()), Result::and)
    }

    /// The native module's unit tests under `AddressSanitizer`: all `unsafe` code that a hook can
    /// reach, over a mock of Envoy. The compiler counts the option as unstable.
    fn unit_tests_under_a_sanitizer(&self) -> Option<Command> {
        const HOST: &str = "x86_64-unknown-linux-gnu";
        if !cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")) || !self.arguments.is_empty() {
            return None;
        }
        let mut cargo = self.workspace.cargo();
        cargo.args(["test", "--package", "corsac-envoy-module", "--lib", "--target", HOST]);
        // A folder of its own, since other flags make other dependencies.
        cargo.arg("--target-dir").arg(self.workspace.target.join("sanitizer"));
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        Some(cargo)
    }

    /// Test programs with the built module. They show the output of their tests, which includes
    /// counts.
    fn test_command(&self, names: &[&str]) -> Result<Command> {
        let module = build_module::build(self.workspace)?.path;
        let mut cargo = self.workspace.cargo();
        cargo.args(["test", "--package", "corsac", "--no-fail-fast"]).env("CORSAC_WASM", module);
        cargo.args(names.iter().flat_map(|name| ["--test", name])).args(["--", "--show-output"]).args(self.arguments);
        Ok(cargo)
    }

    /// The tests in each older version of Envoy, even after failures, and a line of counts for
    /// each.
    fn versions(&mut self) -> Result<()> {
        let mut lines = Vec::new();
        let mut failed = Vec::new();
        for version in Version::all().filter(|version| *version != Version::newest()) {
            println!("\n-- Envoy {}", version.number());
            let mut cargo = self.test_command(&ENVOY)?;
            cargo.args(NEWEST_ONLY.iter().flat_map(|test| ["--skip", test]));
            cargo.env_remove("ENVOY").env("CORSAC_ENVOY_VERSION", version.number());
            let before = self.counts;
            let ran = self.stream(&mut cargo);
            let (passed, failures) = (self.counts.passed - before.passed, self.counts.failed - before.failed);
            lines.push(format!("Envoy {}: {passed} passed, {failures} failed", version.number()));
            if ran.is_err() || passed == 0 {
                failed.push(version.number());
            }
        }
        println!("\n{}", lines.join("\n"));
        if failed.is_empty() {
            return Ok(());
        }
        Err(Error::new(format!("not all tests passed in Envoy {}.", failed.join(", "))))
    }

    fn containers(&mut self) -> Result<()> {
        dist::make_natives(self.workspace)?;
        let dockerd = Dockerd::unless_one_answers()?;
        let mut cargo = self.test_command(&CONTAINERS)?;
        cargo.envs(dockerd.iter().map(|dockerd| ("DOCKER_HOST", dockerd.host())));
        self.stream(&mut cargo)
    }

    /// Runs a command, prints its output as it comes, and counts the tests in it.
    fn stream(&mut self, command: &mut Command) -> Result<()> {
        let failed = |error| Error::new(format!("cargo cannot be run: {error}."));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            let mut terminal = std::io::stdout();
            // Bytes, since the output of a test need not be UTF-8.
            while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                // The tests go on if nobody reads the output any more.
                let _ = terminal.write_all(&line);
                self.counts.read(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        let status = child.wait().map_err(failed)?;
        if status.success() { Ok(()) } else { Err(Error::new(format!("cargo ends with {status}."))) }
    }
}

fn find_browser() -> Result<Browser> {
    Browser::find().map_err(|error| Error::new(format!("{error} Or skip the browser with `--no-browser`.")))
}

/// A `PATH` whose `node` is new enough.
fn path_with_node() -> Result<OsString> {
    let node = Node::find()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = node.folder().into_iter().chain(env::split_paths(&path));
    env::join_paths(folders)
        .map_err(|error| Error::new(format!("the PATH cannot contain the folder of Node: {error}.")))
}
