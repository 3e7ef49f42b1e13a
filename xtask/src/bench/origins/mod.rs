//! `cargo xtask bench origins`: what the list of origins costs, in the engine and in Envoy.

mod in_envoy;

use std::process::Command;

use clap::ValueEnum;

use crate::Outcome;
use crate::tools::{ensure_node, ensure_rust_target, run_to_end};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    /// Measure in one place only.
    #[arg(long, value_enum)]
    only: Option<Place>,
}

/// Where the engine runs while it is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Place {
    /// On this machine's own processor, optimised for speed.
    Native,
    /// As Wasm in Node (V8, as in Envoy), optimised for size as the module is.
    Wasm,
    /// In a real Envoy: memory and start-up time with 100,000 origins.
    Envoy,
}

/// Runs the benchmark in each place.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    for place in Place::value_variants() {
        if options.only.is_some_and(|only| only != *place) {
            continue;
        }
        match place {
            Place::Native => native(workspace)?,
            Place::Wasm => wasm(workspace)?,
            Place::Envoy => in_envoy::run(workspace)?,
        }
    }
    Ok(())
}

const PROGRAM: &str = "corsac-bench-origins";

fn native(workspace: &Workspace) -> Outcome<()> {
    println!("### Natively\n");
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "corsac-bench", "--bin", PROGRAM]);
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3").env("CARGO_PROFILE_RELEASE_LTO", "off");
    run_to_end(&mut cargo, "the benchmark does not run")
}

fn wasm(workspace: &Workspace) -> Outcome<()> {
    ensure_node()?;
    ensure_rust_target("wasm32-wasip1")?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--release", "--target", "wasm32-wasip1", "--package", "corsac-bench"]);
    run_to_end(&mut cargo, "the benchmark does not build as Wasm")?;
    println!("### As Wasm in V8\n");
    let program = workspace.target.join("wasm32-wasip1/release").join(PROGRAM).with_extension("wasm");
    let mut node = Command::new("node");
    node.args(["--no-warnings", "--input-type=module", "--eval", RUNNER]).arg(program);
    run_to_end(&mut node, "the benchmark does not run in Node")
}

/// Runs a WASI program in Node. V8 is told what Envoy's embedding of it leaves at the default: nothing.
const RUNNER: &str = r#"
import { readFile } from "node:fs/promises";
import { argv } from "node:process";
import { WASI } from "node:wasi";
const wasi = new WASI({ version: "preview1" });
const module = await WebAssembly.compile(await readFile(argv.at(-1)));
wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
"#;
