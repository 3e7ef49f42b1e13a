//! The questions that the engine asks: the only way in which it meets a proxy.
//!
//! Every question costs a host call, a found header four times an absent one. So the engine asks only what the answer
//! needs, cheapest first, and the order of questions is engine code, tested as a table.

use crate::rules::Target;

/// What Envoy's routing says about an exchange.
pub trait Route {
    /// The name of the route in force: `None` without a route, empty for a route without a name.
    fn route_name(&mut self) -> Option<Vec<u8>>;

    /// The policy that the route, else its virtual host, names in its metadata.
    fn route_policy(&mut self) -> RoutePolicy;
}

/// A policy's name in route metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutePolicy {
    /// Neither the route nor its virtual host names one.
    Absent,
    /// This one; it may not exist.
    Named(Vec<u8>),
    /// Something is written there that is no string.
    Invalid,
}

/// A request in its header phase.
pub trait Request: Route {
    /// The value of a header (lower-case name, pseudo-headers included): `None` if it is absent, several lines joined by
    /// a comma where the proxy joins them.
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>>;

    /// [`Decision::target`](crate::Decision::target) of the first run, where this one is a later
    /// one: the upstream has answered with a redirect, and the proxy follows it itself and runs its
    /// filters again for the new URL. `None` in a first run.
    ///
    /// The browser knows the first URL only, so that one decides. A client must not be able to set
    /// it.
    fn first_target(&mut self) -> Option<Target> {
        None
    }
}

/// A response in its header phase: the upstream's, the proxy's own, or our reply on its way back.
pub trait Response: Route {
    /// The value of a header, as in [`Request::header`].
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>>;

    /// Shows every header line: its name, in lower case as proxies keep it, and its value. Asked of our own replies only.
    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8]));

    /// Whether our own reply comes back with the headers that it was sent with, in their order, and no other. What a proxy cannot
    /// tell quickly is found out by [`Response::each`].
    fn is_as_sent(&mut self) -> bool {
        false
    }

    /// Makes `value` the only value of the header, whatever was there.
    fn replace(&mut self, name: &'static str, value: &[u8]);

    /// Removes every line of the header.
    fn remove(&mut self, name: &[u8]);
}
