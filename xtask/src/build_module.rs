//! `cargo xtask build`: the filter as Envoy loads it, within its budget.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::sections::{code_size, with_custom};
use crate::strip::strip;
use crate::tools::{cargo_home, ensure_rust_target, run_to_end};
use crate::workspace::Workspace;

/// What the module may weigh, in bytes: every worker of every proxy holds it.
const MODULE_BUDGET: usize = 400 * 1024;
/// What its code section may weigh, in bytes: this is what V8 compiles.
const CODE_BUDGET: usize = 300 * 1024;

/// A built module: where it lies, and what it weighs in bytes.
pub struct Built {
    pub path: PathBuf,
    linked: usize,
    stripped: usize,
    code: usize,
}

/// Builds, and prints what came of it; a module over its budget is an error.
pub fn run(workspace: &Workspace) -> Outcome<PathBuf> {
    let built = build(workspace)?;
    println!("{}, {} bytes before stripping", workspace.shown(&built.path), built.linked);
    println!("  module        {:>7} of {MODULE_BUDGET} bytes", built.stripped);
    println!("  code section  {:>7} of {CODE_BUDGET} bytes", built.code);
    within_budget(built.stripped, built.code)?;
    Ok(built.path)
}

/// Compiles, links, strips and writes the filter.
pub fn build(workspace: &Workspace) -> Outcome<Built> {
    build_with_home(workspace, cargo_home())
}

/// The same with dependencies' sources under that home of cargo.
pub fn build_with_home(workspace: &Workspace, home: Option<PathBuf>) -> Outcome<Built> {
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
    Ok(Built { path, linked: linked.len(), stripped: stripped.len(), code })
}

/// What the module says of itself, in custom sections: its version, under the name of WebAssembly's tool conventions, and
/// that of the format of its policies.
pub fn label() -> [(&'static str, String); 2] {
    [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("corsac-policy-format", corsac_policy::FORMAT_VERSION.to_string()),
    ]
}

/// Compiles and links. Panic messages hold source paths: the parts that depend on the machine are cut,
/// so that the same source gives the same module everywhere.
fn link(workspace: &Workspace, home: Option<PathBuf>) -> Outcome<()> {
    let mut flags = vec![format!("--remap-path-prefix={}=", workspace.root.display())];
    let mut cargo = workspace.cargo();
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
        cargo.env("CARGO_HOME", home);
    }
    cargo
        .args(["build", "--package", "corsac", "--target", "wasm32-wasip1", "--release"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    run_to_end(&mut cargo, "the filter does not build")
}

fn within_budget(module: usize, code: usize) -> Outcome<()> {
    let over = |what: &str, size: usize, budget: usize| {
        Err(format!("the {what} is {} bytes over its budget of {budget} bytes.", size - budget))
    };
    if module > MODULE_BUDGET {
        return over("module", module, MODULE_BUDGET);
    }
    if code > CODE_BUDGET {
        return over("code section", code, CODE_BUDGET);
    }
    Ok(())
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_at_its_budget_passes() {
        assert_eq!(within_budget(409_600, 307_200), Ok(()));
    }

    #[test]
    fn one_byte_over_either_budget_fails_and_says_which() {
        let module = within_budget(409_601, 0).expect_err("over");
        assert_eq!(module, "the module is 1 bytes over its budget of 409600 bytes.");
        let code = within_budget(409_600, 307_201).expect_err("over");
        assert!(code.starts_with("the code section is 1 bytes over"), "{code}");
    }
}
