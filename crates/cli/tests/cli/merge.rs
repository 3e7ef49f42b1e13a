//! `corsac merge`, on files and directories.

use crate::bin::{Files, corsac, corsac_with, repository};

const SHOP: &str = "\
team: shop
owns:
- hosts: [shop.example.com]
- hosts: [api.example.com]
  paths: [\"/shop/*\"]
allowOrigins: [https://shop.example.com]
";

const BLOG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: { name: corsac-blog }
data:
  policy.yaml: |
    team: blog
    owns:
    - hosts: [api.example.com]
      paths: [\"/blog/*\"]
    allowOrigins: [https://blog.example.com]
";

/// The teams in a directory of their own, with what is no policy beside them.
fn teams(blog: &str) -> Files {
    let files = Files::new();
    files.write("teams/shop/policy.yaml", SHOP);
    files.write("teams/blog.yaml", blog);
    files.write("teams/README.md", "# Not a policy");
    files.write("teams/kustomization.yaml", "resources: [blog.yaml]\n");
    files.write("teams/..data/policy.yaml", "what Kubernetes keeps beside a mounted file");
    files
}

#[test]
fn files_and_config_maps_of_a_directory_are_one_document() {
    let files = teams(BLOG);
    let merged = corsac(&["merge", &files.path("teams")]);
    assert_eq!((merged.status, merged.stderr.as_str()), (0, ""), "{merged:?}");
    let one_by_one = corsac(&["merge", &files.path("teams/shop/policy.yaml"), &files.path("teams/blog.yaml")]);
    assert_eq!(merged.stdout, one_by_one.stdout);
    let checked = corsac_with(&["check", "--deny-warnings", "-"], merged.stdout.as_bytes());
    assert_eq!(checked.status, 0, "{checked:?}");
    let rendered = corsac_with(&["render", "-", "--to", "istio"], merged.stdout.as_bytes());
    assert!(rendered.stdout.contains("\"/shop/*\""), "{rendered:?}");
    assert_eq!(corsac_with(&["check", "-"], rendered.stdout.as_bytes()).status, 0, "{rendered:?}");
}

#[test]
fn the_file_is_written_once() {
    let files = teams(BLOG);
    let output = files.path("out.json");
    let merge = || corsac(&["merge", &files.path("teams"), "--output", &output]);
    assert_eq!(merge().stdout, "2 teams merged; written\n");
    assert_eq!(merge().stdout, "2 teams merged; nothing to change\n");
}

#[test]
fn an_overlap_shows_both_files_and_lines_and_writes_nothing() {
    let files = teams(&BLOG.replace("/blog/*", "/Shop/blog"));
    let output = files.write("out.json", "the last one");
    let run = corsac(&["merge", &files.path("teams"), "--output", &output]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    let expected = format!(
        "error[overlap]: blog and shop both own /Shop/blog (/shop/*) at api.example.com. Servers take the one for the other.\n \
         --> {}:9:15 /owns/0/paths/0\n --> {}:5:11 /owns/1/paths/0\n",
        files.path("teams/blog.yaml"),
        files.path("teams/shop/policy.yaml"),
    );
    assert_eq!(run.stderr, expected);
    assert_eq!(std::fs::read_to_string(output).expect("there"), "the last one");

    let json = corsac(&["merge", &files.path("teams"), "--format", "json"]).json();
    assert_eq!(json["problems"][0]["code"], "overlap");
    assert_eq!(json["problems"][0]["places"][1]["line"], 5);
}

#[test]
fn a_teams_policy_is_checked_as_it_would_run() {
    let files = Files::new();
    assert_eq!(corsac(&["check", &files.write("shop.yaml", SHOP)]).status, 0);
    let wrong = files.write("wrong.yaml", SHOP.replace("https://shop", "https://Shop"));
    let (checked, merged) = (corsac(&["check", &wrong]), corsac(&["merge", &wrong]));
    assert_eq!((checked.status, merged.status), (1, 1));
    assert!(checked.stdout.contains(&format!("{wrong}:6:16")), "{checked:?}");
    assert!(merged.stderr.contains(&format!("error[invalid-origin]: \"https://Shop.example.com\"")), "{merged:?}");
    assert!(merged.stderr.contains(&format!(" --> {wrong}:6:16 /allowOrigins/0\n")), "{merged:?}");
    // Envoy would refuse the two members.
    let plugin = format!("kind: WasmPlugin\nspec:\n  pluginConfig:\n    {}", SHOP.replace('\n', "\n    "));
    let plugin = corsac_with(&["check", "-"], plugin.as_bytes());
    assert!(plugin.stdout.contains("error[unknown-field]"), "{plugin:?}");
}

#[test]
fn what_holds_no_teams_policy_is_told() {
    let files = Files::new();
    let plain = files.write("plain.json", r#"{"allowOrigins": ["*"]}"#);
    let run = corsac(&["merge", &plain]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("error[team]") && run.stderr.contains("error[owns]"), "{run:?}");
    for (path, sentence) in [
        (files.path("missing"), "The file cannot be read"),
        (files.write("other.yaml", "kind: Service\n"), "The file holds no policy of Corsac, only Service."),
        (repository("envoy/ecds").join("none").display().to_string(), "The file cannot be read"),
    ] {
        let run = corsac(&["merge", &path]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(sentence), "{run:?}");
    }
    let empty = Files::new();
    empty.write("README.md", "");
    let run = corsac(&["merge", &empty.path("")]);
    assert_eq!((run.status, run.stderr.as_str()), (2, "error: There is no team's policy in these directories.\n"));
}
