//! Changes the configuration of a running Envoy, through files that it watches.

use std::path::Path;

use serde_json::Value;

use super::Envoy;
use crate::{
    DEADLINE, Result,
    config::{ECDS_NAME, Listener, discovery, ecds_file, lds_json},
    directory::write_whole,
    poll,
};

/// Envoy's reaction to an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// It is in force for new connections (listeners) or new requests (filters), once every worker
    /// has it.
    Accepted,
    /// The configuration before it stays in force.
    Rejected,
}

impl Envoy {
    /// Replaces all listeners of an Envoy whose [`crate::config::Bootstrap`] is live, and waits for
    /// Envoy's reaction.
    ///
    /// # Errors
    /// If Envoy does not react in time.
    pub fn update_listeners(&mut self, listeners: &[Listener]) -> Result<Update> {
        let access_log = self.directory.access_log();
        let update = self.update(
            "listener_manager.lds",
            &self.directory.path().join("listeners.json"),
            &lds_json(listeners, &access_log),
        )?;
        self.listeners = self.ask_for_listeners()?;
        Ok(update)
    }

    /// Replaces the filter that [`crate::config::filter::discovered`] put into the chain, and waits
    /// for Envoy's reaction.
    ///
    /// # Errors
    /// If Envoy does not react in time.
    pub fn update_filter(&mut self, filter: &Value) -> Result<Update> {
        self.update_filter_in(&self.directory.path().join(ecds_file()), filter)
    }

    /// The same for a filter that is discovered from `file`: see
    /// [`crate::config::filter::discovered_from`].
    ///
    /// # Errors
    /// If Envoy does not react in time.
    pub fn update_filter_in(&self, file: &Path, filter: &Value) -> Result<Update> {
        self.update(&format!("extension_config_discovery.http_filter.{ECDS_NAME}"), file, &discovery(filter))
    }

    fn update(&self, subscription: &str, file: &Path, content: &Value) -> Result<Update> {
        let count = |what: &str| self.stat(&format!("{subscription}.{what}"));
        let (accepted, rejected) = (count("update_success")?, count("update_rejected")?);
        write_whole(file, content)?;
        poll(DEADLINE, "Envoy accepts or rejects an update", || {
            match (count("update_success"), count("update_rejected")) {
                (_, Ok(now)) if now > rejected => Some(Update::Rejected),
                (Ok(now), _) if now > accepted => Some(Update::Accepted),
                _ => None,
            }
        })
    }
}
