//! The sources of origins: how old their lists are, how many origins they hold, how fetches end.

use corsac_adapter::labels;
use corsac_adapter::metrics::Labels;
use corsac_policy::OriginSource;

use super::registry::{Counter, Gauge};

/// The metrics of one source.
pub struct SourceMetrics {
    age: Gauge,
    origins: Gauge,
    left_out: Gauge,
    fetches: [Counter; Fetched::ALL.len()],
}

/// The end of a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// A list that is another than before.
    List,
    /// The list is what it was.
    Unchanged,
    /// No list.
    Failed,
}

impl Fetched {
    const ALL: [Self; 3] = [Self::List, Self::Unchanged, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

impl SourceMetrics {
    #[inline(never)]
    pub fn define(source: &OriginSource) -> Self {
        let name = name(source);
        let label = ("corsac_source", labels::of_source(&name));
        let labels: Labels<'_> = &[label];
        Self {
            age: Gauge::define("corsac_source_age_seconds", labels),
            origins: Gauge::define("corsac_source_origins", labels),
            left_out: Gauge::define("corsac_source_left_out", labels),
            fetches: Fetched::ALL
                .map(|fetched| Counter::define("corsac_source_fetches", &[label, ("corsac_result", fetched.as_str())])),
        }
    }

    /// Counts a fetch.
    pub fn count(&self, fetched: Fetched) {
        for (counter, known) in self.fetches.iter().zip(Fetched::ALL) {
            counter.add(u64::from(known == fetched));
        }
    }

    /// The time since the service has confirmed its list.
    pub fn set_age(&self, milliseconds: u64) {
        self.age.set(milliseconds.div_euclid(1000));
    }

    /// The origins of the list in force.
    pub fn set_origins(&self, origins: u32) {
        self.origins.set(origins.into());
    }

    /// The entries that were left out of it.
    pub fn set_left_out(&self, left_out: usize) {
        self.left_out.set(u64::try_from(left_out).unwrap_or(u64::MAX));
    }
}

/// Cluster and path, in letters that mean nothing in a metric's name.
fn name(source: &OriginSource) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_/.".contains(c) { c } else { '_' };
    source.to_string().chars().map(plain).take(100).collect()
}
