//! Where things lie: the workspace's target directory and the built module.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// The workspace's target directory: `$CARGO_TARGET_DIR`, else `target` beside the root Cargo.toml.
pub fn target() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = workspace.canonicalize().unwrap_or(workspace);
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), |target| workspace.join(target))
}

/// The built filter: `$CORSAC_WASM`, else `corsac/corsac.wasm` in the target directory.
///
/// # Errors
/// When no file is there; the error names the command that builds it.
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
