//! Every test vector through the port that the compose file publishes.
//!
//! The vectors need hundreds of policies and surroundings, the compose file publishes one port: so a file laid over it
//! mounts another bootstrap, in which the PROXY protocol chooses the listener. The spy stands on this machine, at the
//! address that the project's network knows it by.

use std::{fs, net::SocketAddr, path::Path};

use corsac_testbed::{
    Error,
    access_log::AccessLog,
    config::{Bootstrap, SharedPort},
    containers::ComposeRelease,
    target,
    upstream::Upstream,
    vectors::{self, ServingEnvoy, VectorListeners},
};
use serde_json::json;

use crate::world::World;

/// Where the compose file mounts what Envoy reads, and what Envoy listens on.
const BOOTSTRAP: &str = "/etc/envoy/envoy.yaml";
const MODULE: &str = "/etc/envoy/corsac.wasm";
const PORT: u16 = 10_000;
const ADMIN: u16 = 9901;
/// Where the access log is, for Envoy.
const LOGS: &str = "/var/log/corsac";

#[test]
fn every_vector_is_answered_as_written_through_the_published_port() {
    let folder = target().join(format!("containers-{}", std::process::id()));
    let logs = folder.join("logs");
    fs::create_dir_all(&logs).unwrap();
    everybody_may_write(&logs);
    let bootstrap = folder.join("envoy.json");
    // What is mounted has to be there before it is known.
    fs::write(&bootstrap, "{}").unwrap();
    let over = folder.join("over.yml");
    fs::write(&over, over_ours(&bootstrap, &logs)).unwrap();

    let world = World::new(ComposeRelease::Installed, Some(&over));
    // The network first: the spy listens there.
    world.compose.run(&["up", "--no-start"]).unwrap();
    let here = world.compose.gateway().unwrap();
    let upstream = Upstream::start_at(SocketAddr::from((here, 0))).unwrap_or_else(|error| {
        panic!("The engine's network reaches this machine at {here}, where no upstream can listen ({error}): it needs an engine on this machine.")
    });

    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut listeners = VectorListeners::new(MODULE.into(), Vec::new());
    let at_listeners: Vec<_> = vectors.iter().map(|vector| (vector, listeners.listener(vector))).collect();
    let listeners = listeners.listeners.into_iter().fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
    let (gate, configuration) = SharedPort::new(&listeners, PORT, ADMIN, &Path::new(LOGS).join("access.log"));
    fs::write(&bootstrap, configuration.to_string()).unwrap();
    world.compose.up(&["envoy"]).unwrap_or_else(|error| panic!("{error}"));

    let address = world.address();
    let peer = |listener: &str| {
        gate.peer(address, listener).ok_or_else(|| Error::new(format!("there is no listener {listener}")))
    };
    let envoy = ServingEnvoy { upstream: &upstream, log: AccessLog::at(logs.join("access.log")), peer: &peer };
    let results = vectors::run(&at_listeners, &envoy).unwrap_or_else(|error| panic!("{error}"));
    let count = results.len();
    let failures: Vec<String> = results.into_iter().filter_map(|result| result.failure).collect();
    assert!(failures.is_empty(), "{} of {count} exchanges differ:\n\n{}", failures.len(), failures.join("\n"));
    println!("{count} exchanges of {} vectors", vectors.len());
    drop(world);
    fs::remove_dir_all(&folder).unwrap();
}

/// JSON is YAML.
fn over_ours(bootstrap: &Path, logs: &Path) -> String {
    let mounted = |source: &Path, target: &str| json!({ "type": "bind", "source": source, "target": target });
    let command = ["envoy", "--config-path", BOOTSTRAP, "--log-level", "warning", "--concurrency", "1"];
    let command: Vec<&str> = command.into_iter().chain(["--file-flush-interval-msec", "10"]).collect();
    let envoy = json!({ "command": command, "volumes": [mounted(bootstrap, BOOTSTRAP), mounted(logs, LOGS)] });
    json!({ "services": { "envoy": envoy } }).to_string()
}

/// In the published image Envoy is a user of its own.
fn everybody_may_write(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}
