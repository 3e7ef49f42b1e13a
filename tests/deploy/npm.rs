//! The schemas in the npm package `@kubernetes-models/istio`, which are code.
//! `npm/package-lock.json` pins the package and its dependencies, and the first use installs them
//! under target/.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use corsac_testbed::node::Node;
use serde_json::Value;

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("npm/package.json")),
    ("package-lock.json", include_str!("npm/package-lock.json")),
    ("validate.mjs", include_str!("npm/validate.mjs")),
];

/// The errors of each object: empty if there are none, `None` if the package does not know the
/// kind.
pub fn errors_of(objects: Vec<Value>) -> Vec<Option<String>> {
    let node = Node::find_with_npm().unwrap_or_else(|error| panic!("{error}"));
    let mut child = node
        .command()
        .arg(installed(&node).join("validate.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(objects).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "validate.mjs ends with {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The folder of the script and its packages.
fn installed(node: &Node) -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let home = corsac_testbed::target().join("deploy/npm");
        node.install(&FILES, &home).unwrap_or_else(|error| panic!("{error}"))
    })
}
