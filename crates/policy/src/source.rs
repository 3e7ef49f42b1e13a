//! `originSources`: services that origins are fetched from.
//!
//! The engine does not fetch. It says what to fetch and how often, and compiles what came
//! ([`crate::OriginListBuilder`]).

use std::fmt;

/// A service that origins are fetched from, over one of the proxy's clusters.
#[derive(Clone, PartialEq, Eq)]
pub struct OriginSource {
    /// The proxy's name for the service.
    pub cluster: Box<str>,
    /// The request's `:authority`.
    pub authority: Box<str>,
    /// The request's `:path`, with its query.
    pub path: Box<str>,
    /// Seconds between two fetches.
    pub refresh: u32,
    /// Seconds that a list remains in force after the service has confirmed it.
    pub max_stale: u32,
    /// Further request headers: lower-case names and their values, which may be secret.
    pub headers: Vec<(Box<str>, Box<str>)>,
}

/// Without the values of the headers: they may be secret.
impl fmt::Debug for OriginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| &**name).collect();
        f.debug_struct("OriginSource")
            .field("cluster", &self.cluster)
            .field("authority", &self.authority)
            .field("path", &self.path)
            .field("refresh", &self.refresh)
            .field("max_stale", &self.max_stale)
            .field("headers", &names)
            .finish()
    }
}

/// The cluster and the path, which tell sources apart in a log.
impl fmt::Display for OriginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.cluster, self.path)
    }
}
