//! The programs that xtask starts, and how it comes by them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The cargo that runs xtask, so that one toolchain builds everything.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// Runs a command with this terminal; `else_say` begins the sentence when it fails.
pub fn run_to_end(command: &mut Command, else_say: &str) -> Outcome<()> {
    let status = command.stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{else_say} ({status}).")),
        Err(error) => Err(format!("{else_say}: {error}.")),
    }
}

/// Makes sure that the standard library for a target is there: rustup's automatic installation may be off.
pub fn ensure_rust_target(target: &str) -> Outcome<()> {
    if target_libraries(target).is_some_and(|folder| folder.is_dir()) {
        return Ok(());
    }
    let no_way = format!("the Rust target {target} is missing and cannot be added; run `rustup target add {target}`");
    run_to_end(Command::new("rustup").args(["target", "add", target]), &no_way)
}

fn target_libraries(target: &str) -> Option<PathBuf> {
    let mut rustc = Command::new("rustc");
    first_line(rustc.args(["--print", "target-libdir", "--target", target])).map(PathBuf::from)
}

/// The first line that a command prints; `None` where it does not start or fails.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    let line = String::from_utf8(output.stdout).ok()?.lines().next()?.trim().to_owned();
    Some(line)
}

/// For commands that start the machine's own Node; the tests bring one along ([`crate::node`]).
pub fn ensure_node() -> Outcome<()> {
    first_line(Command::new("node").arg("--version")).map(drop).ok_or_else(|| {
        "Node.js is missing; install it (Debian: `apt-get install nodejs`) and run this again.".to_owned()
    })
}

/// The wasm-bindgen test runner of the version in `Cargo.lock`: the one on `PATH` or under `<target>/tools`,
/// else `cargo install` builds it there (some four minutes, once).
pub fn wasm_bindgen_runner(lock: &str, target: &Path) -> Outcome<PathBuf> {
    let version = locked_version(lock, "wasm-bindgen").ok_or("Cargo.lock names no wasm-bindgen.")?;
    let right = |runner: &Path| {
        first_line(Command::new(runner).arg("--version"))
            .is_some_and(|line| line.split_whitespace().any(|word| word == version))
    };
    let tools = target.join("tools");
    let ours = tools.join("bin").join(RUNNER);
    for runner in [Path::new(RUNNER), &ours] {
        if right(runner) {
            return Ok(runner.to_owned());
        }
    }
    println!("Building {RUNNER} {version}: this takes some minutes, once.");
    let install = |more: &[&str]| {
        let mut install = cargo();
        install.args(["install", "wasm-bindgen-cli", "--version", version, "--bin", RUNNER, "--force"]);
        install.args(more).arg("--root").arg(&tools);
        run_to_end(&mut install, "wasm-bindgen's test runner does not build")
    };
    install(&["--locked"]).or_else(|_| {
        println!("Once more without the tool's lock file: a mirror of crates.io may lack a version that it names.");
        install(&[])
    })?;
    Ok(ours)
}

const RUNNER: &str = "wasm-bindgen-test-runner";

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
    fn the_locked_version_is_that_of_the_package_and_not_of_a_namesake() {
        let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.80\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm-bindgen-macro"), None);
    }

    #[test]
    fn a_command_that_fails_ends_in_the_callers_sentence() {
        let sentence =
            run_to_end(cargo().arg("--no-such-flag").stderr(Stdio::null()), "it fails").expect_err("a failure");
        assert!(sentence.starts_with("it fails ("), "{sentence}");
        let sentence = run_to_end(&mut Command::new("corsac-no-such-program"), "it is absent").expect_err("a failure");
        assert!(sentence.starts_with("it is absent: "), "{sentence}");
    }

    #[test]
    fn a_target_that_is_there_is_not_installed_again() {
        let host = first_line(Command::new("rustc").args(["--print", "host-tuple"])).expect("rustc");
        assert_eq!(ensure_rust_target(&host), Ok(()));
    }
}
