//! The policy in every file: the engine takes it, without a warning but for those that the file is about; and the module
//! that it names is this version's.

use corsac_policy::{Tools, compile};
use serde_json::Value;

use crate::{
    files::{self, Kind},
    kustomize,
    mesh::{self, Plugin},
};

/// Those of the files, and those of what Kustomize makes of them.
fn plugins() -> Vec<Plugin> {
    mesh::plugins().into_iter().chain(mesh::of(&kustomize::built())).collect()
}

/// What the engine says of it, line by line; empty where it says nothing.
fn said_of(policy: &str) -> Vec<String> {
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
        assert_eq!(said_of(&plugin.policy), [""; 0], "{}", plugin.source);
    }
}

#[test]
fn every_object_names_this_versions_image_and_what_happens_where_the_filter_breaks_down() {
    for plugin in plugins() {
        assert_eq!(plugin.image.trim_start_matches("oci://"), kustomize::image(), "{}", plugin.source);
        assert_eq!(plugin.digest, "0".repeat(64), "{}", plugin.source);
        assert_ne!(plugin.failure_policy, "FAIL_OPEN", "{}", plugin.source);
    }
    let module = files::all(Kind::Object).into_iter().find(|document| document.text("/kind") == "ConfigMap").unwrap();
    assert_eq!(module.text("/data/image"), kustomize::image());
}

#[test]
fn the_policy_in_every_configuration_of_envoys_compiles_with_the_warnings_that_it_is_about() {
    for file in [files::all(Kind::Bootstrap), files::all(Kind::Discovered)].concat() {
        let mut policies = Vec::new();
        collect(&file.content, &mut policies);
        let elsewhere = ["envoy/ecds.yaml", "envoy/compose/api.yaml"].contains(&file.source.as_str());
        assert_eq!(policies.is_empty(), elsewhere, "{}: where is its policy?", file.source);
        for policy in policies {
            let said = said_of(policy);
            let expected = usize::from(file.source == "envoy/routes.yaml");
            assert_eq!(said.len(), expected, "{}: {said:?}", file.source);
            assert!(said.iter().all(|line| line.starts_with("warning[route-selects-policy] ")), "{said:?}");
        }
    }
}

/// The configuration of every Corsac in a configuration of Envoy's.
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
