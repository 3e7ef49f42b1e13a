//! Every file under `envoy/` and its kind. A file of an unknown kind is a failure.
//! `tests/observability` has the files for Prometheus and Grafana.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// One YAML document of a file, or of the output of Kustomize.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its file, relative to the repository.
    pub source: String,
    pub content: Value,
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A configuration to start Envoy with.
    Bootstrap,
    /// A file of resources that a running Envoy discovers.
    Discovered,
    /// A Kubernetes object.
    Object,
    /// A kustomization.
    Kustomization,
    /// An action for GitHub's workflows; crates/cli runs it.
    Action,
}

impl Document {
    /// Its kind.
    pub fn kind(&self) -> DocumentKind {
        let is = |pointer: &str| self.content.pointer(pointer).is_some();
        let group = self.content["apiVersion"].as_str().unwrap_or_default();
        if is("/static_resources") {
            DocumentKind::Bootstrap
        } else if is("/resources/0/@type") {
            DocumentKind::Discovered
        } else if group.starts_with("kustomize.config.k8s.io/") {
            DocumentKind::Kustomization
        } else if is("/runs/using") {
            DocumentKind::Action
        } else if is("/apiVersion") && is("/kind") {
            DocumentKind::Object
        } else {
            panic!("{}: no test knows this kind of document", self.source)
        }
    }

    /// The text at a JSON Pointer.
    pub fn text(&self, pointer: &str) -> &str {
        let text = self.content.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("{}: no text at {pointer}", self.source))
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents of that kind in all files under `envoy/`.
pub fn all(kind: DocumentKind) -> Vec<Document> {
    paths()
        .iter()
        .filter(|path| is_yaml(path))
        .flat_map(|path| documents(&relative(path), &fs::read_to_string(path).unwrap()))
        .filter(|document| document.kind() == kind)
        .collect()
}

/// The documents in a YAML text.
pub fn documents(source: &str, text: &str) -> Vec<Document> {
    serde_norway::Deserializer::from_str(text)
        .map(|document| {
            // Via YAML values, which reject duplicate keys.
            let content = serde::Deserialize::deserialize(document)
                .and_then(serde_norway::from_value::<Value>)
                .unwrap_or_else(|error| panic!("{source}: {error}"));
            Document { source: source.to_owned(), content }
        })
        .collect()
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn paths() -> Vec<PathBuf> {
    fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("observability") {
                continue;
            }
            if path.is_dir() { walk(&path, paths) } else { paths.push(path) }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join("envoy"), &mut paths);
    paths.sort();
    paths
}

#[test]
fn every_file_is_yaml_of_a_kind_that_the_tests_know_and_is_named_in_the_readme() {
    let readme = fs::read_to_string(root().join("envoy/README.md")).unwrap();
    for path in paths() {
        let name = relative(&path);
        if name == "envoy/README.md" {
            continue;
        }
        assert!(is_yaml(&path), "{name}: no test knows this kind of file");
        let text = fs::read_to_string(&path).unwrap();
        let documents = documents(&name, &text);
        assert!(!documents.is_empty(), "{name} is empty");
        let within = name.strip_prefix("envoy/").unwrap();
        let folder = within.rsplit_once('/').map(|(folder, _)| folder);
        let named = readme.contains(&format!("({within})"))
            || folder.is_some_and(|folder| readme.contains(&format!("({folder}/)")));
        if documents[0].kind() == DocumentKind::Kustomization {
            continue;
        }
        // What `corsac render` writes is described beside it.
        let is_rendered = name == "envoy/overlays/istio-teams/wasmplugin.yaml";
        assert!(text.starts_with("# ") || is_rendered, "{name} does not begin with a description");
        assert!(named, "envoy/README.md does not name {name}");
    }
}
