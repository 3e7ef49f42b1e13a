//! The schemas in the npm package `@kubernetes-models/istio`, which are code.
//! `npm/package-lock.json` pins the package and its dependencies, and the first use installs them
//! under target/.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
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
    FOLDER.get_or_init(|| install(node))
}

fn install(node: &Node) -> PathBuf {
    let home = corsac_testbed::target().join("deploy");
    let folder = home.join("npm");
    let is_current =
        |(name, content): &(&str, &str)| fs::read_to_string(folder.join(name)).is_ok_and(|it| it == *content);
    if FILES.iter().all(is_current) {
        return folder;
    }
    // Installed next to its place and then moved, so that the folder is never incomplete.
    let partial = home.join(format!("npm-partial-{}", process::id()));
    fs::create_dir_all(&partial).unwrap();
    for (name, content) in FILES {
        fs::write(partial.join(name), content).unwrap();
    }
    eprintln!("Installing @kubernetes-models/istio from npm, once …");
    run(node
        .npm()
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&partial));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::rename(&partial, &folder).unwrap();
    folder
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("npm does not start: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "npm cannot install the packages that tests/deploy/npm/package-lock.json pins; it takes a network and npm's registry:\n{said}"
    );
}
