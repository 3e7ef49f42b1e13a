//! The folder of one Envoy: its configuration, its logs, and the files that it watches.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use serde_json::Value;

use crate::{Error, Result};

/// Where one Envoy keeps its configuration and its logs.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("corsac-testbed-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(Error::when(path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn log(&self) -> PathBuf {
        self.0.join("envoy.log")
    }

    pub fn access_log(&self) -> PathBuf {
        self.0.join("access.log")
    }

    pub fn write(&self, name: &str, content: &Value) -> Result<PathBuf> {
        let path = self.0.join(name);
        write_whole(&path, content)?;
        Ok(path)
    }
}

/// Writes a file in one step, since Envoy may be watching it.
pub(crate) fn write_whole(path: &Path, content: &Value) -> Result<()> {
    let partial = path.with_added_extension("partial");
    fs::write(&partial, content.to_string())?;
    Ok(fs::rename(partial, path)?)
}

impl Drop for Directory {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("Envoy's configuration and logs are kept in {}", self.0.display());
        } else {
            drop(fs::remove_dir_all(&self.0));
        }
    }
}
