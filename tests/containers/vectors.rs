//! Every test vector through the port that the compose file publishes.
//!
//! The vectors need hundreds of listeners, but the compose file publishes one port. So a second
//! compose file mounts another bootstrap, in which the PROXY protocol selects the listener. The
//! upstream runs on this machine, at its address in the project's network.

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

use crate::compose_demo::ComposeDemo;

/// The paths in the container, and Envoy's ports.
const BOOTSTRAP: &str = "/etc/envoy/envoy.yaml";
const MODULE: &str = "/etc/envoy/corsac.wasm";
const PORT: u16 = 10_000;
const ADMIN: u16 = 9901;
/// The folder of the access log in the container.
const LOGS: &str = "/var/log/corsac";

#[test]
fn every_vector_is_answered_as_written_through_the_published_port() {
    let folder = target().join(format!("containers-{}", std::process::id()));
    let logs = folder.join("logs");
    fs::create_dir_all(&logs).unwrap();
    everybody_may_write(&logs);
    let bootstrap = folder.join("envoy.json");
    // The file must exist before it is mounted. Its content follows.
    fs::write(&bootstrap, "{}").unwrap();
    let overrides = folder.join("overrides.yml");
    fs::write(&overrides, overrides_for(&bootstrap, &logs)).unwrap();

    let demo = ComposeDemo::new(ComposeRelease::Installed, Some(&overrides));
    // First only the network, where the upstream listens.
    demo.compose.run(&["up", "--no-start"]).unwrap();
    let here = demo.compose.gateway().unwrap();
    let upstream = Upstream::start_at(SocketAddr::from((here, 0))).unwrap_or_else(|error| {
        panic!("The engine's network reaches this machine at {here}, where no upstream can listen ({error}): it needs an engine on this machine.")
    });

    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut listeners = VectorListeners::new(MODULE.into(), Vec::new());
    let at_listeners: Vec<_> = vectors.iter().map(|vector| (vector, listeners.listener(vector))).collect();
    let listeners = listeners.listeners.into_iter().fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
    let (gate, configuration) = SharedPort::new(&listeners, PORT, ADMIN, &Path::new(LOGS).join("access.log"));
    fs::write(&bootstrap, configuration.to_string()).unwrap();
    demo.compose.up(&["envoy"]).unwrap_or_else(|error| panic!("{error}"));

    let address = demo.address();
    let peer = |listener: &str| {
        gate.peer(address, listener).ok_or_else(|| Error::new(format!("there is no listener {listener}")))
    };
    let envoy = ServingEnvoy { upstream: &upstream, log: AccessLog::at(logs.join("access.log")), peer: &peer };
    let results = vectors::run(&at_listeners, &envoy).unwrap_or_else(|error| panic!("{error}"));
    let count = results.len();
    let failures: Vec<String> = results.into_iter().filter_map(|result| result.failure).collect();
    assert!(failures.is_empty(), "{} of {count} exchanges differ:\n\n{}", failures.len(), failures.join("\n"));
    println!("{count} exchanges of {} vectors", vectors.len());
    drop(demo);
    fs::remove_dir_all(&folder).unwrap();
}

/// The second compose file, as JSON, which is also YAML.
fn overrides_for(bootstrap: &Path, logs: &Path) -> String {
    let mounted = |source: &Path, target: &str| json!({ "type": "bind", "source": source, "target": target });
    let command = ["envoy", "--config-path", BOOTSTRAP, "--log-level", "warning", "--concurrency", "1"];
    let command: Vec<&str> = command.into_iter().chain(["--file-flush-interval-msec", "10"]).collect();
    let envoy = json!({ "command": command, "volumes": [mounted(bootstrap, BOOTSTRAP), mounted(logs, LOGS)] });
    json!({ "services": { "envoy": envoy } }).to_string()
}

/// Lets every user write, since Envoy has its own user in the published image.
fn everybody_may_write(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}
