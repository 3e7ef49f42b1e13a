//! The packages of the servers that are libraries, pinned by hash and installed under target/ at
//! first use.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use corsac_testbed::{node::Node, pypi, target};

static INSTALLING: Mutex<()> = Mutex::new(());

const NPM: [(&str, &str); 3] = [
    ("package.json", include_str!("npm/package.json")),
    ("package-lock.json", include_str!("npm/package-lock.json")),
    ("server.mjs", include_str!("npm/server.mjs")),
];
const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// The folder with `server.mjs` and what it imports.
pub fn npm(node: &Node) -> Result<PathBuf, String> {
    let _installing = INSTALLING.lock();
    node.install(&NPM, &target().join("zoo/npm")).map_err(|error| error.to_string())
}

/// The folder with `server.py`; what it imports is in [`python_home`].
pub fn python() -> Result<PathBuf, String> {
    let home = python_home();
    let list = home.join("requirements.txt");
    let is_current = fs::read_to_string(&list).is_ok_and(|installed| installed == REQUIREMENTS);
    if home.is_dir() && !is_current {
        fs::remove_dir_all(&home).map_err(|error| error.to_string())?;
    }
    pypi::install("the servers of tests/zoo", REQUIREMENTS, &home, |_| Ok(())).map_err(|error| error.to_string())?;
    Ok(corsac_testbed::root().join("tests/zoo/python"))
}

pub fn python_home() -> PathBuf {
    target().join("zoo/python")
}
