//! What each node has to have, and what Envoy has said about it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::Resource;

/// The number of a change, in order. Envoy sees it as the version of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// Envoy's verdict on a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in force, or will be as soon as every worker has it.
    Accepted,
    /// What was before it stays in force. The text is Envoy's reason.
    Refused(String),
}

/// The resources of one type for one node.
#[derive(Clone, Default)]
pub struct Snapshot {
    pub version: u64,
    pub resources: Vec<Resource>,
}

/// The state that the streams of all Envoys share.
pub struct State {
    tables: Mutex<Tables>,
    /// Wakes the streams.
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct Tables {
    last: u64,
    /// By node and type.
    wanted: HashMap<(String, String), Snapshot>,
    /// By version.
    verdicts: HashMap<u64, Verdict>,
}

impl State {
    pub fn new() -> Self {
        Self { tables: Mutex::default(), changes: watch::Sender::new(()) }
    }

    /// Puts a resource in place of the node's resource of that type and name.
    pub fn set(&self, node: &str, resource: Resource) -> Version {
        let mut tables = self.tables();
        tables.last += 1;
        let version = tables.last;
        let snapshot = tables.wanted.entry((node.to_owned(), resource.kind.clone())).or_default();
        snapshot.version = version;
        snapshot.resources.retain(|other| other.name != resource.name);
        snapshot.resources.push(resource);
        drop(tables);
        self.changes.send_replace(());
        Version(version)
    }

    pub fn snapshot(&self, node: &str, kind: &str) -> Option<Snapshot> {
        self.tables().wanted.get(&(node.to_owned(), kind.to_owned())).cloned()
    }

    pub fn note(&self, version: u64, verdict: Verdict) {
        self.tables().verdicts.insert(version, verdict);
    }

    pub fn verdict(&self, version: Version) -> Option<Verdict> {
        self.tables().verdicts.get(&version.0).cloned()
    }

    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// A thread that panicked cannot have left them incomplete.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
