//! The policy in every file: the engine accepts it, with only the warnings that the file explains,
//! and the file names the module of this version.

use corsac_policy::{Tools, compile};
use serde_json::Value;

use crate::{
    files::{self, DocumentKind},
    kustomize,
    mesh::{self, Plugin},
};

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
        assert_eq!(plugin.image.trim_start_matches("oci://"), kustomize::image(), "{}", plugin.source);
        assert_eq!(plugin.digest, "0".repeat(64), "{}", plugin.source);
        assert_ne!(plugin.failure_policy, "FAIL_OPEN", "{}", plugin.source);
    }
    let module =
        files::all(DocumentKind::Object).into_iter().find(|document| document.text("/kind") == "ConfigMap").unwrap();
    assert_eq!(module.text("/data/image"), kustomize::image());
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
    if value["vm_config"].is_object() {
        policies.push(value["configuration"]["value"].as_str().unwrap());
    }
    match value {
        Value::Object(members) => members.values().for_each(|value| collect(value, policies)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, policies)),
        _ => {}
    }
}
