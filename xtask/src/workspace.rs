//! The workspace, as `cargo metadata` describes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use corsac_testbed::programs::cargo;
use corsac_testbed::{Error, Result};
use serde_json::Value;

/// The workspace, read from `cargo metadata`.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target directory, which `CARGO_TARGET_DIR` can set.
    pub target: PathBuf,
    packages: Vec<Value>,
}

impl Workspace {
    /// Runs `cargo metadata`.
    pub fn find() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(|error| Error::new(format!("cargo metadata does not start: {error}.")))?;
        if !output.status.success() {
            return Err(Error::new(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim())));
        }
        Self::read(&output.stdout).ok_or_else(|| Error::new("the output of cargo metadata has an unknown form."))
    }

    fn read(metadata: &[u8]) -> Option<Self> {
        let metadata: Value = serde_json::from_slice(metadata).ok()?;
        Some(Self {
            root: metadata.get("workspace_root")?.as_str()?.into(),
            target: metadata.get("target_directory")?.as_str()?.into(),
            packages: metadata.get("packages")?.as_array()?.clone(),
        })
    }

    /// A copy of this workspace's sources, with its own target directory.
    pub fn elsewhere(&self, root: PathBuf, target: PathBuf) -> Self {
        Self { root, target, packages: self.packages.clone() }
    }

    /// A cargo command that runs in the root.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The linked filter, before it is stripped.
    pub fn linked_module(&self) -> PathBuf {
        self.target.join("wasm32-wasip1/release/corsac_filter.wasm")
    }

    /// The stripped filter, which Envoy loads.
    pub fn module(&self) -> PathBuf {
        self.target.join("corsac/corsac.wasm")
    }

    /// The linked native filter, in the folder of a profile. Apple's linker gives it another name.
    pub fn linked_native_module(&self, profile: &str) -> PathBuf {
        let suffix = if cfg!(target_vendor = "apple") { "dylib" } else { "so" };
        self.target.join(profile).join("libcorsac_envoy_module").with_extension(suffix)
    }

    /// The native filter, which Envoy loads under this name on every system.
    pub fn native_module(&self) -> PathBuf {
        self.target.join("corsac/libcorsac.so")
    }

    /// The names of the integration tests (`tests/<name>`) of a package.
    pub fn integration_tests(&self, package: &str) -> Vec<String> {
        let named = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
        let is_test = |target: &Value| {
            let kinds = target.get("kind").and_then(Value::as_array);
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"))
        };
        self.packages
            .iter()
            .filter(|candidate| named(candidate).as_deref() == Some(package))
            .filter_map(|package| package.get("targets")?.as_array())
            .flatten()
            .filter(|target| is_test(target))
            .filter_map(named)
            .collect()
    }

    /// The path relative to the root if it lies there, else as it is: the way a person types it.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &[u8] = br#"{
        "workspace_root": "/w", "target_directory": "/t",
        "packages": [
            { "name": "corsac", "targets": [
                { "name": "corsac_filter", "kind": ["cdylib"] },
                { "name": "envoy", "kind": ["test"] },
                { "name": "module", "kind": ["test"] } ] },
            { "name": "other", "targets": [ { "name": "elsewhere", "kind": ["test"] } ] } ]
    }"#;

    #[test]
    fn the_module_is_in_the_target_directory() {
        let workspace = Workspace::read(METADATA).expect("metadata");
        assert_eq!(workspace.module(), Path::new("/t/corsac/corsac.wasm"));
    }

    #[test]
    fn the_integration_tests_of_a_package_are_listed_without_its_library() {
        let workspace = Workspace::read(METADATA).expect("metadata");
        assert_eq!(workspace.integration_tests("corsac"), ["envoy", "module"]);
    }

    #[test]
    fn paths_under_the_root_are_shown_relative_to_it() {
        let workspace = Workspace::read(METADATA).expect("metadata");
        assert_eq!(workspace.shown(Path::new("/w/envoy/envoy.yaml")).to_string(), "envoy/envoy.yaml");
        assert_eq!(workspace.shown(Path::new("/t/x")).to_string(), "/t/x");
    }

    #[test]
    fn metadata_of_another_form_is_rejected() {
        assert!(Workspace::read(b"{}").is_none());
    }
}
