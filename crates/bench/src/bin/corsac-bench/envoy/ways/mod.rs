//! `cargo xtask bench ways`: one policy in five ways, measured beside each other in one Envoy.

mod answers;
pub mod lua;
pub mod processor;
mod report;

use corsac_testbed::Result;
use corsac_testbed::envoy::VERSION;
use corsac_testbed::target;

use super::measure;
use super::measured_envoy::{MeasuredEnvoy, Modules};
use super::report::write_json;
use super::traffic::Traffic;
use super::variant::{LISTS, List, Variant};
use super::{processor_name, select};
use crate::quiet_turns::bind_to_one_processor;
use crate::{document, h2load};

#[derive(clap::Args)]
pub struct Options {
    /// Measure only this kind of traffic (`allowed`, …) or this variant (`lua`, `ext-proc-100`, …).
    /// A part of a variant's name selects several. Can be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// The number of rounds. Every variant has its turn in each.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Write the tables into docs/performance.md.
    #[arg(long, conflicts_with = "only")]
    write: bool,
}

/// A way to put a CORS policy into Envoy.
pub type Way = fn(List) -> Variant;

/// All of them, with their names in tables.
pub const WAYS: [(&str, Way); 5] = [
    ("Corsac, Wasm", |list| Variant::Corsac(list, None)),
    ("Corsac, dynamic module", Variant::Module),
    ("Envoy's own filter", Variant::Native),
    ("Lua", Variant::Lua),
    ("`ext_proc`", Variant::Processor),
];

/// What each way costs that does nothing.
pub const FLOORS: [Variant; 3] = [Variant::Entry, Variant::EmptyLua, Variant::EmptyProcessor];

/// Compares the answers, measures, and prints the tables.
pub fn run(options: &Options) -> Result<()> {
    h2load::ensure()?;
    let modules = Modules {
        built: corsac_testbed::module()?,
        others: Vec::new(),
        native: Some(corsac_testbed::native_module()?),
    };
    let cells = select(cells(), &options.only)?;
    let folder = target().join("corsac/bench");
    bind_to_one_processor()?;
    let envoy = MeasuredEnvoy::start(&cells, &modules, &folder)?;
    let differences = answers::compare(&envoy, &cells)?;
    let measured = measure::run(&envoy, cells, options.rounds)?;
    write_json(&measured, &folder.join("ways.json"))?;
    let setting = format!("{} rounds, Envoy {VERSION}, on one processor ({}).", options.rounds, processor_name());
    let text = format!("{setting}\n\n{}", report::all(&measured, &differences));
    println!("{text}");
    if options.write { document::write_section("ways", &text) } else { Ok(()) }
}

/// The measured pairs. Every list is measured with an origin that it allows. Only the shortest is
/// measured under the other kinds of traffic.
fn cells() -> Vec<(Traffic, Variant)> {
    let mut cells = Vec::new();
    for traffic in [
        Traffic::NoOrigin,
        Traffic::Allowed,
        Traffic::Refused,
        Traffic::Alone,
        Traffic::PreflightAllowed,
        Traffic::PreflightRefused,
    ] {
        cells.push((traffic, Variant::Nothing));
        if !traffic.is_preflight() {
            cells.extend(FLOORS.map(|floor| (traffic, floor)));
        }
        let lists = if traffic == Traffic::Allowed { &LISTS[..] } else { &LISTS[..1] };
        for list in lists {
            cells.extend(WAYS.map(|(_, way)| (traffic, way(*list))));
        }
    }
    cells
}
