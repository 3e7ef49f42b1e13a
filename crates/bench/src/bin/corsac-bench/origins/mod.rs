//! `cargo xtask bench origins`: the cost of a list of origins, in the engine and in Envoy.

mod in_envoy;

use std::process::{Command, Stdio};

use clap::ValueEnum;
use corsac_testbed::programs::{cargo, first_line};
use corsac_testbed::{Error, Result, root, target};

use crate::document;

#[derive(clap::Args)]
pub struct Options {
    /// Measure in one place only.
    #[arg(long, value_enum)]
    only: Option<Runtime>,
    /// Write the most important rows into docs/performance.md.
    #[arg(long, conflicts_with = "only")]
    write: bool,
}

/// Where the engine runs during a measurement.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Runtime {
    /// On this machine's processor, optimized for speed.
    Native,
    /// As Wasm in Node (V8, as in Envoy), optimized like the module.
    Wasm,
    /// In a real Envoy: memory and start-up time with 100,000 origins.
    Envoy,
}

/// Measures in each place, and prints the tables.
pub fn run(options: &Options) -> Result<()> {
    let measure = |runtime: Runtime| {
        if options.only.is_some_and(|only| only != runtime) {
            return Ok(String::new());
        }
        let tables = runtime.measure()?;
        println!("### {}\n\n{tables}\n", runtime.heading());
        Ok::<_, Error>(tables)
    };
    measure(Runtime::Native)?;
    let (wasm, envoy) = (measure(Runtime::Wasm)?, measure(Runtime::Envoy)?);
    if options.write { document::write_section("origins", &for_the_document(&wasm, &envoy)) } else { Ok(()) }
}

const PROGRAM: &str = "corsac-bench-origins";

impl Runtime {
    fn heading(self) -> &'static str {
        match self {
            Self::Native => "Natively",
            Self::Wasm => "As Wasm in V8",
            Self::Envoy => "In Envoy",
        }
    }

    fn measure(self) -> Result<String> {
        match self {
            Self::Native => natively(),
            Self::Wasm => as_wasm(),
            Self::Envoy => in_envoy::measure(),
        }
    }
}

fn natively() -> Result<String> {
    let mut cargo = engine_benchmark("run");
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3").env("CARGO_PROFILE_RELEASE_LTO", "off");
    output(&mut cargo, "the benchmark does not run")
}

/// `cargo xtask` installs the target when it builds the module.
fn as_wasm() -> Result<String> {
    first_line(Command::new("node").arg("--version"))
        .ok_or("Node.js is missing. Install it (Debian: `apt-get install nodejs`).")?;
    let mut cargo = engine_benchmark("build");
    output(cargo.args(["--target", "wasm32-wasip1"]), "the benchmark does not build as Wasm")?;
    let program = target().join("wasm32-wasip1/release").join(PROGRAM).with_extension("wasm");
    let mut node = Command::new("node");
    node.args(["--no-warnings", "--input-type=module", "--eval", RUNNER]).arg(program);
    output(&mut node, "the benchmark does not run in Node")
}

/// A cargo command for the engine's benchmark alone, in release mode.
fn engine_benchmark(command: &str) -> Command {
    let mut cargo = cargo();
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target());
    cargo.args([command, "--quiet", "--release", "--package", "corsac-bench", "--bin", PROGRAM]);
    cargo.arg("--no-default-features");
    cargo
}

/// Runs a WASI program in Node. V8 has its default options, as in Envoy.
const RUNNER: &str = r#"
import { readFile } from "node:fs/promises";
import { argv } from "node:process";
import { WASI } from "node:wasi";
const wasi = new WASI({ version: "preview1" });
const module = await WebAssembly.compile(await readFile(argv.at(-1)));
wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
"#;

/// The output of a command, whose errors go to this terminal.
fn output(command: &mut Command, failure: &str) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Error::new(format!("{failure}: {error}.")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(Error::new(format!("{failure} ({}).", output.status)))
}

/// The lengths of lists in the document, and the questions.
const LENGTHS: [&str; 3] = ["10", "1000", "100000"];
const ASKED: [&str; 2] = ["hit", "miss"];
/// The regexes that the document leaves out, since they cost less than the others.
const LEFT_OUT: &str = "numbered tenants";

/// The tables of the document: in V8, as in Envoy, a part of the rows.
fn for_the_document(wasm: &str, envoy: &str) -> String {
    let tables = wasm.split("\n\n").filter(|table| !table.contains(LEFT_OUT));
    let is_shown = |line: &&str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match cells[..] {
            [_, length, asked, ..] if length.parse::<usize>().is_ok() => {
                LENGTHS.contains(&length) && ASKED.contains(&asked)
            }
            _ => true,
        }
    };
    let shown = tables.map(|table| table.lines().filter(is_shown).collect::<Vec<_>>().join("\n"));
    shown.chain([envoy.trim().to_owned()]).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::{form, heads, section};

    #[test]
    fn the_document_gets_a_part_of_the_rows() {
        let wasm = "| exact | asked | ns |\n|--:|:--|--:|\n| 10 | hit | 1 |\n| 10 | near miss | 2 |\n| 100 | hit | 3 |\n\n\
                    | regexes (numbered tenants) | asked | ns |\n|--:|:--|--:|\n| 10 | hit | 1 |";
        let expected = "| exact | asked | ns |\n|--:|:--|--:|\n| 10 | hit | 1 |\n\nEnvoy";
        assert_eq!(for_the_document(wasm, "Envoy\n"), expected);
    }

    #[test]
    fn the_document_has_the_form_of_the_tables() {
        let section = section("origins");
        let program = include_str!("../../../main.rs");
        let (envoy, engine) = (in_envoy::tests::example(), heads(&section));
        assert!(form(&section).ends_with(&form(envoy.trim())), "{section}");
        let [engine @ .., _] = &engine[..] else { panic!("no tables") };
        assert_eq!(engine.len(), 3, "exact origins, wildcards and regexes");
        for head in engine {
            let columns = head.split_once('|').and_then(|(_, rest)| rest.split_once('|')).expect("columns").1;
            assert!(program.contains(columns), "the benchmark prints no table with {head}");
        }
    }
}
