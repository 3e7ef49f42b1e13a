//! One source in one worker.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use corsac_origin_fetch::{
    self as origin_fetch, Answer, FETCH_TIMEOUT, Fetch, Item, Milliseconds, Schedule, Worker, digest,
};
use corsac_policy::{ListCounts, OriginList, OriginSource};

use super::calls::Call;
use super::entries::{self, LeftOut, Loading};
use super::lists;
use super::response::{Failure, Response};
use super::store::SharedStore;
use crate::host;
use crate::metrics::{Fetched, SourceMetrics};

/// One source.
pub struct Source {
    described: OriginSource,
    worker: Worker,
    store: SharedStore,
    metrics: SourceMetrics,
    call: Option<Call>,
    /// What this worker has left out of the list that it fetched. It tells of it once the list is
    /// in force.
    left_out: Option<LeftOut>,
    loading: Option<Loading>,
}

/// What becomes of the list in force.
pub enum ListChange {
    None,
    List(Arc<OriginList>),
    Drop,
}

impl Source {
    pub fn new(described: &OriginSource) -> Self {
        let milliseconds = |seconds: u32| Milliseconds::from(seconds).saturating_mul(1000);
        let refresh = milliseconds(described.refresh);
        Self {
            worker: Worker::new(Schedule { refresh, max_stale: milliseconds(described.max_stale) }),
            store: SharedStore::of(described),
            metrics: SourceMetrics::define(described),
            call: None,
            left_out: None,
            loading: None,
            described: described.clone(),
        }
    }

    /// Takes over the list that other workers have, whole.
    pub fn take_over(&mut self, now: Milliseconds) -> ListChange {
        if let origin_fetch::Change::Load(list) = self.worker.look(now, None, &mut self.store).change {
            let mut loading = Loading::new(list, None);
            loop {
                if let Some(list) = self.load(&mut loading) {
                    return ListChange::List(list);
                }
            }
        }
        ListChange::None
    }

    /// Reads what has come, looks at the store, fetches what is due, and compiles a slice of a new
    /// list.
    pub fn tick(&mut self, now: Milliseconds) -> ListChange {
        self.take_response(now);
        // A number that no other worker has: their generators have other seeds.
        let random = RandomState::new().hash_one(now);
        let look = self.worker.look(now, Some(random), &mut self.store);
        if let Some(age) = self.worker.age(now) {
            self.metrics.set_age(age);
        }
        if let Some(fetch) = look.fetch {
            self.fetch(&fetch, now);
        }
        match look.change {
            origin_fetch::Change::Drop => return self.drop_list(),
            origin_fetch::Change::Load(list) => {
                self.loading = Some(Loading::new(list, self.left_out.take()));
            }
            origin_fetch::Change::None => {}
        }
        let Some(mut loading) = self.loading.take() else { return ListChange::None };
        if let Some(list) = self.load(&mut loading) {
            return ListChange::List(list);
        }
        self.loading = Some(loading);
        ListChange::None
    }

    /// The list, once it is complete: after the last slice, or when another filter of this VM has
    /// it.
    fn load(&self, loading: &mut Loading) -> Option<Arc<OriginList>> {
        let key = self.store.key(Item::List);
        // Who has fetched the list also tells what it has left out, so it compiles the list itself.
        let known = if loading.left_out.is_none() { lists::find(key, loading.version()) } else { None };
        let list = match known {
            Some(list) => list,
            None => lists::share(key, loading.version(), loading.advance()?),
        };
        let ListCounts { plain, insecure, .. } = list.counts();
        let origins = plain.saturating_add(insecure);
        self.metrics.set_origins(origins);
        if let Some(left_out) = loading.left_out.take() {
            self.metrics.set_left_out(left_out.count);
            log::info!("corsac: origins from {}: {origins} ({insecure} with plain http){left_out}", self.described);
        }
        Some(list)
    }

    fn drop_list(&mut self) -> ListChange {
        self.loading = None;
        self.metrics.set_origins(0);
        log::warn!(
            "corsac: {} has not confirmed its origins for {} seconds: they are out of force",
            self.described,
            self.described.max_stale
        );
        ListChange::Drop
    }

    /// Ends the fetch whose response has come.
    fn take_response(&mut self, now: Milliseconds) {
        let Some(response) = self.call.as_ref().and_then(Call::response) else { return };
        self.call = None;
        match response {
            Ok(Response::NotModified) => self.keep(now),
            Ok(Response::Body { body, etag }) => self.read(&body, &etag, now),
            Err(failure) => self.fail(&failure, now),
        }
    }

    fn fetch(&mut self, fetch: &Fetch, now: Milliseconds) {
        match Call::make(&self.described, &fetch.etag, FETCH_TIMEOUT) {
            Ok(call) => self.call = Some(call),
            Err(error) => self.fail(&Failure::NotSent(error), now),
        }
    }

    fn read(&mut self, body: &[u8], etag: &[u8], now: Milliseconds) {
        let digest = digest(body);
        if self.worker.is_unchanged(digest) {
            return self.keep(now);
        }
        match entries::taken(body) {
            Ok((text, left_out)) => {
                let is_written = self.finish(Fetched::List, Answer::List { text: &text, digest, etag }, now);
                self.left_out = Some(left_out).filter(|_| is_written);
            }
            Err(failure) => self.fail(&failure, now),
        }
    }

    fn keep(&mut self, now: Milliseconds) {
        self.finish(Fetched::Unchanged, Answer::Unchanged, now);
    }

    /// Tells of the first failure only: the later ones are in the metrics.
    fn fail(&mut self, failure: &Failure, now: Milliseconds) {
        if self.worker.failures() == 0 {
            log::warn!("corsac: no origins from {}: {failure}", self.described);
        }
        self.finish(Fetched::Failed, Answer::Failed, now);
    }

    /// Whether the answer counts: this worker was in time.
    fn finish(&mut self, fetched: Fetched, answer: Answer<'_>, now: Milliseconds) -> bool {
        self.metrics.count(fetched);
        self.worker.finish(now, answer, &mut self.store)
    }
}

/// The filter ends, or has another configuration. Its call, if one is under way, ends with it.
impl Drop for Source {
    fn drop(&mut self) {
        if self.call.is_some()
            && let Some(now) = host::monotonic_milliseconds()
        {
            self.worker.finish(now, Answer::GivenUp, &mut self.store);
        }
    }
}
