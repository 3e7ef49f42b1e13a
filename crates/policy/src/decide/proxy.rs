//! The questions that the engine asks. They are its only contact with a proxy.
//!
//! Every question costs a host call, and a found header costs four times as much as an absent one.
//! So the engine asks only the necessary questions, cheapest first. The order of questions is
//! engine code, and tested as a table.

/// Envoy's routing of an exchange.
pub trait Route {
    /// The name of the current route: `None` without a route, empty for a route without a name.
    fn route_name(&mut self) -> Option<Vec<u8>>;

    /// The policy in the metadata of the route, or else of its virtual host.
    fn route_policy(&mut self) -> RoutePolicy;
}

/// A policy's name in route metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutePolicy {
    /// Neither the route nor its virtual host names one.
    Absent,
    /// This name, which may be unknown.
    Named(Vec<u8>),
    /// The metadata hold something other than a string.
    Invalid,
}

/// Where a request goes, as it was received: as much as the rules look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The `:authority`.
    pub authority: Option<Vec<u8>>,
    /// The `:path`, its query included.
    pub path: Option<Vec<u8>>,
}

/// A request in its header phase.
pub trait Request: Route {
    /// The value of a header (lower-case name, pseudo-headers included). `None` if it is absent.
    /// Several lines are joined by commas, as far as the proxy joins them.
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>>;

    /// In a later run, [`Decision::target`](crate::Decision::target) of the first one; `None` in a
    /// first run. There is a later run if the upstream answers with a redirect, and the proxy
    /// itself follows it and runs its filters again for the new URL.
    ///
    /// The browser only knows the first URL, so that URL decides. A client must not be able to set
    /// the value.
    fn first_target(&mut self) -> Option<Target> {
        None
    }
}

/// A response in its header phase: the upstream's, the proxy's, or the engine's reply on its way to
/// the client.
pub trait Response: Route {
    /// The value of a header, as in [`Request::header`].
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>>;

    /// Shows every header line: its name, in lower case as proxies keep it, and its value. The
    /// engine asks this only for its own replies.
    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8]));

    /// Whether the engine's own reply comes back with exactly the headers that it was sent with, in
    /// their order. A proxy that cannot tell quickly answers `false`; then [`Response::each`] gives
    /// the answer.
    fn is_as_sent(&mut self) -> bool {
        false
    }

    /// Makes `value` the only value of the header.
    fn replace(&mut self, name: &'static str, value: &[u8]);

    /// Removes every line of the header.
    fn remove(&mut self, name: &[u8]);
}
