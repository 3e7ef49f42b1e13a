//! Node.js, which runs the engine's tests as Wasm.

use std::env;
use std::ffi::OsString;

use corsac_testbed::node::Node;

use crate::Outcome;

/// A `PATH` on which `node` is one that serves.
pub fn path_with_node() -> Outcome<OsString> {
    let node = Node::find().map_err(|error| error.to_string())?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = node.folder().into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| format!("Node's folder cannot be on the PATH: {error}."))
}
