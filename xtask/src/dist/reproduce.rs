//! A second build, which shares only the sources and the compiler with the first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use corsac_testbed::{Error, Result};

use super::native::{self, Processor};
use super::{cannot, emptied, hex};
use crate::build_module;
use crate::tools::cargo_home;
use crate::workspace::Workspace;

/// Copies the sources to another folder, builds them with another target directory and another path
/// of cargo's home, and compares the results with `module` and `natives`.
pub fn verify(workspace: &Workspace, module: &[u8], natives: &[(Processor, Vec<u8>)]) -> Result<()> {
    let place = workspace.target.join("corsac/elsewhere");
    emptied(&place)?;
    let root = place.join("a/folder/with a space");
    copy_sources(&workspace.root, &root).map_err(cannot("copy the sources to", &root))?;
    let other = workspace.elsewhere(root, place.join("target"));
    let home = other_home(&place.join("cargo")).map_err(cannot("make", &place))?;
    let again = build_module::build_with_home(&other, Some(home.clone()))?.path;
    compare("the module", module, &fs::read(&again).map_err(cannot("read", &again))?, &place)?;
    for (processor, native) in natives {
        let again = processor.build_with(&native::zig(workspace)?, &other, Some(home.clone()))?;
        compare(&processor.file(), native, &again, &place)?;
    }
    // A build that differs is kept, for whoever looks for the reason.
    fs::remove_dir_all(&place).map_err(cannot("remove", &place))
}

fn compare(what: &str, here: &[u8], again: &[u8], place: &Path) -> Result<()> {
    if here == again {
        return Ok(());
    }
    Err(Error::new(format!(
        "{what} is not reproducible (or its sources have just changed): sha256:{} here, sha256:{} built in {}.",
        hex(here),
        hex(again),
        place.display()
    )))
}

/// Copies everything that cargo needs: no repository, no build output.
fn copy_sources(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(&path, to.join(name))?;
        } else if name != ".git" && !is_build_output(&path) {
            copy_sources(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Cargo marks its target directories as <https://bford.info/cachedir/> specifies. npm has a name.
fn is_build_output(folder: &Path) -> bool {
    let is_called = |names: [&str; 2]| folder.file_name().is_some_and(|name| names.iter().any(|it| name == *it));
    folder.join("CACHEDIR.TAG").is_file() || is_called(["target", "node_modules"])
}

/// Another path to the same sources of dependencies, which are not downloaded again.
fn other_home(home: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(home)?;
    if let Some(cargo) = cargo_home() {
        for shared in ["registry", "config.toml"] {
            let shared_with = cargo.join(shared);
            if shared_with.exists() {
                link(&shared_with, &home.join(shared))?;
            }
        }
    }
    Ok(home.to_owned())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::other("symbolic links are only supported on Unix"))
}
