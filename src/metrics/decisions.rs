//! `corsac_decisions`: decisions by policy, phase, outcome and reason.
//!
//! They are counted in the module's memory, because a call of the host would cost more than the
//! decision. The timer flushes them.

use std::cell::Cell;

use corsac_policy::{Policies, Record};

use super::labels;
use super::registry::Counter;

/// The label of decisions without a policy, as in the log.
const NO_POLICY: &str = "-";

/// The decisions under one configuration.
pub struct Decisions {
    rows: Vec<Row>,
    /// The row of each policy.
    places: Vec<usize>,
    /// The row of decisions without a policy.
    without_policy: usize,
}

/// The decisions of one label, by their kind.
struct Row {
    label: Box<str>,
    counts: [Count; Record::KINDS],
}

#[derive(Default)]
struct Count {
    unflushed: Cell<u64>,
    counter: Option<Counter>,
}

impl Decisions {
    /// Defines a counter for everything that can be decided, so that a chart begins at 0.
    #[inline(never)]
    pub fn define(policies: &Policies) -> Self {
        let mut decisions =
            Self { rows: Vec::new(), places: vec![usize::MAX; policies.len()], without_policy: usize::MAX };
        for record in policies.records() {
            let index = decisions.row(record.policy.map_or(NO_POLICY, labels::of_policy));
            match record.place {
                Some(place) => decisions.places.iter_mut().skip(place).take(1).for_each(|row| *row = index),
                None => decisions.without_policy = index,
            }
            if let Some(row) = decisions.rows.get_mut(index) {
                row.define(&record);
            }
        }
        decisions
    }

    /// The place of a label's row, which may be new.
    fn row(&mut self, label: &str) -> usize {
        // The records of a policy come in sequence, so the row is nearly always the last one.
        self.rows.iter().rposition(|row| *row.label == *label).unwrap_or_else(|| {
            self.rows.push(Row { label: label.into(), counts: Default::default() });
            self.rows.len() - 1
        })
    }

    /// Counts one decision.
    #[inline]
    pub fn count(&self, record: &Record<'_>) {
        let row = record.place.map_or(Some(&self.without_policy), |place| self.places.get(place));
        let row = row.and_then(|row| self.rows.get(*row));
        if let Some(count) = row.and_then(|row| row.counts.get(record.kind())) {
            count.unflushed.set(count.unflushed.get().wrapping_add(1));
        }
    }

    /// Adds what was counted to the proxy's metrics.
    pub fn flush(&self) {
        for count in self.rows.iter().flat_map(|row| &row.counts) {
            if let Some(counter) = count.counter {
                counter.add(count.unflushed.take());
            }
        }
    }
}

impl Row {
    fn define(&mut self, record: &Record<'_>) {
        let labels = [
            ("corsac_policy", &*self.label),
            ("corsac_phase", record.phase.as_str()),
            ("corsac_outcome", record.outcome.as_str()),
            ("corsac_reason", record.reason.as_str()),
        ];
        if let Some(count) = self.counts.get_mut(record.kind()) {
            count.counter.get_or_insert_with(|| Counter::define("corsac_decisions", &labels));
        }
    }
}

/// The configuration is replaced, and its last exchange has ended.
impl Drop for Decisions {
    fn drop(&mut self) {
        self.flush();
    }
}
