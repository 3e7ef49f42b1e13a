//! `cargo xtask bench envoy`: what a request costs inside Envoy.
//!
//! Processor time of the Envoy process, one worker, by a fixed number of requests at a time. Twenty copies of a filter
//! stand in the chain, and the chain without them is subtracted: the price of one filter is the difference by twenty.

mod floor;
mod kind;
mod measure;
mod priced;
mod report;
mod stage;
mod statistics;
mod targets;
mod variant;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use self::kind::Kind;
use self::stage::{Modules, Stage};
use self::variant::Variant;
use super::load;
use crate::workspace::Workspace;
use crate::{Outcome, build_module};

#[derive(clap::Args)]
pub struct Options {
    /// Measure these kinds of traffic (`allowed`, …) or these variants (`entry`, `corsac`, `native-100`, …) only: a kind's
    /// name, or a part of a variant's. May be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// How often every variant has its turn.
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// Another build of the module, measured beside this one. May be given several times.
    #[arg(long)]
    module: Vec<PathBuf>,
}

/// Measures, prints the tables, writes the figures as JSON.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<()> {
    load::ensure()?;
    let modules = modules(workspace, &options.module)?;
    let labels: Vec<String> = modules.others.iter().map(|(label, _)| label.clone()).collect();
    let cells = cells(&options.only, &labels)?;
    let folder = workspace.target.join("corsac/bench");
    let stage = Stage::start(&cells, &modules, &folder)?;
    let measured = measure::run(&stage, cells, options.rounds)?;
    println!("{}", report::markdown(&measured));
    report::write_json(&measured, &folder.join("envoy.json"))
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
    variants.retain(|variant| {
        *variant == Variant::Nothing || parts.is_empty() || parts.iter().any(|part| variant.id().contains(*part))
    });
    let kinds = Kind::value_variants().iter().filter(|kind| kinds.is_empty() || kinds.contains(&&kind.id()));
    let pairs = kinds.flat_map(|kind| variants.iter().map(|variant| (*kind, variant.clone())));
    Ok(pairs.filter(|(kind, variant)| variant.is_measured_under(*kind)).collect())
}
