//! The bill of materials (`CycloneDX` 1.5): every crate in the module, the standard library and the
//! public suffix list.
//!
//! It is made with the library of `cargo cyclonedx`, since that command takes too long to install
//! for every test. The crates come from `cargo tree` for the module alone, without the dependencies
//! of tools and tests. The bill has no serial number and no time, so the same module has the same
//! bill.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use corsac_testbed::programs::first_line;
use corsac_testbed::{Error, Result};
use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{Bom, Component, Components, Purl, SpecVersion, Validate};

use super::native::Processor;
use super::{VERSION, hex};
use crate::workspace::Workspace;

const SUFFIXES: &str = "public-suffix-list";
const STD: &str = "rust-std";

/// A crate in the output of `cargo tree`, and its dependencies.
#[derive(Debug, Default, PartialEq, Eq)]
struct Crate {
    version: String,
    licence: String,
    /// Whether it comes from crates.io.
    published: bool,
    needs: Vec<String>,
}

/// What a bill is about: a package, built for a target.
pub struct Subject {
    package: &'static str,
    target: &'static str,
}

/// The Wasm module.
pub const WASM: Subject = Subject { package: "corsac", target: "wasm32-wasip1" };

impl Subject {
    /// The native module for a processor.
    pub const fn native(processor: Processor) -> Self {
        Self { package: "corsac-envoy-module", target: processor.triple }
    }
}

/// The bill of a module, as JSON.
pub fn bill(workspace: &Workspace, subject: &Subject, module: &[u8]) -> Result<Vec<u8>> {
    let crates = crates(&tree(workspace, subject)?).ok_or("the output of cargo tree has an unknown form.")?;
    let lock = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock)
        .map_err(|error| Error::new(format!("{} cannot be read: {error}.", lock.display())))?;
    let rustc = first_line(Command::new("rustc").arg("--version")).ok_or("rustc does not report its version.")?;
    let bom = bom(subject.package, &crates, &lock, &rustc, module)?;
    let verdict = bom.validate_version(SpecVersion::V1_5);
    if !verdict.passed() {
        return Err(Error::new(format!("the bill of materials is not valid: {verdict:?}.")));
    }
    let mut json = Vec::new();
    bom.output_as_json_v1_5(&mut json)
        .map_err(|error| Error::new(format!("the bill of materials cannot be written: {error}.")))?;
    json.push(b'\n');
    Ok(json)
}

/// Every crate of the module; each line begins with its depth.
fn tree(workspace: &Workspace, subject: &Subject) -> Result<String> {
    let mut cargo = workspace.cargo();
    cargo.args(["tree", "--package", subject.package, "--target", subject.target]);
    cargo.args(["--edges", "normal,no-proc-macro"]);
    cargo.args(["--prefix", "depth", "--no-dedupe", "--format", " {p}|{l}"]);
    let output = cargo.output().map_err(|error| Error::new(format!("cargo tree does not start: {error}.")))?;
    if !output.status.success() {
        return Err(Error::new(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    String::from_utf8(output.stdout).map_err(|_| Error::new("the output of cargo tree is not UTF-8."))
}

/// Reads lines such as `2 fst v0.4.7|Unlicense/MIT`. A crate of the workspace has its path after
/// its version.
fn crates(tree: &str) -> Option<BTreeMap<String, Crate>> {
    let mut crates: BTreeMap<String, Crate> = BTreeMap::new();
    let mut above: Vec<String> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (depth, rest) = line.split_once(' ')?;
        let (package, licence) = rest.split_once('|')?;
        let mut words = package.split_whitespace();
        let (name, version) = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
        above.truncate(depth.parse().ok()?);
        if let Some(parent) = above.last().and_then(|parent| crates.get_mut(parent))
            && !parent.needs.contains(&name)
        {
            parent.needs.push(name.clone());
        }
        let found = crates.entry(name.clone()).or_default();
        (found.version, found.licence, found.published) =
            (version, licence.replace('/', " OR "), words.next().is_none());
        above.push(name);
    }
    (!crates.is_empty()).then_some(crates)
}

fn bom(root: &str, crates: &BTreeMap<String, Crate>, lock: &str, rustc: &str, module: &[u8]) -> Result<Bom> {
    let (mut components, mut dependencies) = (Vec::new(), Vec::new());
    for (name, found) in crates {
        let mut needs = found.needs.clone();
        match name.as_str() {
            _ if name == root => needs.push(STD.to_owned()),
            "corsac-policy" => needs.push(SUFFIXES.to_owned()),
            _ => {}
        }
        dependencies.push(Dependency { dependency_ref: name.clone(), dependencies: needs });
        if name != root {
            components.push(component(name, found, lock)?);
        }
    }
    let std_version = rustc.split_whitespace().nth(1).unwrap_or_default();
    components.push(part(Classification::Library, STD, std_version, "MIT OR Apache-2.0"));
    components.push(part(Classification::Data, SUFFIXES, corsac_policy::public_suffix_list_date(), "MPL-2.0"));

    let mut corsac = part(Classification::Library, root, VERSION, "Apache-2.0 AND MPL-2.0");
    corsac.hashes = Some(sha256(hex(module)));
    Ok(Bom {
        version: 1,
        spec_version: SpecVersion::V1_5,
        serial_number: None,
        metadata: Some(Metadata { component: Some(corsac), ..Metadata::default() }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(dependencies)),
        ..Bom::default()
    })
}

fn component(name: &str, found: &Crate, lock: &str) -> Result<Component> {
    let mut component = part(Classification::Library, name, &found.version, &found.licence);
    if found.published {
        let purl = Purl::new("cargo", name, &found.version);
        component.purl = Some(purl.map_err(|error| Error::new(format!("{name} has no package URL: {error}.")))?);
        let checksum = checksum(lock, name, &found.version);
        component.hashes =
            Some(sha256(checksum.ok_or_else(|| Error::new(format!("Cargo.lock has no checksum of {name}.")))?));
    }
    Ok(component)
}

fn part(kind: Classification, name: &str, version: &str, licence: &str) -> Component {
    let mut part = Component::new(kind, name, version, Some(name.to_owned()));
    part.licenses = Some(Licenses(vec![LicenseChoice::Expression(SpdxExpression::new(licence))]));
    part
}

fn sha256(hex: String) -> Hashes {
    Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(hex) }])
}

/// The checksum of a crate's archive, from `Cargo.lock`.
fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let head = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let package = lock.split("[[package]]\n").find(|package| package.starts_with(&head))?;
    let line = package.lines().find_map(|line| line.strip_prefix("checksum = \""))?;
    Some(line.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0 corsac v0.1.0 (/w)|Apache-2.0\n1 corsac-policy v0.1.0 (/w/crates/policy)|Apache-2.0\n\
                        2 fst v0.4.7|Unlicense/MIT\n1 log v0.4.35|MIT OR Apache-2.0\n2 fst v0.4.7|Unlicense/MIT\n";
    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"fst\"\nversion = \"0.4.7\"\nsource = \"s\"\nchecksum = \"aa\"\n\n\
                        [[package]]\nname = \"log\"\nversion = \"0.4.35\"\nchecksum = \"bb\"\n";

    #[test]
    fn a_crate_is_read_once_with_all_its_dependents() {
        let crates = crates(TREE).expect("crates");
        assert_eq!(crates.keys().collect::<Vec<_>>(), ["corsac", "corsac-policy", "fst", "log"]);
        assert_eq!(crates["corsac"].needs, ["corsac-policy", "log"]);
        assert_eq!(
            (&crates["log"].needs, &crates["corsac-policy"].needs),
            (&vec!["fst".to_owned()], &vec!["fst".to_owned()])
        );
        assert_eq!((crates["fst"].licence.as_str(), crates["fst"].published), ("Unlicense OR MIT", true));
        assert!(!crates["corsac-policy"].published);
    }

    #[test]
    fn the_bill_is_valid_and_names_every_part_with_its_checksum() {
        let checksum = "aa".repeat(32);
        let lock = LOCK.replace("aa", &checksum).replace("bb", &checksum);
        let bom = bom("corsac", &crates(TREE).expect("crates"), &lock, "rustc 1.95.0 (x)", b"module").expect("a bill");
        assert!(bom.validate_version(SpecVersion::V1_5).passed());
        let components = bom.components.expect("components").0;
        let names: Vec<String> = components.iter().map(|part| part.name.to_string()).collect();
        assert_eq!(names, ["corsac-policy", "fst", "log", STD, SUFFIXES]);
        let fst = &components[1];
        assert_eq!(fst.purl.as_ref().map(ToString::to_string).as_deref(), Some("pkg:cargo/fst@0.4.7"));
        assert_eq!(fst.hashes, Some(sha256(checksum)));
    }

    #[test]
    fn a_checksum_belongs_to_a_version() {
        assert_eq!(checksum(LOCK, "log", "0.4.35").as_deref(), Some("bb"));
        assert_eq!(checksum(LOCK, "log", "0.4.3"), None);
    }

    #[test]
    fn a_tree_of_another_form_is_rejected() {
        assert_eq!(crates("corsac\n"), None);
        assert_eq!(crates(""), None);
    }
}
