//! The unchanged compose file answers like the demo.

use std::fs;

use corsac_testbed::{
    DEADLINE,
    client::http1,
    config::ConfigFile,
    containers::ComposeRelease,
    demo_requests::{CorsAnswer, DEMO_REQUESTS},
    envoy::Version,
    poll,
};
use serde_json::json;

use crate::compose_demo::{ComposeDemo, root};

#[test]
fn the_demo_becomes_healthy_with_every_docker_compose_and_answers_by_its_policy() {
    for release in ComposeRelease::ALL {
        let demo = ComposeDemo::new(release, None);
        let (version, stand_in) = (demo.compose.version().unwrap(), demo.image.is_stand_in());
        println!("Docker Compose {version}, {}{}", demo.image.name(), if stand_in { " (a stand-in)" } else { "" });
        demo.compose.up(&["api", "envoy"]).unwrap_or_else(|error| panic!("{error}"));
        let address = demo.address();
        for step in &DEMO_REQUESTS {
            let response = http1::send(address, &step.request(address.port()));
            let response = response.unwrap_or_else(|failure| panic!("{version}: {}: {failure}", step.shows));
            assert_eq!(CorsAnswer::from(&response), step.expected(), "{version}: {}", step.shows);
        }
        let logged = || {
            let log = demo.compose.log("envoy").ok()?;
            DEMO_REQUESTS.iter().all(|step| log.lines().any(|line| step.is_logged_by(line))).then_some(())
        };
        poll(DEADLINE, "every decision is in Envoy's log", logged).unwrap();
    }
}

#[test]
fn the_containers_run_the_configuration_of_the_demo_with_their_own_addresses_and_paths() {
    let mut ours = ConfigFile::read(&root().join("envoy/envoy.yaml")).unwrap();
    let listener = "/static_resources/listeners/0/address/socket_address/address";
    *ours.at(listener).unwrap() = json!("0.0.0.0");
    ours.replace("target/corsac/corsac.wasm", "/etc/envoy/corsac.wasm").unwrap();
    *ours.at("/static_resources/clusters/0/type").unwrap() = json!("STRICT_DNS");
    let api = "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
    *ours.at(api).unwrap() = json!({ "address": "api", "port_value": 8080 });
    assert_eq!(ConfigFile::read(&root().join("envoy/compose/envoy.yaml")).unwrap().value, ours.value);
}

#[test]
fn every_image_is_the_pinned_envoy() {
    let compose = ConfigFile::read(&root().join("docker-compose.yml")).unwrap().value;
    let pinned = format!("envoyproxy/envoy:v{}", Version::newest().number());
    for service in ["envoy", "api"] {
        assert_eq!(compose["services"][service]["image"], pinned, "{service}");
    }
}

#[test]
fn the_dockerfile_builds_with_the_toolchain_of_the_repository() {
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).unwrap();
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"')).unwrap();
    assert!(dockerfile.contains(&format!("FROM rust:{channel}-slim-bookworm AS built\n")), "{dockerfile}");
}
