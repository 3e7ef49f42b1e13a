//! `originSources`: origins from services, fetched over Envoy's clusters.
//!
//! `corsac-origin-fetch` says when, and which worker; this does it: the host calls, the list's
//! compilation, and what is told of it. A request never waits for a fetch. It is answered by the
//! lists that were in force when it came.

mod calls;
mod entries;
mod lists;
mod response;
mod source;
mod store;

use corsac_policy::Policies;

use crate::host;
use source::{ListChange, Source};

/// The sources of a configuration, each at the place that it has in [`Policies::sources`].
#[derive(Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Those of these policies.
    pub fn of(policies: &Policies) -> Self {
        Self(policies.sources().iter().map(Source::new).collect())
    }

    /// The policies with what other workers have fetched: a configuration that replaces another one
    /// with the same source begins with its list.
    pub fn take_over(&mut self, policies: &Policies) -> Option<Policies> {
        self.change(policies, Source::take_over)
    }

    /// Takes over what other workers have fetched, drops what is too old, and fetches what is due.
    /// Returns the policies with other lists, if one has changed.
    pub fn tick(&mut self, policies: &Policies) -> Option<Policies> {
        self.change(policies, Source::tick)
    }

    fn change(&mut self, policies: &Policies, look: fn(&mut Source, u64) -> ListChange) -> Option<Policies> {
        if self.0.is_empty() {
            return None;
        }
        let now = host::monotonic_milliseconds()?;
        let mut changed: Option<Policies> = None;
        for (place, source) in self.0.iter_mut().enumerate() {
            let list = match look(source, now) {
                ListChange::None => continue,
                ListChange::List(list) => Some(list),
                ListChange::Drop => None,
            };
            changed = Some(changed.as_ref().unwrap_or(policies).with_list(place, list));
        }
        changed
    }
}
