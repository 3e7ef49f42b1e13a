//! Metrics about configurations and the module itself.

use super::registry::{Counter, Gauge};

/// Counts a configuration that was accepted.
pub fn count_accepted() {
    count("accepted");
}

/// Counts a configuration that was refused.
pub fn count_refused() {
    count("refused");
}

/// Every VM counts: one that Envoy tries a configuration in, and each worker's.
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
