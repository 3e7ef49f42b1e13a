//! `cargo xtask build --native`: builds the native filter, a dynamic module for Envoy.

use std::fs;
use std::path::{Path, PathBuf};

use corsac_testbed::programs::run_to_end;
use corsac_testbed::{Error, Result};

use crate::build_module::reproducible_build;
use crate::tools::cargo_home;
use crate::workspace::Workspace;

const PACKAGE: &str = "corsac-envoy-module";

/// Builds the native filter and prints its size.
pub fn run(workspace: &Workspace) -> Result<PathBuf> {
    let path = build(workspace)?;
    let size = fs::metadata(&path).map_err(Error::when(path.display()))?.len();
    println!("{}, {size} bytes", workspace.shown(&path));
    Ok(path)
}

/// Compiles, links and writes the native filter.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = reproducible_build(workspace, cargo_home(), "build");
    cargo.args(["--package", PACKAGE, "--profile", "native"]);
    run_to_end(&mut cargo, "the native filter does not build")?;
    put(&workspace.linked_native_module("native"), workspace.native_module())
}

/// The same with faults to inject, for tests: see `crates/envoy-module/src/fault.rs`. It is not
/// optimised.
pub fn build_faulty(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", PACKAGE, "--features", "fault-injection"]);
    run_to_end(&mut cargo, "the native filter does not build with faults")?;
    let path = workspace.native_module().with_file_name("libcorsac-faulty.so");
    put(&workspace.linked_native_module("debug"), path)
}

/// Copies the file. Never in place: an Envoy that has the old file open would read the new one's
/// code.
fn put(linked: &Path, path: PathBuf) -> Result<PathBuf> {
    let staged = path.with_extension("new");
    fs::create_dir_all(path.parent().unwrap_or(&path))
        .and_then(|()| fs::copy(linked, &staged))
        .and_then(|_| fs::rename(&staged, &path))
        .map_err(Error::when(path.display()))?;
    Ok(path)
}
