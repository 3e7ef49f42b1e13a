//! The image of the Dockerfile: from the built module and, if Rust's image can be pulled, from the
//! sources.

use std::{fs, io::Read, path::PathBuf};

use corsac_testbed::{
    containers::{Engine, Image},
    target,
};
use serde_json::{Value, json};

use crate::compose_demo::{engine, module, root};

/// A separate folder for each test.
fn folder(name: &str) -> PathBuf {
    let folder = target().join(format!("containers-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_image_has_one_layer_and_in_it_plugin_wasm_which_is_the_module() {
    let engine = engine();
    // The build context, with the module at its path in it.
    let context = folder("context");
    fs::create_dir_all(context.join("target/corsac")).unwrap();
    fs::copy(module(), context.join("target/corsac/corsac.wasm")).unwrap();
    for file in ["Dockerfile", ".dockerignore"] {
        fs::copy(root().join(file), context.join(file)).unwrap();
    }
    let tag = format!("corsac-test:{}", std::process::id());
    let context = context.to_str().unwrap();
    engine.run(&["build", "--quiet", "--build-arg", "MODULE=given", "--tag", &tag, context]).unwrap();

    let layers = layers(&engine, &tag);
    engine.run(&["image", "rm", &tag]).unwrap();
    fs::remove_dir_all(context).unwrap();
    assert_eq!(layers.len(), 1);
    let files: Vec<&str> = layers[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(files, ["plugin.wasm"]);
    assert!(layers[0][0].1 == fs::read(module()).unwrap(), "plugin.wasm is not the module");
}

#[test]
fn the_native_image_is_envoys_with_one_layer_more_and_its_envoy_loads_the_module() {
    let engine = engine();
    let envoy = Image::of_envoy(&engine).unwrap();
    let architecture = engine.run(&["version", "--format", "{{.Server.Arch}}"]).unwrap();
    let context = folder("native");
    // Not the one of `cargo xtask build --native`: the image may lack libraries of this machine.
    let file = format!("dist/libcorsac-{}.so", architecture.trim());
    let native = target().join(&file);
    assert!(native.is_file(), "{} is missing; `cargo xtask dist` makes it", native.display());
    fs::create_dir_all(context.join("target/dist")).unwrap();
    fs::copy(&native, context.join("target").join(&file)).unwrap();
    for file in ["Dockerfile", ".dockerignore"] {
        fs::copy(root().join(file), context.join(file)).unwrap();
    }
    let tag = format!("corsac-native-test:{}", std::process::id());
    let from = format!("ENVOY={}", envoy.name());
    let build = ["build", "--quiet", "--target", "native", "--build-arg", &from, "--tag", &tag];
    engine.run(&[&build[..], &[context.to_str().unwrap()]].concat()).unwrap();

    let (of_envoy, ours) = (layers(&engine, envoy.name()), layers(&engine, &tag));
    let policy = r#"{"allowOrigins":["https://app.example.com"]}"#;
    let validated =
        engine.run(&["run", "--rm", &tag, "envoy", "--mode", "validate", "--config-yaml", &serving(policy)]);
    let refused = engine.run(&["run", "--rm", &tag, "envoy", "--mode", "validate", "--config-yaml", &serving("{}")]);
    engine.run(&["image", "rm", &tag]).unwrap();
    fs::remove_dir_all(context).unwrap();
    assert_eq!(ours.len(), of_envoy.len() + 1);
    let files: Vec<&str> = ours.last().unwrap().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(files, ["usr/local/lib/libcorsac.so"]);
    assert!(ours.last().unwrap()[0].1 == fs::read(native).unwrap(), "the layer's file is not the module");
    assert!(validated.is_ok(), "{validated:?}");
    assert!(refused.is_err_and(|error| error.to_string().contains("corsac: error[")));
}

/// A configuration whose only filter is the native module with that policy.
fn serving(policy: &str) -> String {
    let filter = json!({ "name": "corsac", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
        "dynamic_module_config": { "module": { "local": { "filename": "/usr/local/lib/libcorsac.so" } } },
        "filter_name": "corsac",
        "filter_config": { "@type": "type.googleapis.com/google.protobuf.StringValue", "value": policy },
    } });
    let router = json!({ "name": "router", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
    } });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "http_filters": [filter, router],
        "route_config": {},
    });
    let listener = json!({
        "name": "front",
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": [{ "name": "http", "typed_config": manager }] }],
    });
    json!({ "static_resources": { "listeners": [listener] } }).to_string()
}

#[test]
fn the_sources_give_the_same_module_in_a_container_if_rusts_image_can_be_pulled() {
    let engine = engine();
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).unwrap();
    let rust = dockerfile.lines().find_map(|line| line.strip_prefix("FROM ")?.strip_suffix(" AS built")).unwrap();
    if !Image::can_be_had(&engine, rust) {
        println!("NOT TESTED: {rust} cannot be pulled, so the build stage of the Dockerfile did not run.");
        return;
    }
    let folder = folder("built");
    let out = format!("type=local,dest={}", folder.display());
    engine.run(&["build", "--quiet", "--output", &out, root().to_str().unwrap()]).unwrap();
    let built = fs::read(folder.join("plugin.wasm")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(built == fs::read(module()).unwrap(), "the container builds other bytes than this machine");
}

/// The files of each layer of an image, and their contents.
fn layers(engine: &Engine, tag: &str) -> Vec<Vec<(String, Vec<u8>)>> {
    let folder = folder("saved");
    let archive = folder.join("image.tar");
    engine.run(&["save", "--output", archive.to_str().unwrap(), tag]).unwrap();
    let saved = files(&fs::read(&archive).unwrap());
    fs::remove_dir_all(&folder).unwrap();
    let file = |path: &str| &saved.iter().find(|(name, _)| name == path).unwrap_or_else(|| panic!("no {path}")).1;
    let manifest: Value = serde_json::from_slice(file("manifest.json")).unwrap();
    let layers = manifest[0]["Layers"].as_array().unwrap();
    layers.iter().map(|layer| files(file(layer.as_str().unwrap()))).collect()
}

/// The regular files of a tar.
fn files(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.header().entry_type().is_file() {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.push((entry.path().unwrap().to_str().unwrap().to_owned(), content));
        }
    }
    files
}
