//! The names of metrics, and their definition with the host.

use std::cell::Cell;

use crate::host::{self, MetricId, MetricKind};

/// The labels of a metric: names and values.
pub type Labels<'l> = &'l [(&'l str, &'l str)];

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

/// A metric's name with its labels, which Envoy takes out of it by `stats_tags`.
///
/// Istio makes the tags of `extraStatTags` from this form, `label=.=value;.;` ahead of the name
/// (`tools/packaging/common/envoy_bootstrap.json` there). Its expressions are not anchored: a label
/// `policy` would also match `connection_security_policy` in Istio's own metrics. So every label's
/// name begins with `corsac_`.
fn spelled(name: &str, labels: Labels<'_>) -> String {
    let mut spelled = String::new();
    for (label, value) in labels {
        for part in [label, "=.=", value, ";.;"] {
            spelled.push_str(part);
        }
    }
    spelled.push_str(name);
    spelled
}
