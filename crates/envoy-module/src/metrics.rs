//! `corsac_decisions` and `corsac_trial`, with the names and labels of the Wasm module's.
//!
//! The labels are in the name, so a count looks nothing up. Envoy lets only a filter's
//! configuration define counters, so the decisions of a route's own policy are not counted.

use corsac_adapter::{labels, metrics};
use corsac_policy::{Difference, Policies, Record};

use crate::host::{Counter, Exchange, NewConfiguration};

/// The counters of one configuration.
#[derive(Default)]
pub struct Decisions {
    by_policy: Vec<Counters>,
    without_policy: Counters,
}

/// The counters of one policy; empty where nothing of that kind can be decided.
#[derive(Default)]
struct Counters {
    decisions: [Option<Counter>; Record::KINDS],
    /// By the kind of the difference; empty without a trial.
    differences: Vec<Option<Counter>>,
}

impl Decisions {
    /// Defines a counter for everything that can be decided, so that a chart begins at 0.
    pub fn define(configuration: NewConfiguration<'_>, policies: &Policies) -> Self {
        let mut decisions = Self::default();
        decisions.by_policy.resize_with(policies.len(), Counters::default);
        policies.each_record(&mut |record| {
            let name = metrics::spelled(metrics::DECISIONS, &metrics::of_decision(labels::of_record(&record), &record));
            let counters = decisions.of_mut(record.place);
            if let Some(counter) = counters.and_then(|counters| counters.decisions.get_mut(record.kind())) {
                *counter = configuration.define_counter(&name);
            }
        });
        policies.each_difference(&mut |place, policy, difference| {
            let name = metrics::spelled(metrics::TRIAL, &metrics::of_difference(labels::of_policy(policy), difference));
            if let Some(counters) = decisions.of_mut(Some(place)) {
                counters.differences.resize(Difference::KINDS, None);
                if let Some(counter) = counters.differences.get_mut(difference.kind()) {
                    *counter = configuration.define_counter(&name);
                }
            }
        });
        decisions
    }

    fn of_mut(&mut self, place: Option<usize>) -> Option<&mut Counters> {
        match place {
            Some(place) => self.by_policy.get_mut(place),
            None => Some(&mut self.without_policy),
        }
    }

    fn of(&self, record: &Record<'_>) -> Option<&Counters> {
        record.place.map_or(Some(&self.without_policy), |place| self.by_policy.get(place))
    }

    /// Counts one decision.
    #[inline]
    pub fn count(&self, exchange: Exchange<'_>, record: &Record<'_>) {
        if let Some(Some(counter)) = self.of(record).and_then(|counters| counters.decisions.get(record.kind())) {
            exchange.count(*counter);
        }
    }

    /// Counts a decision that the trial would make otherwise.
    pub fn count_difference(&self, exchange: Exchange<'_>, record: &Record<'_>, difference: Difference) {
        if let Some(Some(counter)) = self.of(record).and_then(|counters| counters.differences.get(difference.kind())) {
            exchange.count(*counter);
        }
    }
}
