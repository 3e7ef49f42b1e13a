//! The differences in older releases of Envoy.

use std::{borrow::Cow, str::FromStr};

use serde::{Deserialize, Deserializer, de};

use crate::{ExchangeVector, HttpResponse};

/// A release of Envoy: `1.36.10`, or `1.41.0-dev`, whose `-dev` is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// `1.36`. A line gets patch releases after the next line has begun.
    line: (u32, u32),
    patch: u32,
}

/// An exchange in the releases of Envoy that precede a change.
#[derive(Debug, Clone)]
pub struct OlderEnvoy {
    /// The first release with the change, for each line that has releases with and without it.
    /// Later lines have the change, earlier ones do not.
    pub before: Vec<Release>,
    /// The change.
    pub why: String,
    /// Replaces the field of the exchange.
    pub seen_path: Option<String>,
    /// Likewise.
    pub expect: HttpResponse,
    /// Likewise.
    pub details: Option<String>,
    /// Likewise.
    pub refusal: Option<String>,
}

impl ExchangeVector {
    /// The exchange as that release of Envoy handles it. Borrowed if it is the exchange as written;
    /// owned if [`ExchangeVector::older`] replaces parts of it.
    pub fn in_envoy(&self, release: Release) -> Cow<'_, Self> {
        match &self.older {
            Some(older) if older.holds_in(release) => {
                let OlderEnvoy { seen_path, expect, details, refusal, .. } = older.clone();
                Cow::Owned(Self { expect, seen_path, details, refusal, ..self.clone() })
            }
            _ => Cow::Borrowed(self),
        }
    }
}

impl OlderEnvoy {
    fn holds_in(&self, release: Release) -> bool {
        match self.before.iter().find(|first| first.line == release.line) {
            Some(first) => release < *first,
            None => self.before.iter().all(|first| release < *first),
        }
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.split('-').next().unwrap_or_default();
        let numbers: Option<Vec<u32>> = digits.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[major, minor, patch]) => Ok(Self { line: (major, minor), patch }),
            _ => Err(format!("{text:?} is not a release of Envoy; write it like 1.36.10")),
        }
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The table `[exchange.older]` in the form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OlderEnvoyToml {
    before: Vec<Release>,
    why: String,
    seen_path: Option<String>,
    expect: String,
    details: Option<String>,
    refusal: Option<String>,
}

impl OlderEnvoyToml {
    /// The value with its text parsed. The `Err` is a sentence.
    pub(crate) fn read(self) -> Result<OlderEnvoy, String> {
        let Self { before, why, seen_path, expect, details, refusal } = self;
        if before.is_empty() {
            return Err("older: `before` names no release".to_owned());
        }
        let expect = HttpResponse::from_text(&expect).map_err(|what| format!("older: expect: {what}"))?;
        Ok(OlderEnvoy { before, why, seen_path, expect, details, refusal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_applies_from_a_patch_release_of_each_line_and_in_all_later_lines() {
        let before = ["1.36.10", "1.37.6"].map(|release| release.parse().unwrap()).to_vec();
        let expect = HttpResponse { status: 200, headers: Vec::new() };
        let older = OlderEnvoy { before, why: String::new(), seen_path: None, expect, details: None, refusal: None };
        let holds = |release: &str| older.holds_in(release.parse().unwrap());
        for old in ["1.35.99", "1.36.9", "1.37.0", "1.37.5-dev"] {
            assert!(holds(old), "{old}");
        }
        for new in ["1.36.10", "1.36.11-dev", "1.37.6", "1.38.0", "2.0.0"] {
            assert!(!holds(new), "{new}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_release_is_refused() {
        for text in ["", "1.36", "1.36.x", "1.2.3.4", "v1.36.0"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }
}
