//! Where things are, and what is in the workspace, as cargo itself tells it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Outcome;
use crate::tools::cargo;

/// The workspace, read from `cargo metadata`.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target directory, `CARGO_TARGET_DIR` honoured.
    pub target: PathBuf,
    packages: Vec<Value>,
}

impl Workspace {
    /// Asks `cargo metadata`.
    pub fn find() -> Outcome<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(|error| format!("cargo metadata does not start: {error}."))?;
        if !output.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        Self::read(&output.stdout).ok_or_else(|| "cargo metadata gave an answer of an unknown shape.".to_owned())
    }

    fn read(metadata: &[u8]) -> Option<Self> {
        let metadata: Value = serde_json::from_slice(metadata).ok()?;
        Some(Self {
            root: metadata.get("workspace_root")?.as_str()?.into(),
            target: metadata.get("target_directory")?.as_str()?.into(),
            packages: metadata.get("packages")?.as_array()?.clone(),
        })
    }

    /// A copy of this workspace's sources that builds into a target folder of its own.
    pub fn elsewhere(&self, root: PathBuf, target: PathBuf) -> Self {
        Self { root, target, packages: self.packages.clone() }
    }

    /// A cargo that runs at the root, whatever folder xtask was called in.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The filter as cargo links it, before it is stripped.
    pub fn linked_module(&self) -> PathBuf {
        self.target.join("wasm32-wasip1/release/corsac_filter.wasm")
    }

    /// The filter as Envoy loads it.
    pub fn module(&self) -> PathBuf {
        self.target.join("corsac/corsac.wasm")
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

    /// A path as a person types it: relative to the root where that is shorter.
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
    fn the_module_lies_in_the_target_directory_wherever_that_is() {
        let workspace = Workspace::read(METADATA).expect("metadata");
        assert_eq!(workspace.module(), Path::new("/t/corsac/corsac.wasm"));
    }

    #[test]
    fn integration_tests_of_one_package_are_listed_without_its_library() {
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
    fn metadata_of_another_shape_is_not_guessed_at() {
        assert!(Workspace::read(b"{}").is_none());
    }
}
