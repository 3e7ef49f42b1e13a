//! `cargo xtask release`: the checklist of a release, as a script.
//!
//! It changes nothing and publishes nothing: it says what is wrong, runs every test, builds what is distributed twice, and
//! prints the digests and the commands that are left to a person.

mod changelog;
mod version;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use changelog::Changelog;

use crate::Outcome;
use crate::dist::{self, Distribution, VERSION};
use crate::tally::Tally;
use crate::test;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Options {
    /// Only say what holds, and what is still to be done: no tests, no build.
    #[arg(long)]
    check: bool,
}

/// What one line of the list came to.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    /// Right between releases, and in the way of one. The sentence says what to do.
    ToDo(String),
    /// Wrong at any time. The sentence says where.
    Wrong(String),
}

/// One line of the list.
struct Item {
    what: String,
    verdict: Verdict,
}

/// Goes through the list. Status 0: with `--check` nothing is wrong; without it the release is ready.
pub fn run(workspace: &Workspace, options: &Options) -> Outcome<ExitCode> {
    println!("Corsac {VERSION}\n");
    let items = items(workspace)?;
    items.iter().for_each(Item::print);
    let open = items.iter().filter(|item| item.verdict != Verdict::Holds).count();
    if options.check {
        let wrong = items.iter().filter(|item| matches!(item.verdict, Verdict::Wrong(_))).count();
        println!("\n{} of {} points hold, {wrong} wrong.", items.len() - open, items.len());
        return Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if open > 0 {
        return Err(format!("{open} of {} points stand in the way of a release.", items.len()));
    }
    let tests = test::run(workspace, &test::Options::everything());
    if tests != ExitCode::SUCCESS {
        return Ok(tests);
    }
    let made = dist::run(workspace, &dist::Options::verified())?;
    println!("\n{}", left_to_do(&made, &workspace.shown(&made.folder).to_string()));
    Ok(ExitCode::SUCCESS)
}

/// The list as a test: what must hold at every commit.
pub fn run_as_test(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    println!();
    for item in items(workspace)? {
        item.print();
        tally.count(!matches!(item.verdict, Verdict::Wrong(_)));
    }
    Ok(())
}

fn items(workspace: &Workspace) -> Outcome<Vec<Item>> {
    let changelog = Changelog::parse(&read(&workspace.root, "CHANGELOG.md")?);
    Ok(vec![
        item(
            "Cargo.lock has this version of every crate of ours",
            version::locked(&read(&workspace.root, "Cargo.lock")?),
        ),
        item(
            "every image and every answer in the files and documents is of this version",
            version::written(&workspace.root)?,
        ),
        item("CHANGELOG.md has a dated section for it", changelog.released(VERSION)),
        item("nothing in CHANGELOG.md is unreleased", changelog.nothing_unreleased()),
        item("the work tree is clean", clean(workspace)),
        item(&format!("there is no tag {} yet", tag()), untagged(workspace)),
    ])
}

fn item(what: &str, verdict: Verdict) -> Item {
    Item { what: what.to_owned(), verdict }
}

impl Item {
    fn print(&self) {
        match &self.verdict {
            Verdict::Holds => println!("ok      {}", self.what),
            Verdict::ToDo(sentence) => println!("to do   {}: {sentence}", self.what),
            Verdict::Wrong(sentence) => println!("WRONG   {}: {sentence}", self.what),
        }
    }
}

fn tag() -> String {
    format!("v{VERSION}")
}

fn clean(workspace: &Workspace) -> Verdict {
    match git(workspace, &["status", "--porcelain"]) {
        None => Verdict::ToDo("this is no git work tree".to_owned()),
        Some(changed) if changed.is_empty() => Verdict::Holds,
        Some(changed) => Verdict::ToDo(format!("commit {} changed files", changed.lines().count())),
    }
}

fn untagged(workspace: &Workspace) -> Verdict {
    match git(workspace, &["tag", "--list", &tag()]) {
        Some(tags) if !tags.is_empty() => Verdict::ToDo("raise the version in Cargo.toml".to_owned()),
        _ => Verdict::Holds,
    }
}

fn git(workspace: &Workspace, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(&workspace.root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn left_to_do(made: &Distribution, folder: &str) -> String {
    let tag = tag();
    format!(
        "Left to you:\n  git tag --annotate {tag} --message 'Corsac {VERSION}' && git push origin {tag}\n  \
         skopeo copy oci:{folder}/image:{VERSION} docker://REGISTRY/corsac:{VERSION}\n  \
         skopeo copy oci:{folder}/artifact:{VERSION} docker://REGISTRY/corsac-artifact:{VERSION}\n\
         Publish beside it {folder}/corsac.wasm, its checksum {} and its bill of materials.",
        made.digest()
    )
}

fn read(root: &Path, name: &str) -> Outcome<String> {
    fs::read_to_string(root.join(name)).map_err(|error| format!("{name} cannot be read: {error}."))
}
