//! `originSources`: origins from services, fetched over Envoy's clusters.
//!
//! `corsac-origin-fetch` says when, and which worker; this does it: the host calls, the list's
//! compilation, and what is told of it. A request never waits for any of this. It is answered by
//! the lists that were in force when it came.

mod entries;
mod response;
mod store;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use corsac_origin_fetch::{Answer, Change, FETCH_TIMEOUT, Fetch, Milliseconds, Schedule, SharedList, Worker, digest};
use corsac_policy::{ListCounts, OriginList, OriginSource, Policies};

use crate::host;
use entries::LeftOut;
use response::{Failure, Response};
use store::SharedStore;

/// The sources of a configuration, each at the place that it has in [`Policies::sources`].
#[derive(Default)]
pub struct Sources {
    sources: Vec<Source>,
    seed: [u64; 2],
}

struct Source {
    worker: Worker,
    store: SharedStore,
    /// The host's number of the call that is under way.
    call: Option<u32>,
    /// What this worker has left out of the list that it fetched. It tells of it once the list is
    /// in force.
    left_out: Option<LeftOut>,
}

impl Sources {
    /// Those of these policies. `seed` is that of their origin sets.
    pub fn of(policies: &Policies, seed: [u64; 2]) -> Self {
        let source = |source: &OriginSource| {
            let milliseconds = |seconds: u32| Milliseconds::from(seconds).saturating_mul(1000);
            let schedule =
                Schedule { refresh: milliseconds(source.refresh), max_stale: milliseconds(source.max_stale) };
            Source { worker: Worker::new(schedule), store: SharedStore::of(source), call: None, left_out: None }
        };
        Self { sources: policies.sources().iter().map(source).collect(), seed }
    }

    /// Takes over what other workers have: for a configuration that is to begin with it.
    pub fn take_over(&mut self, policies: &Policies) -> Option<Policies> {
        self.look(policies, false)
    }

    /// Takes over what other workers have fetched, drops what is too old, and fetches what is due.
    /// Returns the policies with other lists, if one has changed.
    pub fn tick(&mut self, policies: &Policies) -> Option<Policies> {
        self.look(policies, true)
    }

    fn look(&mut self, policies: &Policies, may_fetch: bool) -> Option<Policies> {
        if self.sources.is_empty() {
            return None;
        }
        let now = host::monotonic_milliseconds()?;
        let mut changed: Option<Policies> = None;
        for ((place, source), described) in self.sources.iter_mut().enumerate().zip(policies.sources()) {
            // A number that no other worker has: their generators have other seeds.
            let random = may_fetch.then(|| RandomState::new().hash_one(now));
            let look = source.worker.look(now, random, &mut source.store);
            let list = match look.change {
                Change::None => None,
                Change::Load(shared) => Some(Some(Arc::new(source.compile(described, &shared, self.seed)))),
                Change::Drop => {
                    log::warn!("corsac: {described} has not confirmed its origins for too long: they are out of force");
                    Some(None)
                }
            };
            if let Some(list) = list {
                changed = Some(changed.as_ref().unwrap_or(policies).with_list(place, list));
            }
            if let Some(fetch) = look.fetch {
                source.fetch(described, &fetch, now);
            }
        }
        changed
    }

    /// The host has called back: a call has ended, one way or the other.
    pub fn respond(&mut self, policies: &Policies, call: u32, headers: usize, body_size: usize) {
        let Some(now) = host::monotonic_milliseconds() else { return };
        let mut all = self.sources.iter_mut().zip(policies.sources());
        if let Some((source, described)) = all.find(|(source, _)| source.call == Some(call)) {
            source.call = None;
            source.take(described, response::response(headers, body_size), now);
        }
    }
}

impl Source {
    fn compile(&mut self, described: &OriginSource, shared: &SharedList, seed: [u64; 2]) -> OriginList {
        let mut left_out = self.left_out.take();
        let list = entries::compiled(shared.text(), seed, left_out.as_mut());
        if let Some(left_out) = left_out {
            let ListCounts { plain, insecure, .. } = list.counts();
            let origins = plain.saturating_add(insecure);
            log::info!("corsac: {described} lists {origins} origins ({insecure} of them with plain http){left_out}");
        }
        list
    }

    fn fetch(&mut self, described: &OriginSource, fetch: &Fetch, now: Milliseconds) {
        let OriginSource { authority, path, headers, .. } = described;
        let etag = std::str::from_utf8(&fetch.etag).unwrap_or_default();
        let mut lines = vec![(":method", "GET"), (":authority", authority), (":path", path), (":scheme", "http")];
        lines.extend(headers.iter().map(|(name, value)| (&**name, &**value)));
        if !etag.is_empty() {
            lines.push(("if-none-match", etag));
        }
        match host::dispatch_call(&described.cluster, lines, FETCH_TIMEOUT) {
            Ok(call) => self.call = Some(call),
            // No such cluster, most likely.
            Err(_) => self.fail(described, &Failure::NoResponse, now),
        }
    }

    fn take(&mut self, described: &OriginSource, response: Result<Response, Failure>, now: Milliseconds) {
        let (body, etag) = match response {
            Ok(Response::NotModified) => return self.finish(Answer::Unchanged, now),
            Ok(Response::Body { body, etag }) => (body, etag),
            Err(failure) => return self.fail(described, &failure, now),
        };
        let digest = digest(&body);
        if self.worker.is_unchanged(digest) {
            return self.finish(Answer::Unchanged, now);
        }
        match entries::taken(&body) {
            Ok((text, left_out)) => {
                self.left_out = Some(left_out);
                self.finish(Answer::List { text: &text, digest, etag: &etag }, now);
            }
            Err(failure) => self.fail(described, &failure, now),
        }
    }

    fn finish(&mut self, answer: Answer<'_>, now: Milliseconds) {
        self.worker.finish(now, answer, &mut self.store);
    }

    /// Tells of the first failure only: the later ones are in the metrics.
    fn fail(&mut self, described: &OriginSource, failure: &Failure, now: Milliseconds) {
        if self.worker.failures() == 0 {
            log::warn!("corsac: no origins from {described}: {failure}");
        }
        self.finish(Answer::Failed, now);
    }
}
