//! The store that a proxy's workers share: Envoy's shared data, one map for all VMs of a `vm_id`.

use corsac_origin_fetch::{Item, Stamp, Store};
use corsac_policy::OriginSource;

use crate::host;

/// The form of what is stored. Modules of several versions may run side by side during an update;
/// those that store in another form share nothing.
const FORM: &str = "corsac.origins.1";

/// A value that the host sets only where there is none: it compares the number only with that of
/// the value that is there. Values are numbered from 1 on, so none has this number for long.
const ABSENT: u32 = u32::MAX;

/// One source's part of the store.
pub struct SharedStore {
    record: Box<str>,
    list: Box<str>,
}

impl SharedStore {
    /// Whatever decides what the service answers is in the key: sources that differ in it share
    /// nothing.
    pub fn of(source: &OriginSource) -> Self {
        let mut identity = String::new();
        for part in [&source.cluster, &source.authority, &source.path]
            .into_iter()
            .chain(source.headers.iter().flat_map(|(name, value)| [name, value]))
        {
            identity.push('\0');
            identity.push_str(part);
        }
        let key = |item: &str| [FORM, item, &identity].concat().into_boxed_str();
        Self { record: key(".record"), list: key(".list") }
    }

    fn key(&self, item: Item) -> &str {
        match item {
            Item::Record => &self.record,
            Item::List => &self.list,
        }
    }
}

impl Store for SharedStore {
    fn get(&mut self, item: Item) -> Option<(Vec<u8>, Stamp)> {
        host::shared_data(self.key(item)).ok().map(|(value, stamp)| (value, Stamp(stamp)))
    }

    fn set(&mut self, item: Item, value: &[u8], expected: Option<Stamp>) -> bool {
        let expected = expected.map_or(ABSENT, |Stamp(stamp)| stamp);
        host::set_shared_data(self.key(item), value, expected).is_ok()
    }
}
