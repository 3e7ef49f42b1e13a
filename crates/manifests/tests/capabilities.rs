//! The shipped files of Envoy's own configuration allow the filter what it needs, and no more.

use std::fs;
use std::path::{Path, PathBuf};

use corsac_manifests::{CAPABILITIES, SOURCE_CAPABILITIES, capability_restriction};
use serde_json::Value as Json;

const BEGIN: &str = "# All that the filter asks of Envoy. Envoy refuses every other call.";
const END: &str = "{} }";
/// The field of a filter in the same map, which the restriction comes before.
const NEXT: &str = "vm_config:";
const FILTER: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n";

/// The YAML files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text with the restriction of this version before every `vm_config`, in place of
/// one that may be there.
fn restricted(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        let field = line.trim_start();
        if field == BEGIN {
            within = true;
        } else if within {
            within = !line.ends_with(END);
        } else {
            if field == NEXT {
                lines.extend(capability_restriction(text, line.len() - field.len()));
            }
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

/// To write a changed list into the files: `CORSAC_BLESS=1 cargo test -p corsac-manifests --test
/// capabilities`.
#[test]
fn every_shipped_configuration_of_envoy_allows_the_filter_what_it_needs_and_no_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../envoy");
    let mut count = 0;
    for file in files(&folder) {
        let text = fs::read_to_string(&file).expect("a file");
        // A list of types to discover is not a filter.
        if !text.contains(&format!("\"@type\": {FILTER}")) {
            continue;
        }
        let expected = restricted(&text);
        if std::env::var_os("CORSAC_BLESS").is_some() {
            fs::write(&file, &expected).expect("written");
        } else {
            assert_eq!(text, expected, "{}", file.display());
        }
        count += 1;
    }
    assert!(count >= 8, "{count} files only");
}

#[test]
fn the_restriction_is_yaml_and_names_every_capability_once() {
    let with_sources = [&CAPABILITIES[..], &SOURCE_CAPABILITIES].concat();
    let policies = [("{}", CAPABILITIES.to_vec()), (r#"{ "originSources": [] }"#, with_sources)];
    for (indent, (policy, mut expected)) in [0, 6, 16].into_iter().flat_map(|i| policies.clone().map(|p| (i, p))) {
        let lines = capability_restriction(policy, indent);
        assert!(lines.iter().all(|line| line.len() <= 120), "{lines:#?}");
        let yaml: Json = serde_norway::from_str(&lines.join("\n")).expect("YAML");
        let allowed = yaml["capability_restriction_config"]["allowed_capabilities"].as_object().expect("a map");
        assert!(allowed.values().all(|value| value.as_object().is_some_and(serde_json::Map::is_empty)));
        expected.sort_unstable();
        // serde_json keeps keys sorted.
        assert_eq!(allowed.keys().collect::<Vec<_>>(), expected);
    }
}
