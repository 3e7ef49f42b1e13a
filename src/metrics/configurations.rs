//! Metrics about configurations and the module itself.

use std::cell::Cell;

use corsac_policy::Policies;

use super::registry::{Counter, Gauge};

/// Counts a configuration that was accepted.
pub fn count_accepted() {
    count("accepted");
}

/// Counts a configuration that was refused.
pub fn count_refused() {
    count("refused");
}

/// Every VM counts: the one that Envoy tries a configuration in, and those that then serve.
///
/// Both results are defined with the first one. Envoy forgets a metric with the last VM that has
/// defined it, and the VM in which a configuration is refused ends at once.
fn count(result: &str) {
    Gauge::define("corsac_build", &[("corsac_version", env!("CARGO_PKG_VERSION"))]).set(1);
    for known in ["accepted", "refused"] {
        let counter = Counter::define("corsac_configurations", &[("corsac_result", known)]);
        counter.add(u64::from(known == result));
    }
}

/// Policies and origins, of one configuration or of all.
#[derive(Clone, Copy, Default)]
struct Size {
    policies: usize,
    origins: usize,
}

thread_local! {
    /// What all filters of this VM have in force.
    static IN_FORCE: Cell<Size> = const { Cell::new(Size { policies: 0, origins: 0 }) };
}

/// The share of one configuration in the gauges, for as long as it is in force.
///
/// A gauge has one value in all workers. Each sets it to the sum of its own filters, and all have
/// the same ones.
pub struct InForce(Size);

impl InForce {
    pub fn new(policies: &Policies) -> Self {
        let size = Size { policies: policies.len(), origins: policies.origins() };
        let all = IN_FORCE.get();
        set(Size {
            policies: all.policies.saturating_add(size.policies),
            origins: all.origins.saturating_add(size.origins),
        });
        Self(size)
    }
}

impl Drop for InForce {
    fn drop(&mut self) {
        let all = IN_FORCE.get();
        set(Size {
            policies: all.policies.saturating_sub(self.0.policies),
            origins: all.origins.saturating_sub(self.0.origins),
        });
    }
}

fn set(all: Size) {
    IN_FORCE.set(all);
    for (name, value) in [("corsac_policies", all.policies), ("corsac_origins", all.origins)] {
        Gauge::define(name, &[]).set(u64::try_from(value).unwrap_or(u64::MAX));
    }
}
