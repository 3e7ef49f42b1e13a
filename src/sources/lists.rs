//! Compiled lists, which the filters of one VM share: a hundred listeners with one source hold its
//! list once.

use std::cell::Cell;
use std::sync::{Arc, Weak};

use corsac_policy::OriginList;

struct Known {
    key: Box<str>,
    version: u64,
    list: Weak<OriginList>,
}

thread_local! {
    /// Those of this VM that are in force somewhere.
    static KNOWN: Cell<Vec<Known>> = const { Cell::new(Vec::new()) };
}

/// This version of a source's list, if some filter has it in force. `key` is the source's.
pub fn find(key: &str, version: u64) -> Option<Arc<OriginList>> {
    let known = KNOWN.take();
    let found = known.iter().find(|known| known.version == version && *known.key == *key);
    let list = found.and_then(|known| known.list.upgrade());
    KNOWN.set(known);
    list
}

/// Lets other filters find a list, for as long as one has it in force.
pub fn share(key: &str, version: u64, list: OriginList) -> Arc<OriginList> {
    let list = Arc::new(list);
    let mut known = KNOWN.take();
    known.retain(|known| known.list.strong_count() > 0);
    known.push(Known { key: key.into(), version, list: Arc::downgrade(&list) });
    KNOWN.set(known);
    list
}
