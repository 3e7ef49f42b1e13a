//! The checklist of a release, as far as a program can go through it.

mod changelog;
mod item;
mod version;

use std::fs;
use std::process::Command;

use changelog::Changelog;
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::{Error, Result};

pub use item::{Item, ItemState};

use crate::dist::VERSION;
use crate::workspace::Workspace;

/// Every item with its state.
pub fn items(workspace: &Workspace) -> Result<Vec<Item>> {
    let changelog = Changelog::parse(&read(workspace, "CHANGELOG.md")?);
    let locked = version::locked(&read(workspace, "Cargo.lock")?);
    Ok(vec![
        Item::new("Cargo.lock has this version of every crate of the workspace", locked),
        Item::new(
            "every image and every answer in the files and documents has this version",
            version::written(&workspace.root)?,
        ),
        Item::new("CHANGELOG.md has a dated section for it", changelog.released(VERSION)),
        Item::new("CHANGELOG.md has no unreleased entries", changelog.nothing_unreleased()),
        Item::new("the work tree is clean", clean(workspace)),
        Item::new(format!("there is no tag {} yet", tag()), untagged(workspace)),
    ])
}

/// The checklist as a test: no item may be wrong.
pub fn run_as_test(workspace: &Workspace, counts: &mut TestCounts) -> Result<()> {
    println!();
    for item in items(workspace)? {
        item.print();
        counts.count(!item.is_wrong());
    }
    Ok(())
}

/// The tag of this version.
pub fn tag() -> String {
    format!("v{VERSION}")
}

fn clean(workspace: &Workspace) -> ItemState {
    match git(workspace, &["status", "--porcelain"]) {
        None => ItemState::ToDo("this is not a git work tree".to_owned()),
        Some(changed) if changed.is_empty() => ItemState::Holds,
        Some(changed) => ItemState::ToDo(format!("commit {} changed files", changed.lines().count())),
    }
}

fn untagged(workspace: &Workspace) -> ItemState {
    match git(workspace, &["tag", "--list", &tag()]) {
        Some(tags) if !tags.is_empty() => ItemState::ToDo("raise the version in Cargo.toml".to_owned()),
        _ => ItemState::Holds,
    }
}

fn git(workspace: &Workspace, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(&workspace.root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn read(workspace: &Workspace, name: &str) -> Result<String> {
    fs::read_to_string(workspace.root.join(name))
        .map_err(|error| Error::new(format!("{name} cannot be read: {error}.")))
}
