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

/// The built filter: `$CORSAC_WASM`, else `corsac/corsac.wasm` in the target directory. If
/// `$CORSAC_NATIVE` is set, it names the native filter, which takes the Wasm module's place.
///
/// # Errors
/// If there is no such file. The error names the command that builds it.
pub fn module() -> Result<PathBuf> {
    if let Some(native) = variable("CORSAC_NATIVE") {
        return built(&native, "cargo xtask build --native", "CORSAC_NATIVE");
    }
    let path = variable("CORSAC_WASM").unwrap_or_else(|| target().join("corsac/corsac.wasm"));
    built(&path, "cargo xtask build", "CORSAC_WASM")
}

/// The built native filter: `$CORSAC_NATIVE`, else `corsac/libcorsac.so` in the target directory.
///
/// # Errors
/// If there is no such file. The error names the command that builds it.
pub fn native_module() -> Result<PathBuf> {
    let path = variable("CORSAC_NATIVE").unwrap_or_else(|| target().join("corsac/libcorsac.so"));
    built(&path, "cargo xtask build --native", "CORSAC_NATIVE")
}

/// Whether the filter at that path is the native one.
pub fn is_native(module: &Path) -> bool {
    module.extension().is_some_and(|extension| extension != "wasm")
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn built(path: &Path, command: &str, variable: &str) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path.canonicalize()?);
    }
    let path = path.display();
    Err(Error::new(format!("There is no module at {path}. Build it with `{command}`, or name it in {variable}.")))
}
