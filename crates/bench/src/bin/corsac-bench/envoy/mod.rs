//! `cargo xtask bench envoy`: the price of a request inside Envoy.
//!
//! It measures the processor time of Envoy's only worker for a fixed number of requests. The chain
//! contains twenty copies of a filter; the price of the filter is the difference from the chain
//! without them, divided by twenty.

mod chart;
mod floor;
mod host_call_price;
mod measure;
mod measured_envoy;
mod report;
mod targets;
pub mod traffic;
mod variant;
pub mod ways;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use corsac_testbed::envoy::VERSION;
use corsac_testbed::{Error, Result, root, target};
use walrus::Module;

use self::measured_envoy::{MeasuredEnvoy, Modules};
use self::traffic::Traffic;
use self::variant::Variant;
use crate::quiet_turns::bind_to_one_processor;
use crate::{document, h2load};

#[derive(clap::Args)]
pub struct Options {
    /// Measure only this kind of traffic (`allowed`, …) or this variant (`entry`, `corsac`,
    /// `native-100`, …). A part of a variant's name selects several. Can be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// The number of rounds. Every variant has its turn in each.
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// Another build of the module to measure too. Can be repeated.
    #[arg(long)]
    module: Vec<PathBuf>,
    /// Write the most important tables into docs/performance.md, and the chart into docs/images.
    #[arg(long, conflicts_with_all = ["only", "module"])]
    write: bool,
}

/// The file name of the chart.
const CHART: &str = "performance-origins.svg";

/// Measures, prints the tables, and writes the figures as JSON.
pub fn run(options: &Options) -> Result<()> {
    h2load::ensure()?;
    let modules = modules(&options.module)?;
    let labels: Vec<String> = modules.others.iter().map(|(label, _)| label.clone()).collect();
    let cells = cells(&options.only, &labels)?;
    let folder = target().join("corsac/bench");
    bind_to_one_processor()?;
    let envoy = MeasuredEnvoy::start(&cells, &modules, &folder)?;
    let measured = measure::run(&envoy, cells, options.rounds)?;
    report::write_json(&measured, &folder.join("envoy.json"))?;
    let setting = setting(&modules.built, options.rounds)?;
    println!("{setting}\n\n{}", report::all(&measured));
    let Some(chart) = chart::svg(&measured) else { return Ok(()) };
    write(&folder.join(CHART), &chart)?;
    if options.write {
        document::write_section("envoy", &format!("{setting}\n\n{}", report::for_the_document(&measured)))?;
        write(&root().join("docs/images").join(CHART), &chart)?;
    }
    Ok(())
}

/// The circumstances of the measurement. A module with a callback for bodies is an error, since
/// Envoy would enter it for every piece of a body.
fn setting(module: &Path, rounds: usize) -> Result<String> {
    let bytes = fs::read(module).map_err(|error| Error::new(format!("{}: {error}.", module.display())))?;
    let callbacks = callbacks(&bytes)?;
    if callbacks.iter().any(|name| name.ends_with("_body")) {
        return Err(Error::new(format!("the module has a callback for bodies: {}.", callbacks.join(", "))));
    }
    Ok(format!(
        "{rounds} rounds, Envoy {VERSION}, on one processor ({}). For a request, Envoy calls `{}`.",
        processor_name(),
        callbacks.join("`, `")
    ))
}

/// The callbacks of the module that belong to a request.
fn callbacks(module: &[u8]) -> Result<Vec<String>> {
    let module =
        Module::from_buffer(module).map_err(|error| Error::new(format!("the module does not parse: {error:#}.")))?;
    let not_of_a_request = ["proxy_on_configure", "proxy_on_memory_allocate", "proxy_on_tick", "proxy_on_vm_start"];
    let names = module.exports.iter().map(|export| export.name.clone());
    Ok(names.filter(|name| name.starts_with("proxy_on_") && !not_of_a_request.contains(&name.as_str())).collect())
}

/// The name of the processor, on Linux.
fn processor_name() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("of an unknown kind", |(_, name)| name).to_owned()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::new(format!("{} cannot be written: {error}.", path.display())))?;
    eprintln!("{} is written.", path.display());
    Ok(())
}

fn modules(others: &[PathBuf]) -> Result<Modules> {
    let labelled = |path: &PathBuf| {
        let path = path.canonicalize().map_err(|error| Error::new(format!("{}: {error}.", path.display())))?;
        Ok((label(&path), path))
    };
    Ok(Modules {
        built: corsac_testbed::module()?,
        others: others.iter().map(labelled).collect::<Result<Vec<_>>>()?,
        native: None,
    })
}

fn label(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The wanted pairs of traffic and variant.
fn cells(only: &[String], labels: &[String]) -> Result<Vec<(Traffic, Variant)>> {
    let variants = Variant::all(labels);
    let pairs =
        Traffic::value_variants().iter().flat_map(|traffic| variants.iter().map(|variant| (*traffic, variant.clone())));
    select(pairs.filter(|(traffic, variant)| variant.is_measured_under(*traffic)).collect(), only)
}

/// The pairs that the words select. Every kind of traffic includes the chain without a filter, from
/// which the prices are counted.
fn select(mut pairs: Vec<(Traffic, Variant)>, only: &[String]) -> Result<Vec<(Traffic, Variant)>> {
    let is_traffic = |word: &&String| Traffic::from_str(word, false).is_ok();
    let (traffic, parts): (Vec<&String>, Vec<&String>) = only.iter().partition(is_traffic);
    let mut variants: Vec<&Variant> = Vec::new();
    for (_, variant) in &pairs {
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    if let Some(unknown) = parts.iter().find(|part| !variants.iter().any(|variant| variant.id().contains(**part))) {
        let ids: Vec<String> = variants.into_iter().map(Variant::id).collect();
        return Err(Error::new(format!("there is no variant {unknown}; there are {}.", ids.join(", "))));
    }
    let names: Vec<String> = variants.into_iter().map(Variant::name).collect();
    let is_wanted = |variant: &Variant, part: &String| {
        if names.contains(part) { variant.name() == *part } else { variant.id().contains(part) }
    };
    pairs.retain(|(kind, variant)| {
        (traffic.is_empty() || traffic.contains(&&kind.id()))
            && (*variant == Variant::Nothing || parts.is_empty() || parts.iter().any(|part| is_wanted(variant, part)))
    });
    Ok(pairs)
}
