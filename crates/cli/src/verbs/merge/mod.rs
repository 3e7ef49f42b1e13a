//! `corsac merge`: policies that teams own, as one document of a listener.

mod document;
mod ownership;
mod problem;
mod rules;
mod team;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use corsac_check::pretty;
use serde_json::{Value as Json, json};

use crate::input::{Input, is_stdin};
use crate::output::{Answer, Failure, Format, Status, count};
use crate::replace::replace;
use problem::Problem;
use team::Team;

/// Merge the policies of several teams into one document, so that none reaches another's hosts or
/// paths
///
/// Each policy names its team and what the team owns. Its rules are held to that: what they name
/// must be owned, and what they leave out means all that is owned. Two teams that own the same are
/// refused with both places, also where only some servers take one path for the other. The result
/// does not depend on the order of the files.
#[derive(clap::Args)]
#[command(after_help = "\
A team's policy:
  team: shop
  owns:
  - hosts: [shop.example.com, \"*.shop.example.com\"]
  - hosts: [api.example.com]
    paths: [\"/shop/*\"]
  allowOrigins: [https://shop.example.com]     # or policies and rules

Examples:
  corsac merge teams/ | corsac render - --to istio
  corsac merge teams/ --output corsac.json

Exit status: 0 merged; 1 the policies cannot be merged, and why; 2 a file cannot be read or written.")]
pub(crate) struct Merge {
    /// Files, and directories of .yaml, .yml and .json; each policy in them names its team
    #[arg(value_name = "DIR", required = true)]
    from: Vec<PathBuf>,
    /// The file to write, which is replaced at once if it changes; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to print what is wrong
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Merge {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let (teams, mut problems) = self.teams()?;
        let count_of_teams = teams.len();
        let merged = document::merge(teams).map_err(|others| problems.extend(others)).ok();
        match merged.filter(|_| problems.is_empty()) {
            Some(document) => self.write(&document, count_of_teams),
            None => self.refuse(&problems),
        }
    }

    fn write(&self, document: &Json, teams: usize) -> Result<Answer, Failure> {
        let text = pretty(document);
        let Some(output) = &self.output else { return Ok(Answer::new(text, Status::Fine)) };
        let changed = replace(output, &text)?;
        let end = if changed { "written" } else { "nothing to change" };
        match self.format {
            Format::Human => Ok(Answer::new(format!("{} merged; {end}\n", count(teams, "team")), Status::Fine)),
            Format::Json => Answer::json(&json!({ "teams": teams, "changed": changed, "problems": [] }), Status::Fine),
        }
    }

    fn refuse(&self, problems: &[Problem]) -> Result<Answer, Failure> {
        match self.format {
            Format::Human => Ok(Answer { stderr: problem::report(problems), ..Answer::new("", Status::Findings) }),
            Format::Json => Answer::json(&json!({ "problems": problems }), Status::Findings),
        }
    }

    /// The teams of all files, and what is wrong with the others.
    fn teams(&self) -> Result<(Vec<Team>, Vec<Problem>), Failure> {
        let (mut teams, mut problems) = (Vec::new(), Vec::new());
        for file in files(&self.from)? {
            let input = Input::read(&file)?;
            for found in input.policies()? {
                match Team::read(&input.name, found) {
                    Ok(team) => teams.push(team),
                    Err(others) => problems.extend(others),
                }
            }
        }
        if teams.is_empty() && problems.is_empty() {
            return Err(Failure("There is no team's policy in these directories.".to_owned()));
        }
        Ok((teams, problems))
    }
}

/// The files that the arguments name, each once, in the order of their names.
fn files(from: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in from {
        if !is_stdin(path) && path.is_dir() { collect(path, &mut files)? } else { files.push(path.clone()) }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The policies in a directory and those below it. Hidden files are not looked at, among them
/// Kubernetes' own in a mounted `ConfigMap`, and a kustomization is none.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let fail = |error| Failure(format!("{}: The directory cannot be read: {error}.", directory.display()));
    for entry in fs::read_dir(directory).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_policy = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        if name.starts_with('.') || name.starts_with("kustomization.") {
            continue;
        }
        // A link to a directory could lead back here.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, files)?;
        } else if is_policy {
            files.push(path);
        }
    }
    Ok(())
}
