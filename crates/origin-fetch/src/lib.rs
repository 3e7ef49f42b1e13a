//! When origins are fetched from a service, and by which of a proxy's workers.
//!
//! A proxy has several workers, each with its own memory, and one store that they share, with
//! compare-and-swap. One of them fetches for all: it takes a *lease* in the store, fetches, and
//! puts the list there. The others take the list over when they see its new version. A worker that
//! dies leaves a lease behind, which expires.
//!
//! Everything here is pure: the clock, the randomness and the store are handed in, and the fetch
//! itself is the caller's. So the tests run several workers against each other, step by step, and
//! end one of them anywhere.
//!
//! # What holds
//!
//! * At most one worker fetches at a time, as long as a fetch takes less time than a lease.
//! * A list in the store is whole, and is never replaced by one that was fetched before it.
//! * A failed fetch changes no list. A list that the service has not confirmed for
//!   [`Schedule::max_stale`] is dropped by each worker, whether or not anyone can reach the store
//!   or the service.
//!
//! # In the store
//!
//! Two items for each source: the record, which every worker reads each second, and the list, which
//! a worker reads when the record names another version than it has. The list begins with its
//! version, because the two are written one after the other: a reader that comes in between sees
//! that they do not belong together, and waits.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

mod digest;
mod record;
mod schedule;
mod worker;

pub use digest::digest;
pub use schedule::Schedule;
pub use worker::{Answer, Change, Fetch, Look, SharedList, Worker};

/// Milliseconds of a clock that all workers share and that never goes back.
pub type Milliseconds = u64;

/// How long a fetch may take. Milliseconds.
pub const FETCH_TIMEOUT: u32 = 10_000;

/// What the store holds of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Version, times and lease.
    Record,
    /// The list itself.
    List,
}

/// The store's number for one value of an item: another value has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub u32);

/// The store that a proxy's workers share.
pub trait Store {
    /// The item's value. `None` where there is none, or where it cannot be read.
    fn get(&mut self, item: Item) -> Option<(Vec<u8>, Stamp)>;

    /// Sets the item if its value is the one with this stamp; without a stamp, if there is none.
    /// Whether it was set.
    fn set(&mut self, item: Item, value: &[u8], expected: Option<Stamp>) -> bool;
}
