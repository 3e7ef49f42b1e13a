//! The contexts of a VM by their numbers: filters, and the exchanges that pass through them.

use hashbrown::HashTable;

use crate::exchange::Exchange;
use crate::plugin::Plugin;

/// What lives in one VM.
pub struct Contexts {
    /// One for each configured filter, old ones while their exchanges last: in a gateway there may be hundreds.
    plugins: Numbered<Plugin>,
    exchanges: Numbered<Exchange>,
}

impl Contexts {
    pub const fn new() -> Self {
        Self { plugins: Numbered::new(), exchanges: Numbered::new() }
    }

    pub fn add_plugin(&mut self, context: u32) {
        self.plugins.insert(context, Plugin::default());
    }

    pub fn plugin(&mut self, context: u32) -> Option<&mut Plugin> {
        self.plugins.get(context)
    }

    /// An exchange of a filter that is not known, or has no policies yet, is left alone.
    pub fn add_exchange(&mut self, context: u32, root: u32) {
        if let Some(exchange) = self.plugin(root).and_then(|plugin| plugin.exchange()) {
            self.exchanges.insert(context, exchange);
        }
    }

    pub fn exchange(&mut self, context: u32) -> Option<&mut Exchange> {
        self.exchanges.get(context)
    }

    pub fn remove(&mut self, context: u32) {
        if !self.exchanges.remove(context) {
            self.plugins.remove(context);
        }
    }
}

/// Values by numbers that are never given twice.
struct Numbered<T>(HashTable<(u32, T)>);

/// The host counts contexts up, and clients do not choose their numbers: a multiplication spreads them well enough.
fn hash(number: u32) -> u64 {
    u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl<T> Numbered<T> {
    const fn new() -> Self {
        Self(HashTable::new())
    }

    fn insert(&mut self, number: u32, value: T) {
        self.0.insert_unique(hash(number), (number, value), |(number, _)| hash(*number));
    }

    fn get(&mut self, number: u32) -> Option<&mut T> {
        self.0.find_mut(hash(number), |(known, _)| *known == number).map(|(_, value)| value)
    }

    /// Whether it was there.
    fn remove(&mut self, number: u32) -> bool {
        self.0.find_entry(hash(number), |(known, _)| *known == number).map(|found| drop(found.remove())).is_ok()
    }
}
