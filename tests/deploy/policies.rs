//! The policy in every file: the engine accepts it, with only the warnings that the file explains,
//! and the file names the module of this version.

use corsac_policy::{Tools, compile};
use serde_json::Value;

use crate::{
    files::{self, DocumentKind},
    kustomize,
    mesh::{self, Module, Plugin},
};

/// The path of the native module in the image of the Dockerfile.
const NATIVE: &str = "/usr/local/lib/libcorsac.so";

/// The plugins of the files, and those that Kustomize builds.
fn plugins() -> Vec<Plugin> {
    mesh::plugins().into_iter().chain(mesh::of(&kustomize::built())).collect()
}

/// The engine's diagnostics of a policy, line by line.
fn diagnostics_of(policy: &str) -> Vec<String> {
    let (diagnostics, refused) = match compile(policy.as_bytes(), &Tools::default()) {
        Ok(compiled) => (compiled.warnings, None),
        Err(rejected) => (rejected.diagnostics, Some("refused".to_owned())),
    };
    refused.into_iter().chain(diagnostics.iter().map(ToString::to_string)).collect()
}

#[test]
fn the_policy_in_every_object_compiles_without_a_warning() {
    let plugins = plugins();
    assert!(plugins.len() >= 14, "{} policies only", plugins.len());
    for plugin in plugins {
        assert_eq!(diagnostics_of(&plugin.policy), [""; 0], "{}", plugin.source);
    }
}

#[test]
fn every_object_names_the_image_of_this_version_and_a_failure_policy() {
    for plugin in plugins() {
        match plugin.module {
            Module::Wasm { image, digest, failure_policy } => {
                assert_eq!(image.trim_start_matches("oci://"), kustomize::image(), "{}", plugin.source);
                assert_eq!(digest, "0".repeat(64), "{}", plugin.source);
                assert_ne!(failure_policy, "FAIL_OPEN", "{}", plugin.source);
            }
            Module::Native { path } => assert_eq!(path, NATIVE, "{}", plugin.source),
        }
    }
    let module =
        files::all(DocumentKind::Object).into_iter().find(|document| document.text("/kind") == "ConfigMap").unwrap();
    assert_eq!(module.text("/data/image"), kustomize::image());
}

#[test]
fn images_with_the_native_module_name_their_envoy_and_this_version() {
    let tag = format!("v{}-{}", corsac_testbed::envoy::VERSION, env!("CARGO_PKG_VERSION"));
    let proxies =
        files::all(DocumentKind::Object).into_iter().filter(|document| document.text("/kind") == "EnvoyProxy");
    let images: Vec<String> = proxies
        .filter_map(|proxy| {
            let container = proxy.content.pointer("/spec/provider/kubernetes/envoyDeployment/container")?;
            Some(container["image"].as_str()?.to_owned())
        })
        .collect();
    assert_eq!(images, [format!("registry.example.com/envoy-corsac:{tag}")]);
    let dockerfile = std::fs::read_to_string(files::root().join("Dockerfile")).unwrap();
    assert!(dockerfile.contains(&format!("ARG ENVOY=envoyproxy/envoy:v{}\n", corsac_testbed::envoy::VERSION)));
    assert!(dockerfile.contains(&format!(" {NATIVE}\n")));
}

#[test]
fn the_policy_in_every_configuration_of_envoy_compiles_with_the_expected_warnings() {
    for file in [files::all(DocumentKind::Bootstrap), files::all(DocumentKind::Discovered)].concat() {
        let mut policies = Vec::new();
        collect(&file.content, &mut policies);
        let elsewhere = ["envoy/ecds.yaml", "envoy/compose/api.yaml"].contains(&file.source.as_str());
        assert_eq!(policies.is_empty(), elsewhere, "{}: where is its policy?", file.source);
        for policy in policies {
            let said = diagnostics_of(policy);
            let expected = usize::from(file.source == "envoy/routes.yaml");
            assert_eq!(said.len(), expected, "{}: {said:?}", file.source);
            assert!(said.iter().all(|line| line.starts_with("warning[route-selects-policy] ")), "{said:?}");
        }
    }
}

/// The policy of every Corsac filter in a configuration of Envoy.
fn collect<'v>(value: &'v Value, policies: &mut Vec<&'v str>) {
    for (module, policy) in [("vm_config", "configuration"), ("dynamic_module_config", "filter_config")] {
        if value[module].is_object() {
            policies.push(value[policy]["value"].as_str().unwrap());
        }
    }
    match value {
        Value::Object(members) => members.values().for_each(|value| collect(value, policies)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, policies)),
        _ => {}
    }
}
