//! Queries to Envoy's admin interface.

use std::{collections::HashMap, net::SocketAddr};

use serde_json::Value;

use super::Envoy;
use crate::{
    Error, Result,
    client::{Request, http1},
};

impl Envoy {
    /// The body of the admin interface's answer to `GET path`.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn ask(&self, path: &str) -> Result<String> {
        let answer = http1::send(self.admin, &Request::new("GET", path))?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// The counters and gauges whose names match `filter` (a regular expression, percent-encoded).
    ///
    /// # Errors
    /// If the admin interface does not answer.
    pub fn stats(&self, filter: &str) -> Result<HashMap<String, u64>> {
        let text = self.ask(&format!("/stats?filter={filter}"))?;
        let line =
            |line: &str| line.split_once(": ").and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
        Ok(text.lines().filter_map(line).collect())
    }

    /// One counter or gauge; 0 if Envoy has not created it yet.
    ///
    /// # Errors
    /// If the admin interface does not answer.
    pub fn stat(&self, name: &str) -> Result<u64> {
        Ok(self.stats(name)?.get(name).copied().unwrap_or(0))
    }

    /// The configuration in force.
    ///
    /// # Errors
    /// If the admin interface does not answer with JSON.
    pub fn config_dump(&self) -> Result<Value> {
        json(&self.ask("/config_dump")?)
    }

    /// The addresses of the listeners, by name. They listen on ports that the system chose.
    pub(super) fn ask_for_listeners(&self) -> Result<HashMap<String, SocketAddr>> {
        let listeners = json(&self.ask("/listeners?format=json")?)?;
        let listener = |listener: &Value| {
            let address = &listener["local_address"]["socket_address"];
            let port = u16::try_from(address["port_value"].as_u64()?).ok()?;
            let ip: std::net::IpAddr = address["address"].as_str()?.parse().ok()?;
            Some((listener["name"].as_str()?.to_owned(), SocketAddr::from((ip, port))))
        };
        let listed = listeners["listener_statuses"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(listed.iter().filter_map(listener).collect())
    }
}

fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(Error::when("the admin interface's answer"))
}
