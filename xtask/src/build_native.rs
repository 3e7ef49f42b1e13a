//! `cargo xtask build --native`: builds the native filter, a dynamic module for Envoy.

use std::fs;
use std::path::PathBuf;

use corsac_testbed::programs::run_to_end;
use corsac_testbed::{Error, Result};

use crate::build_module::reproducible_build;
use crate::tools::cargo_home;
use crate::workspace::Workspace;

/// Builds the native filter and prints its size.
pub fn run(workspace: &Workspace) -> Result<PathBuf> {
    let path = build(workspace)?;
    let size = fs::metadata(&path).map_err(Error::when(path.display()))?.len();
    println!("{}, {size} bytes", workspace.shown(&path));
    Ok(path)
}

/// Compiles, links and writes the native filter.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = reproducible_build(workspace, cargo_home());
    cargo.args(["--package", "corsac-envoy-module", "--profile", "native"]);
    run_to_end(&mut cargo, "the native filter does not build")?;
    let (linked, path) = (workspace.linked_native_module(), workspace.native_module());
    let folder = path.parent().unwrap_or(&path);
    // Never in place: an Envoy that has the old file open would read the new one's code.
    let staged = folder.join("libcorsac.so.new");
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(&linked, &staged))
        .and_then(|_| fs::rename(&staged, &path))
        .map_err(Error::when(path.display()))?;
    Ok(path)
}
