//! The native module for every processor that Envoy's images have, linked against an old glibc, so
//! that one file loads in each of them.
//!
//! Zig's C toolchain links: it knows the symbols of every glibc, and puts the unwinder into the
//! module. Envoy's own image has no `libgcc_s.so.1`, in which other toolchains leave it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use corsac_testbed::programs::run_to_end;
use corsac_testbed::{Error, Result, pypi};

use crate::build_module::reproducible_build;
use crate::tools::{cargo_home, ensure_rust_target};
use crate::workspace::Workspace;

use super::cannot;

/// The newest glibc whose symbols the module may need: that of 2012, the oldest that Rust supports.
pub const GLIBC: (u16, u16) = (2, 17);
/// Pip's list of Zig and of the cargo command that calls it.
const ZIG: &str = include_str!("../../zig-requirements.txt");

/// A processor, by its names in images and in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    pub name: &'static str,
    pub triple: &'static str,
}

pub const PROCESSORS: [Processor; 2] = [
    Processor { name: "amd64", triple: "x86_64-unknown-linux-gnu" },
    Processor { name: "arm64", triple: "aarch64-unknown-linux-gnu" },
];

impl Processor {
    /// The name of the module's file.
    pub fn file(self) -> String {
        format!("{}.so", self.stem())
    }

    /// The same without its suffix.
    pub fn stem(self) -> String {
        format!("libcorsac-{}", self.name)
    }

    /// Its name in an ELF file, as [`super::elf`] has it.
    pub fn in_elf(self) -> &'static str {
        self.triple.split('-').next().unwrap_or_default()
    }

    /// Builds the module. Returns its bytes.
    pub fn build(self, workspace: &Workspace) -> Result<Vec<u8>> {
        self.build_with(&zig(workspace)?, workspace, cargo_home())
    }

    /// The same with the Zig in that folder and another `CARGO_HOME`.
    pub fn build_with(self, zig: &Path, workspace: &Workspace, home: Option<PathBuf>) -> Result<Vec<u8>> {
        ensure_rust_target(self.triple)?;
        let mut cargo = reproducible_build(workspace, home, "zigbuild");
        cargo.args(["--package", "corsac-envoy-module", "--profile", "native"]);
        cargo.args(["--target", &format!("{}.{}.{}", self.triple, GLIBC.0, GLIBC.1)]);
        cargo.env("PATH", path_with(&zig.join("bin"))?).env("CARGO_ZIGBUILD_ZIG_PATH", zig.join("ziglang/zig"));
        run_to_end(&mut cargo, &format!("the native module does not build for {}", self.name))?;
        let linked = workspace.target.join(self.triple).join("native/libcorsac_envoy_module.so");
        fs::read(&linked).map_err(cannot("read", &linked))
    }
}

/// The folder of Zig, installed once.
pub fn zig(workspace: &Workspace) -> Result<PathBuf> {
    let home = workspace.target.join("tools/zig");
    pypi::install("Zig 0.15, some 90 MB,", ZIG, &home, |_| Ok(()))?;
    Ok(home)
}

fn path_with(folder: &Path) -> Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&path)))
        .map_err(|error| Error::new(format!("the PATH cannot contain {}: {error}.", folder.display())))
}
