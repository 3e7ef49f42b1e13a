//! The names of metrics, and their definition with the host.

use std::cell::Cell;

use corsac_adapter::metrics::{Labels, spelled};

use crate::host::{self, MetricId, MetricKind};

/// A number that only rises.
#[derive(Clone, Copy)]
pub struct Counter(Option<MetricId>);

impl Counter {
    pub fn define(name: &str, labels: Labels<'_>) -> Self {
        Self(define(MetricKind::Counter, name, labels))
    }

    pub fn add(self, count: u64) {
        if let Some(metric) = self.0.filter(|_| count > 0) {
            let _ = host::increment_metric(metric, i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

/// A number that rises and falls.
#[derive(Clone, Copy)]
pub struct Gauge(Option<MetricId>);

impl Gauge {
    pub fn define(name: &str, labels: Labels<'_>) -> Self {
        Self(define(MetricKind::Gauge, name, labels))
    }

    pub fn set(self, value: u64) {
        if let Some(metric) = self.0 {
            let _ = host::record_metric(metric, value);
        }
    }
}

/// The metrics of this VM, in the order of their names; `None` where the host has refused one.
type Defined = Vec<(Box<str>, Option<MetricId>)>;

thread_local! {
    /// They belong to the VM and not to a root context, because a definition is never given back.
    static DEFINED: Cell<Defined> = const { Cell::new(Vec::new()) };
}

/// Defines a metric, once in this VM.
#[inline(never)]
fn define(kind: MetricKind, name: &str, labels: Labels<'_>) -> Option<MetricId> {
    let name = spelled(name, labels);
    let mut defined = DEFINED.take();
    let metric = match defined.binary_search_by(|(known, _)| (**known).cmp(&*name)) {
        Ok(index) => defined.get(index).and_then(|(_, metric)| *metric),
        Err(index) => {
            let metric = host::define_metric(kind, &name).map_err(|error| {
                log::error!("corsac: there is no metric {name}: {error}");
            });
            defined.insert(index, (name.into(), metric.ok()));
            metric.ok()
        }
    };
    DEFINED.set(defined);
    metric
}
