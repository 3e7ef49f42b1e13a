//! Faults, in one Envoy with four workers that share a module.

mod breaking;
mod hostile;
mod many;

use std::net::SocketAddr;

use corsac_testbed::client::http1::Connection;
use corsac_testbed::client::{Request, Response};
use corsac_testbed::config::{Bootstrap, Listener};
use corsac_testbed::envoy::{Binary, Envoy};

const WORKERS: u32 = 4;

fn start(bootstrap: &Bootstrap) -> Envoy {
    let started = Binary::find().and_then(|binary| binary.start_with_workers(bootstrap, WORKERS));
    started.unwrap_or_else(|error| panic!("{error}"))
}

/// A listener that answers every request itself, so that no upstream limits the load.
fn answering(name: &str) -> Listener {
    use corsac_testbed::config::{Action, Route};
    let answer = serde_json::json!({ "status": 200, "body": { "inline_string": "ok" } });
    Listener::new(name).route(Route { action: Action::Other("direct_response", answer), ..Route::default() })
}

/// The answer on a connection, which stays with its worker.
fn ask(connection: &mut Connection, request: &Request) -> Response {
    connection.send(request).unwrap_or_else(|failure| panic!("{failure}: {request:?}"))
}

fn open(address: SocketAddr) -> Connection {
    Connection::open(address).unwrap()
}
