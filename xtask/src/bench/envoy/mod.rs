//! `cargo xtask bench envoy`: what a request costs inside Envoy.
//!
//! Processor time of Envoy's one worker, by a fixed number of requests at a time. Twenty copies of a filter
//! stand in the chain, and the chain without them is subtracted: the price of one filter is the difference by twenty.

mod chart;
mod floor;
pub mod kind;
mod measure;
mod priced;
mod report;
mod stage;
mod targets;
mod variant;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use corsac_testbed::envoy::VERSION;
use walrus::Module;

use self::kind::Kind;
use self::stage::{Modules, Stage};
use self::variant::Variant;
use super::quiet::bind_to_one_processor;
use super::{document, load};
use crate::workspace::Workspace;
use crate::{Outcome, build_module};

#[derive(clap::Args)]
pub struct Options {
    /// Measure these kinds of traffic (`allowed`, …) or these variants (`entry`, `corsac`, `native-100`, …) only: a kind's
    /// name, a variant's or a part of several. May be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// How often every variant has its turn.
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// Another build of the module, measured beside this one. May be given several times.
    #[arg(long)]
    module: Vec<PathBuf>,
    /// Write the tables into docs/performance.md and the chart into docs/images.
    #[arg(long, conflicts_with_all = ["only", "module"])]
    write: bool,
}

/// The chart's file name.
const CHART: &str = "performance-origins.svg";

/// Measures, prints the tables, writes the figures as JSON.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    load::ensure()?;
    let modules = modules(workspace, &options.module)?;
    let labels: Vec<String> = modules.others.iter().map(|(label, _)| label.clone()).collect();
    let cells = cells(&options.only, &labels)?;
    let folder = workspace.target.join("corsac/bench");
    bind_to_one_processor()?;
    let stage = Stage::start(&cells, &modules, &folder)?;
    let measured = measure::run(&stage, cells, options.rounds)?;
    report::write_json(&measured, &folder.join("envoy.json"))?;
    let text = format!("{}\n\n{}", setting(&modules.built, options.rounds)?, report::markdown(&measured));
    println!("{text}");
    let Some(chart) = chart::svg(&measured) else { return Ok(()) };
    write(&folder.join(CHART), &chart)?;
    if options.write {
        document::write_section(&workspace.root, "envoy", &text)?;
        write(&workspace.root.join("docs/images").join(CHART), &chart)?;
    }
    Ok(())
}

/// What was measured where, and that the module has no callback for bodies: it cannot be entered for one.
fn setting(module: &Path, rounds: usize) -> Outcome<String> {
    let bytes = fs::read(module).map_err(|error| format!("{}: {error}.", module.display()))?;
    let callbacks = callbacks(&bytes)?;
    if callbacks.iter().any(|name| name.ends_with("_body")) {
        return Err(format!("the module has a callback for bodies: {}.", callbacks.join(", ")));
    }
    Ok(format!(
        "{rounds} rounds, Envoy {VERSION}, on one processor ({}). Of a request's callbacks the module has `{}`.",
        processor(),
        callbacks.join("`, `")
    ))
}

/// The callbacks for which Envoy enters the module while a request is under way.
fn callbacks(module: &[u8]) -> Outcome<Vec<String>> {
    let module = Module::from_buffer(module).map_err(|error| format!("the module does not parse: {error:#}."))?;
    let of_instance = ["proxy_on_configure", "proxy_on_memory_allocate", "proxy_on_tick", "proxy_on_vm_start"];
    let names = module.exports.iter().map(|export| export.name.clone());
    Ok(names.filter(|name| name.starts_with("proxy_on_") && !of_instance.contains(&name.as_str())).collect())
}

/// The processor's name, as Linux tells it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("of an unknown kind", |(_, name)| name).to_owned()
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    eprintln!("{} is written.", path.display());
    Ok(())
}

fn modules(workspace: &Workspace, others: &[PathBuf]) -> Outcome<Modules> {
    let labelled = |path: &PathBuf| {
        let path = path.canonicalize().map_err(|error| format!("{}: {error}.", path.display()))?;
        Ok((label(&path), path))
    };
    Ok(Modules {
        built: build_module::build(workspace)?.path,
        others: others.iter().map(labelled).collect::<Outcome<Vec<_>>>()?,
    })
}

fn label(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The kinds and variants that are wanted; each kind with the chain without a filter, from which the prices are counted.
fn cells(only: &[String], labels: &[String]) -> Outcome<Vec<(Kind, Variant)>> {
    let is_kind = |word: &&String| Kind::from_str(word, false).is_ok();
    let (kinds, parts): (Vec<&String>, Vec<&String>) = only.iter().partition(is_kind);
    let mut variants = Variant::all(labels);
    if let Some(unknown) = parts.iter().find(|part| !variants.iter().any(|variant| variant.id().contains(**part))) {
        let ids: Vec<String> = variants.iter().map(Variant::id).collect();
        return Err(format!("there is no variant {unknown}; there are {}.", ids.join(", ")));
    }
    let names: Vec<String> = variants.iter().map(Variant::name).collect();
    let is_meant = |variant: &Variant, part: &String| {
        if names.contains(part) { variant.name() == *part } else { variant.id().contains(part) }
    };
    variants.retain(|variant| {
        *variant == Variant::Nothing || parts.is_empty() || parts.iter().any(|part| is_meant(variant, part))
    });
    let kinds = Kind::value_variants().iter().filter(|kind| kinds.is_empty() || kinds.contains(&&kind.id()));
    let pairs = kinds.flat_map(|kind| variants.iter().map(|variant| (*kind, variant.clone())));
    Ok(pairs.filter(|(kind, variant)| variant.is_measured_under(*kind)).collect())
}
