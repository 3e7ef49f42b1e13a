//! The contexts of a VM by their numbers: filters, and the exchanges that pass through them.

use hashbrown::HashTable;

use crate::exchange::Exchange;
use crate::plugin::Plugin;

/// What lives in one VM.
pub struct Contexts {
    /// One for each configured filter, old ones while their exchanges last: few, so they are gone through.
    plugins: Vec<(u32, Plugin)>,
    exchanges: HashTable<(u32, Exchange)>,
}

/// The host counts contexts up, and clients do not choose their numbers: a multiplication spreads them well enough.
fn hash(context: u32) -> u64 {
    u64::from(context).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Contexts {
    pub const fn new() -> Self {
        Self { plugins: Vec::new(), exchanges: HashTable::new() }
    }

    pub fn add_plugin(&mut self, context: u32) {
        self.plugins.push((context, Plugin::default()));
    }

    pub fn plugin(&mut self, context: u32) -> Option<&mut Plugin> {
        self.plugins.iter_mut().find(|(number, _)| *number == context).map(|(_, plugin)| plugin)
    }

    /// An exchange of a filter that is not known, or has no policies yet, is left alone.
    pub fn add_exchange(&mut self, context: u32, root: u32) {
        if let Some(exchange) = self.plugin(root).and_then(|plugin| plugin.exchange()) {
            self.exchanges.insert_unique(hash(context), (context, exchange), |(number, _)| hash(*number));
        }
    }

    pub fn exchange(&mut self, context: u32) -> Option<&mut Exchange> {
        self.exchanges.find_mut(hash(context), |(number, _)| *number == context).map(|(_, exchange)| exchange)
    }

    pub fn remove(&mut self, context: u32) {
        match self.exchanges.find_entry(hash(context), |(number, _)| *number == context) {
            Ok(found) => drop(found.remove()),
            Err(_) => self.plugins.retain(|(number, _)| *number != context),
        }
    }
}
