//! `corsac_decisions`: decisions by policy, phase, outcome and reason. `corsac_trial`: what a
//! policy's trial would decide otherwise, by policy, difference and reason.
//!
//! They are counted in the module's memory, because a call of the host would cost more than the
//! decision. The timer flushes them.

use std::cell::Cell;

use corsac_adapter::{labels, metrics};
use corsac_policy::{Difference, Policies, Record};

use super::registry::Counter;

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
    /// By the kind of the difference; empty without a trial.
    differences: Vec<Count>,
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
        policies.each_record(&mut |record| decisions.define_record(&record));
        policies.each_difference(&mut |place, _, difference| {
            let row = decisions.places.get(place).copied();
            if let Some(row) = row.and_then(|row| decisions.rows.get_mut(row)) {
                row.define_difference(difference);
            }
        });
        decisions
    }

    fn define_record(&mut self, record: &Record<'_>) {
        let index = self.row(labels::of_record(record));
        match record.place {
            Some(place) => self.places.iter_mut().skip(place).take(1).for_each(|row| *row = index),
            None => self.without_policy = index,
        }
        if let Some(row) = self.rows.get_mut(index) {
            row.define(record);
        }
    }

    /// The place of a label's row, which may be new.
    fn row(&mut self, label: &str) -> usize {
        // The records of a policy come in sequence, so the row is nearly always the last one.
        self.rows.iter().rposition(|row| *row.label == *label).unwrap_or_else(|| {
            self.rows.push(Row { label: label.into(), counts: Default::default(), differences: Vec::new() });
            self.rows.len() - 1
        })
    }

    /// Counts one decision.
    #[inline]
    pub fn count(&self, record: &Record<'_>) {
        if let Some(count) = self.row_of(record).and_then(|row| row.counts.get(record.kind())) {
            count.add_one();
        }
    }

    /// Counts a decision that the trial would make otherwise.
    pub fn count_difference(&self, record: &Record<'_>, difference: Difference) {
        if let Some(count) = self.row_of(record).and_then(|row| row.differences.get(difference.kind())) {
            count.add_one();
        }
    }

    fn row_of(&self, record: &Record<'_>) -> Option<&Row> {
        let row = record.place.map_or(Some(&self.without_policy), |place| self.places.get(place));
        self.rows.get(*row?)
    }

    /// Adds what was counted to the proxy's metrics.
    pub fn flush(&self) {
        for count in self.rows.iter().flat_map(|row| row.counts.iter().chain(&row.differences)) {
            if let Some(counter) = count.counter {
                counter.add(count.unflushed.take());
            }
        }
    }
}

impl Count {
    fn add_one(&self) {
        self.unflushed.set(self.unflushed.get().wrapping_add(1));
    }
}

impl Row {
    fn define_difference(&mut self, difference: Difference) {
        let labels = metrics::of_difference(&self.label, difference);
        self.differences.resize_with(Difference::KINDS, Count::default);
        if let Some(count) = self.differences.get_mut(difference.kind()) {
            count.counter.get_or_insert_with(|| Counter::define(metrics::TRIAL, &labels));
        }
    }

    fn define(&mut self, record: &Record<'_>) {
        let labels = metrics::of_decision(&self.label, record);
        if let Some(count) = self.counts.get_mut(record.kind()) {
            count.counter.get_or_insert_with(|| Counter::define(metrics::DECISIONS, &labels));
        }
    }
}

/// The configuration is replaced, and its last exchange has ended.
impl Drop for Decisions {
    fn drop(&mut self) {
        self.flush();
    }
}
