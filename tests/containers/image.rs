//! The image of the Dockerfile: from the built module and, if Rust's image can be pulled, from the
//! sources.

use std::{fs, io::Read, path::PathBuf};

use corsac_testbed::{
    containers::{Engine, Image},
    target,
};
use serde_json::Value;

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
