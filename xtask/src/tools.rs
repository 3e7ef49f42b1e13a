//! Tools that the build needs: Rust targets and the programs of wasm-bindgen.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use corsac_testbed::Result;
use corsac_testbed::programs::{cargo, first_line, run_to_end};

use crate::workspace::Workspace;

/// The folder where cargo keeps the sources of dependencies.
pub fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// Installs the standard library for a target if it is missing, since rustup's automatic
/// installation may be off.
pub fn ensure_rust_target(target: &str) -> Result<()> {
    if target_libraries(target).is_some_and(|folder| folder.is_dir()) {
        return Ok(());
    }
    let failure = format!("the Rust target {target} is missing and cannot be added. Run `rustup target add {target}`");
    run_to_end(Command::new("rustup").args(["target", "add", target]), &failure)
}

fn target_libraries(target: &str) -> Option<PathBuf> {
    let mut rustc = Command::new("rustc");
    first_line(rustc.args(["--print", "target-libdir", "--target", target])).map(PathBuf::from)
}

/// The programs of wasm-bindgen.
#[derive(Clone, Copy)]
pub enum WasmBindgen {
    /// Writes the JavaScript around a module.
    Generator,
    /// Runs the tests of a module.
    TestRunner,
}

impl WasmBindgen {
    const fn name(self) -> &'static str {
        match self {
            Self::Generator => "wasm-bindgen",
            Self::TestRunner => "wasm-bindgen-test-runner",
        }
    }
}

/// A program of wasm-bindgen, of the version in `Cargo.lock`: the one on the `PATH` or under
/// `<target>/tools`. If there is none, `cargo install` builds both there, once, in about four
/// minutes.
pub fn wasm_bindgen(program: WasmBindgen, workspace: &Workspace) -> Result<PathBuf> {
    let lock = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(|error| format!("{} cannot be read: {error}.", lock.display()))?;
    let version = locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock names no wasm-bindgen.")?;
    let has_version = |program: &Path| {
        first_line(Command::new(program).arg("--version"))
            .is_some_and(|line| line.split_whitespace().any(|word| word == version))
    };
    let tools = workspace.target.join("tools");
    let ours = tools.join("bin").join(program.name());
    for known in [Path::new(program.name()), &ours] {
        if has_version(known) {
            return Ok(known.to_owned());
        }
    }
    println!("Building wasm-bindgen {version}: this takes some minutes, but only once.");
    let install = |more: &[&str]| {
        let mut install = cargo();
        install.args(["install", "wasm-bindgen-cli", "--version", version, "--force"]);
        install.args(["--bin", WasmBindgen::Generator.name(), "--bin", WasmBindgen::TestRunner.name()]);
        install.args(more).arg("--root").arg(&tools);
        run_to_end(&mut install, "wasm-bindgen does not build")
    };
    install(&["--locked"]).or_else(|_| {
        println!("Trying again without the lock file of the tool: a mirror of crates.io may lack a version in it.");
        install(&[])
    })?;
    Ok(ours)
}

/// The version of a package in `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_belongs_to_the_package_with_exactly_that_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.80\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm-bindgen-macro"), None);
    }

    #[test]
    fn an_installed_target_is_not_installed_again() {
        let host = first_line(Command::new("rustc").args(["--print", "host-tuple"])).expect("rustc");
        assert_eq!(ensure_rust_target(&host), Ok(()));
    }
}
