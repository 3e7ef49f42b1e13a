//! `cargo xtask build`: builds the Wasm filter for Envoy, and checks its size against the budget.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use corsac_testbed::programs::run_to_end;
use corsac_testbed::{Error, Result};

use crate::sections::{code_size, with_custom};
use crate::strip::strip;
use crate::tools::{cargo_home, ensure_rust_target};
use crate::workspace::Workspace;

/// The largest size of the module, in bytes: every worker of every proxy holds it.
const MODULE_BUDGET: usize = 536 * 1024;
/// The largest size of its code section, in bytes: V8 compiles it.
const CODE_BUDGET: usize = 412 * 1024;

/// A built module: its path, and its sizes in bytes.
pub struct BuiltModule {
    pub path: PathBuf,
    linked: usize,
    stripped: usize,
    code: usize,
}

/// Builds the module and prints its sizes. A module over its budget is an error.
pub fn run(workspace: &Workspace) -> Result<PathBuf> {
    let built = build(workspace)?;
    println!("{}, {} bytes before stripping", workspace.shown(&built.path), built.linked);
    println!("  module        {:>7} of {MODULE_BUDGET} bytes", built.stripped);
    println!("  code section  {:>7} of {CODE_BUDGET} bytes", built.code);
    within_budget(built.stripped, built.code)?;
    Ok(built.path)
}

/// Compiles, links, strips and writes the filter.
pub fn build(workspace: &Workspace) -> Result<BuiltModule> {
    build_with_home(workspace, cargo_home())
}

/// The same with another `CARGO_HOME`, which holds the sources of dependencies.
pub fn build_with_home(workspace: &Workspace, home: Option<PathBuf>) -> Result<BuiltModule> {
    ensure_rust_target("wasm32-wasip1")?;
    link(workspace, home)?;
    let linked = read(&workspace.linked_module())?;
    let mut stripped = strip(&linked)?;
    for (name, content) in label() {
        stripped = with_custom(&stripped, name, content.as_bytes());
    }
    let code = code_size(&stripped).ok_or("the stripped module has no readable sections.")?;
    let path = workspace.module();
    write(&path, &stripped)?;
    Ok(BuiltModule { path, linked: linked.len(), stripped: stripped.len(), code })
}

/// The custom sections of the module: its version, under the name from WebAssembly's tool
/// conventions, and the version of its policy format.
pub fn label() -> [(&'static str, String); 2] {
    [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("corsac-policy-format", corsac_policy::FORMAT_VERSION.to_string()),
    ]
}

/// Compiles and links.
fn link(workspace: &Workspace, home: Option<PathBuf>) -> Result<()> {
    let mut cargo = reproducible_build(workspace, home, "build");
    cargo.args(["--package", "corsac", "--target", "wasm32-wasip1", "--release"]);
    run_to_end(&mut cargo, "the filter does not build")
}

/// `cargo build`, or a cargo command like it, for a shipped file. Panic messages contain source
/// paths. Their machine-dependent parts are removed, so that the same source gives the same file
/// everywhere. `home` is another `CARGO_HOME`.
pub fn reproducible_build(workspace: &Workspace, home: Option<PathBuf>, build: &str) -> Command {
    let mut flags = vec![format!("--remap-path-prefix={}=", workspace.root.display())];
    let mut cargo = workspace.cargo();
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
        cargo.env("CARGO_HOME", home);
    }
    cargo.arg(build).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo
}

fn within_budget(module: usize, code: usize) -> Result<()> {
    let over = |what: &str, size: usize, budget: usize| {
        Err(Error::new(format!("the {what} is {} bytes over its budget of {budget} bytes.", size - budget)))
    };
    if module > MODULE_BUDGET {
        return over("module", module, MODULE_BUDGET);
    }
    if code > CODE_BUDGET {
        return over("code section", code, CODE_BUDGET);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::new(format!("{} cannot be read: {error}.", path.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| Error::new(format!("{} cannot be written: {error}.", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_at_its_budget_passes() {
        assert_eq!(within_budget(MODULE_BUDGET, CODE_BUDGET), Ok(()));
    }

    #[test]
    fn one_byte_over_either_budget_fails_and_says_which() {
        let module = within_budget(MODULE_BUDGET + 1, 0).expect_err("over").to_string();
        assert_eq!(module, format!("the module is 1 bytes over its budget of {MODULE_BUDGET} bytes."));
        let code = within_budget(MODULE_BUDGET, CODE_BUDGET + 1).expect_err("over").to_string();
        assert!(code.starts_with("the code section is 1 bytes over"), "{code}");
    }
}
