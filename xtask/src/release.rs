//! `cargo xtask release`: goes through the checklist of a release.
//!
//! It changes and publishes nothing. It prints the checklist, runs every test, builds the
//! distribution twice, and prints the digests and the remaining commands.

use std::process::ExitCode;

use corsac_testbed::{Error, Result};

use crate::checklist::{self, Item, ItemState};
use crate::dist::{self, Distribution, VERSION};
use crate::test;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    /// Print the checklist only: no tests, no build.
    #[arg(long)]
    check: bool,
}

/// Goes through the checklist. With `--check`, status 0 means that nothing is wrong; without it,
/// that the release is ready.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    println!("Corsac {VERSION}\n");
    let items = checklist::items(workspace)?;
    items.iter().for_each(Item::print);
    let open = items.iter().filter(|item| item.state != ItemState::Holds).count();
    if options.check {
        let wrong = items.iter().filter(|item| item.is_wrong()).count();
        println!("\n{} of {} items hold, {wrong} wrong.", items.len() - open, items.len());
        return Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if open > 0 {
        return Err(Error::new(format!("{open} of {} items are open.", items.len())));
    }
    let tests = test::run(workspace, &test::Options::everything());
    if tests != ExitCode::SUCCESS {
        return Ok(tests);
    }
    let distribution = dist::run(workspace, &dist::Options::verified())?;
    println!("\n{}", remaining_steps(&distribution, &workspace.shown(&distribution.folder).to_string()));
    Ok(ExitCode::SUCCESS)
}

fn remaining_steps(distribution: &Distribution, folder: &str) -> String {
    let tag = checklist::tag();
    format!(
        "Remaining steps:\n  git tag --annotate {tag} --message 'Corsac {VERSION}' && git push origin {tag}\n  \
         skopeo copy oci:{folder}/image:{VERSION} docker://REGISTRY/corsac:{VERSION}\n  \
         skopeo copy oci:{folder}/artifact:{VERSION} docker://REGISTRY/corsac-artifact:{VERSION}\n\
         Publish with them {folder}/corsac.wasm, its checksum {} and its bill of materials,\n\
         and the native modules {folder}/libcorsac-*.so with theirs.",
        distribution.digest()
    )
}
