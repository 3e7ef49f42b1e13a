//! One worker's part: it looks at the store again and again, takes lists over, and sometimes
//! fetches.

use crate::record::Record;
use crate::schedule::Schedule;
use crate::{FETCH_TIMEOUT, Item, Milliseconds, Stamp, Store};

/// How long a lease lasts: the fetch, and some time to compile what came.
const LEASE: Milliseconds = FETCH_TIMEOUT as Milliseconds + 5000;

/// Attempts to write where others write, too. Another value each time means another worker each
/// time, so more are not needed.
const ATTEMPTS: usize = 4;

/// A worker's view of one source.
#[derive(Debug)]
pub struct Worker {
    schedule: Schedule,
    held: Option<Held>,
    lease: Option<Lease>,
    /// When the service confirmed the list last, as far as this worker knows.
    confirmed: Option<Milliseconds>,
    failures: u64,
}

/// The list that a worker has taken over.
#[derive(Debug)]
struct Held {
    version: u64,
    confirmed: Milliseconds,
}

/// This worker fetches.
#[derive(Debug)]
struct Lease {
    token: u64,
    until: Milliseconds,
    /// The list's stamp when the lease was taken.
    list: Option<Stamp>,
    /// Whether the list was the record's then.
    is_intact: bool,
    digest: u64,
}

/// What a look at the store found.
#[derive(Debug, PartialEq, Eq)]
pub struct Look {
    /// What becomes of the list in force.
    pub change: Change,
    /// A fetch that is this worker's to make.
    pub fetch: Option<Fetch>,
}

/// What becomes of the list in force.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays.
    None,
    /// This one takes its place.
    Load(SharedList),
    /// It is too old: none takes its place.
    Drop,
}

/// A fetch to make.
#[derive(Debug, PartialEq, Eq)]
pub struct Fetch {
    /// For `If-None-Match`; empty: none.
    pub etag: Vec<u8>,
}

/// A list from the store.
#[derive(Debug, PartialEq, Eq)]
pub struct SharedList(Vec<u8>);

/// The result of a fetch.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// Another list.
    List {
        /// What the workers take over.
        text: &'a [u8],
        /// The digest of the body that it comes from.
        digest: u64,
        /// The body's `ETag`; empty: none.
        etag: &'a [u8],
    },
    /// The list is what it was: 304, or the same body again.
    Unchanged,
    /// No list came.
    Failed,
    /// This worker ends, and does not wait for the answer. Another one may fetch at once.
    GivenUp,
}

impl SharedList {
    /// A list with its version ahead.
    fn of(version: u64, text: &[u8]) -> Self {
        Self([&version.to_le_bytes(), text].concat())
    }

    /// Its version: another list has another one.
    pub fn version(&self) -> u64 {
        self.0.first_chunk().map_or(0, |version| u64::from_le_bytes(*version))
    }

    /// The list's text.
    pub fn text(&self) -> &[u8] {
        self.0.get(8..).unwrap_or_default()
    }
}

impl Worker {
    /// A worker that has no list yet.
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, held: None, lease: None, confirmed: None, failures: 0 }
    }

    /// Looks at the store: takes over a new list, drops one that is too old, and takes the lease
    /// where a fetch is due. `random` is another number each time. Without it no fetch is made.
    pub fn look(&mut self, now: Milliseconds, random: Option<u64>, store: &mut impl Store) -> Look {
        let (record, stamp) = read_record(store);
        let change = self.follow(&record, now, store);
        let fetch = random.and_then(|random| self.take_lease(record, stamp, now, random, store));
        Look { change, fetch }
    }

    /// Milliseconds since the service confirmed the list last.
    pub fn age(&self, now: Milliseconds) -> Option<Milliseconds> {
        self.confirmed.map(|confirmed| now.saturating_sub(confirmed))
    }

    /// Failed fetches since the last good one, by whichever worker.
    pub const fn failures(&self) -> u64 {
        self.failures
    }

    fn follow(&mut self, record: &Record, now: Milliseconds, store: &mut impl Store) -> Change {
        self.failures = record.failures;
        if record.version != 0 {
            self.confirmed = Some(record.confirmed);
        }
        if let Some(held) = self.held.as_mut().filter(|held| held.version == record.version) {
            held.confirmed = record.confirmed;
        } else if record.version != 0 && self.schedule.is_fresh(record.confirmed, now) {
            let list = store.get(Item::List).map(|(bytes, _)| SharedList(bytes));
            // Another version: it is being written, and the next look finds it.
            if let Some(list) = list.filter(|list| list.version() == record.version) {
                self.held = Some(Held { version: record.version, confirmed: record.confirmed });
                return Change::Load(list);
            }
        }
        match self.held.take_if(|held| !self.schedule.is_fresh(held.confirmed, now)) {
            Some(_) => Change::Drop,
            None => Change::None,
        }
    }

    fn take_lease(
        &mut self,
        mut record: Record,
        stamp: Option<Stamp>,
        now: Milliseconds,
        random: u64,
        store: &mut impl Store,
    ) -> Option<Fetch> {
        if self.lease.as_ref().is_some_and(|lease| now < lease.until) || now < record.lease_until {
            return None;
        }
        let failures = u32::try_from(record.failures).unwrap_or(u32::MAX);
        // Before the first attempt there is none to wait from.
        if record.token != 0 && now < self.schedule.due(record.attempted, failures, record.token) {
            return None;
        }
        let token = random.max(1);
        let until = now.saturating_add(LEASE);
        (record.token, record.lease_until) = (token, until);
        if !store.set(Item::Record, &record.to_bytes(), stamp) {
            return None;
        }
        let list = store.get(Item::List).map(|(bytes, stamp)| (SharedList(bytes).version(), stamp));
        let is_intact = record.version != 0 && list.is_some_and(|(version, _)| version == record.version);
        let list = list.map(|(_, stamp)| stamp);
        self.lease = Some(Lease { token, until, list, is_intact, digest: record.digest });
        Some(Fetch { etag: if is_intact { record.etag } else { Vec::new() } })
    }

    /// Whether a body with this digest is the one that the list in the store comes from.
    pub fn is_unchanged(&self, digest: u64) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.is_intact && lease.digest == digest)
    }

    /// Ends the fetch that a look has begun. If this worker took too long and another one fetches
    /// now, nothing is written. Whether something was.
    pub fn finish(&mut self, now: Milliseconds, answer: Answer<'_>, store: &mut impl Store) -> bool {
        let Some(lease) = self.lease.take() else { return false };
        match answer {
            Answer::List { text, digest, etag } => {
                write_list(&lease, text, store)
                    && update(&lease, store, &|record, _| {
                        record.version = lease.token;
                        record.digest = digest;
                        record.etag = etag.to_vec();
                        confirm(record, now);
                    })
            }
            Answer::Unchanged => update(&lease, store, &|record, store| {
                confirm(record, now);
                if !holds(store, record.version) {
                    // An earlier worker has written there after its lease. Nobody new could take
                    // the list over, so it is fetched again, whole and soon.
                    record.etag.clear();
                    record.failures = 1;
                }
            }),
            Answer::GivenUp => update(&lease, store, &|_, _| {}),
            Answer::Failed => update(&lease, store, &|record, _| {
                record.attempted = now;
                record.failures = record.failures.saturating_add(1);
            }),
        }
    }
}

fn confirm(record: &mut Record, now: Milliseconds) {
    (record.confirmed, record.attempted, record.failures) = (now, now, 0);
}

#[inline(never)] // called by everything here
fn read_record(store: &mut impl Store) -> (Record, Option<Stamp>) {
    match store.get(Item::Record) {
        Some((bytes, stamp)) => (Record::from_bytes(&bytes).unwrap_or_default(), Some(stamp)),
        None => (Record::default(), None),
    }
}

fn holds(store: &mut impl Store, version: u64) -> bool {
    store.get(Item::List).is_some_and(|(bytes, _)| SharedList(bytes).version() == version)
}

/// Writes the list, unless the lease is another's by now.
///
/// The stamp is read before the lease is checked. Whoever takes the lease after that check writes
/// after it, too, and then either finds this list there or makes this write fail.
fn write_list(lease: &Lease, text: &[u8], store: &mut impl Store) -> bool {
    let list = SharedList::of(lease.token, text);
    let mut stamp = lease.list;
    for _ in 0..ATTEMPTS {
        if !is_held(lease, store) {
            return false;
        }
        if store.set(Item::List, &list.0, stamp) {
            return true;
        }
        stamp = store.get(Item::List).map(|(_, stamp)| stamp);
    }
    false
}

fn is_held(lease: &Lease, store: &mut impl Store) -> bool {
    read_record(store).0.token == lease.token
}

/// Changes the record and gives the lease back, unless it is another's by now.
#[inline(never)] // called four times
fn update<S: Store>(lease: &Lease, store: &mut S, change: &dyn Fn(&mut Record, &mut S)) -> bool {
    for _ in 0..ATTEMPTS {
        let (mut record, stamp) = read_record(store);
        if record.token != lease.token {
            return false;
        }
        change(&mut record, store);
        record.lease_until = 0;
        if store.set(Item::Record, &record.to_bytes(), stamp) {
            return true;
        }
    }
    false
}
