//! Every folder with a kustomization, built by the Kustomize in kubectl.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use corsac_testbed::kubectl::Kubectl;
use serde_json::json;

use crate::files::{self, Document, DocumentKind};

/// The output of Kustomize for all of them.
pub fn built() -> Vec<Document> {
    static BUILT: OnceLock<Vec<Document>> = OnceLock::new();
    BUILT
        .get_or_init(|| folders().iter().flat_map(|folder| build(&files::root().join(folder), folder)).collect())
        .clone()
}

/// The folders that a user can build, relative to the repository. A component is built as a part of
/// an overlay.
fn folders() -> BTreeSet<String> {
    files::all(DocumentKind::Kustomization)
        .iter()
        .filter(|document| document.content["kind"] == "Kustomization")
        .map(|document| document.source.rsplit_once('/').unwrap().0.to_owned())
        .collect()
}

fn build(folder: &Path, source: &str) -> Vec<Document> {
    let kubectl = Kubectl::find().unwrap_or_else(|error| panic!("{error}"));
    let built = kubectl.kustomize(folder).unwrap_or_else(|error| panic!("{error}"));
    files::documents(&format!("{source} (built)"), &built)
}

#[test]
fn an_overlay_builds_the_objects_of_its_base_and_no_local_ones() {
    let count = |folder: &str| built().iter().filter(|document| document.source == format!("{folder} (built)")).count();
    for overlay in folders().iter().filter(|folder| folder.starts_with("envoy/overlays/")) {
        let expected = match overlay.as_str() {
            "envoy/overlays/istio-canary" | "envoy/overlays/envoy-gateway" => 2,
            _ => 1,
        };
        assert_eq!(count(overlay), expected, "{overlay}");
    }
    assert!(built().iter().all(|document| document.text("/kind") != "ConfigMap"));
}

#[test]
fn image_and_digest_are_set_for_every_overlay_in_one_file() {
    let digest = "0123456789abcdef".repeat(4);
    let copy = copy_of_all("one-file");
    let module = copy.join("module/module.yaml");
    let text = fs::read_to_string(&module).unwrap();
    let text = text.replace(&format!("image: {}", image()), "image: registry.test:5000/mine@sha256:1");
    fs::write(&module, text.replace(&"0".repeat(64), &digest)).unwrap();
    for overlay in folders().iter().filter_map(|folder| folder.strip_prefix("envoy/overlays/")) {
        let built = build(&copy.join("overlays").join(overlay), overlay);
        let text = built.iter().map(|document| document.content.to_string()).collect::<String>();
        let count = |part: &str| text.matches(part).count();
        let modules = if overlay == "istio-canary" { 2 } else { 1 };
        assert_eq!(
            (count("registry.test:5000/mine@sha256:1\""), count(&digest)),
            (modules, modules),
            "{overlay}: {text}"
        );
        assert_eq!(
            count("oci://registry.test:5000/"),
            if overlay.starts_with("istio") { modules } else { 0 },
            "{overlay}"
        );
        assert_eq!((count("registry.example.com"), count(&"0".repeat(64))), (0, 0), "{overlay}: {text}");
    }
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn the_overlay_of_the_readme_builds_with_its_own_policy() {
    let readme = fs::read_to_string(files::root().join("envoy/README.md")).unwrap();
    let overlay = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let copy = copy_of_all("readme");
    let folder = copy.join("overlays/mine");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("kustomization.yaml"), overlay).unwrap();
    let [plugin] = <[_; 1]>::try_from(build(&folder, "the README's overlay")).unwrap();
    assert_eq!(plugin.content["spec"]["pluginConfig"], json!({ "allowOrigins": ["https://shop.example.net"] }));
    assert_eq!(plugin.content["spec"]["failStrategy"], "FAIL_RELOAD");
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn the_canary_and_the_stable_plugin_select_different_pods() {
    let labels: Vec<String> = built()
        .iter()
        .filter(|document| document.source == "envoy/overlays/istio-canary (built)")
        .map(|document| document.content["spec"]["selector"]["matchLabels"].to_string())
        .collect();
    let expected =
        [r#"{"corsac":"stable","istio":"ingressgateway"}"#, r#"{"corsac":"canary","istio":"ingressgateway"}"#];
    assert_eq!(labels, expected);
}

/// The image of this version in all files.
pub fn image() -> String {
    format!("registry.example.com/corsac:{}", env!("CARGO_PKG_VERSION"))
}

/// A temporary copy of `envoy/`, to be changed.
fn copy_of_all(name: &str) -> PathBuf {
    let copy = corsac_testbed::target().join(format!("deploy/{name}-{}", std::process::id()));
    copy_folder(&files::root().join("envoy"), &copy);
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
