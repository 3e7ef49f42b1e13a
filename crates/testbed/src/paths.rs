//! Paths in the repository: its root, the target directory and the built module.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// The root of the repository.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The workspace's target directory: `$CARGO_TARGET_DIR`, else `target` in the root.
pub fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR");
    root().join(target.as_deref().unwrap_or("target".as_ref()))
}

/// The built filter: `$CORSAC_WASM`, else `corsac/corsac.wasm` in the target directory.
///
/// # Errors
/// If there is no such file. The error names the command that builds it.
pub fn module() -> Result<PathBuf> {
    let path = env::var_os("CORSAC_WASM").map_or_else(|| target().join("corsac/corsac.wasm"), PathBuf::from);
    if path.is_file() {
        return Ok(path.canonicalize()?);
    }
    let path = path.display();
    Err(Error::new(format!(
        "There is no module at {path}. Build it with `cargo xtask build`, or name it in CORSAC_WASM."
    )))
}
