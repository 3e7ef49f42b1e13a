//! One port for all listeners, since a container publishes one port: the PROXY protocol selects the
//! listener.

use std::{net::SocketAddr, path::Path};

use serde_json::{Value, json};

use super::{Bootstrap, Listener, address};
use crate::client::Peer;

/// The first of the ports by which a connection names its listener. Nobody listens on them.
const FIRST: u16 = 20_000;

/// An Envoy on another host, which serves all its listeners on one port.
pub struct SharedPort {
    names: Vec<String>,
}

impl SharedPort {
    /// The bootstrap of such an Envoy. It listens on `port` of every interface, has its admin
    /// interface on port `admin` of its loopback, and writes its access log to `access_log`. Live,
    /// discovered and TLS listeners are not supported.
    pub fn new(bootstrap: &Bootstrap, port: u16, admin: u16, access_log: &Path) -> (Self, Value) {
        let chains: Vec<Value> =
            (FIRST..).zip(&bootstrap.listeners).map(|(port, listener)| chain(port, listener, access_log)).collect();
        let proxy = "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
        let mut json = bootstrap.without_listeners();
        json["admin"]["address"] = address(([127, 0, 0, 1], admin).into());
        json["static_resources"]["listeners"] = json!([{
            "name": "shared",
            "address": address(([0, 0, 0, 0], port).into()),
            "listener_filters": [{ "name": "proxy", "typed_config": { "@type": proxy } }],
            "filter_chains": chains,
        }]);
        (Self { names: bootstrap.listeners.iter().map(|listener| listener.name().to_owned()).collect() }, json)
    }

    /// How to reach the listener of that name if the shared port is at `address`; `None` if no
    /// listener has that name.
    pub fn peer(&self, address: SocketAddr, listener: &str) -> Option<Peer> {
        let (port, _) = (FIRST..).zip(&self.names).find(|(_, name)| *name == listener)?;
        // PROXY protocol, version 1: addresses of source and destination, then their ports.
        Some(Peer { address, preface: format!("PROXY TCP4 192.0.2.1 192.0.2.2 1 {port}\r\n").into_bytes() })
    }
}

/// The listener's chain, for connections that name `port`.
fn chain(port: u16, listener: &Listener, access_log: &Path) -> Value {
    let mut chain = listener.json(access_log, None)["filter_chains"][0].take();
    chain["name"] = listener.name().into();
    chain["filter_chain_match"] = json!({ "destination_port": port });
    chain
}
