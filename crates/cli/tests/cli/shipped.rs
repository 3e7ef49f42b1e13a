//! The checks that we ship: each is run as far as that needs no network and no cluster.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_norway::Value as Yaml;

use crate::bin::{Files, corsac, corsac_with, repository};

const FINE: &str = r#"{ "allowOrigins": ["https://a.example"] }"#;
const WIDER: &str = r#"{ "allowOrigins": ["https://a.example", "https://b.example"] }"#;
const BAD: &str = r#"{ "allowOrigins": ["https://a.example/"] }"#;

fn yaml(path: &str) -> Yaml {
    serde_norway::from_str(&fs::read_to_string(repository(path)).expect(path)).expect("YAML")
}

fn text<'y>(value: &'y Yaml, key: &str) -> &'y str {
    value.get(key).and_then(Yaml::as_str).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn the_pre_commit_hook_checks_the_files_that_it_names() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = hooks.get(0).expect("a hook");
    let entry: Vec<&str> = text(hook, "entry").split(' ').skip(1).collect();
    let pattern = regex_automata::meta::Regex::new(text(hook, "files")).expect("a regex");
    for (name, is_checked) in
        [("corsac.yaml", true), ("gateway/corsac-policy.json", true), ("main.rs", false), ("x/other.yaml", false)]
    {
        assert_eq!(pattern.is_match(name), is_checked, "{name}");
    }
    let files = Files::new();
    let (fine, bad) = (files.write("corsac.json", FINE), files.write("corsac-bad.json", BAD));
    assert_eq!(corsac(&[&entry[..], &[&fine]].concat()).status, 0);
    assert_eq!(corsac(&[&entry[..], &[&fine, &bad]].concat()).status, 1);
}

/// Runs a step of the action, as a runner does.
fn step(name: &str, folder: &Path, variables: &[(&str, &str)]) -> std::process::Output {
    let action = yaml("envoy/github-action/action.yaml");
    let steps = action.get("runs").and_then(|runs| runs.get("steps")).and_then(Yaml::as_sequence).expect("steps");
    let step = steps.iter().find(|step| text(step, "name") == name).expect("the step");
    let folder_of_binary = Path::new(env!("CARGO_BIN_EXE_corsac")).parent().expect("a folder");
    let path = format!("{}:{}", folder_of_binary.display(), std::env::var("PATH").unwrap_or_default());
    Command::new("bash")
        .args(["-e", "-c", text(step, "run")])
        .current_dir(folder)
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output()
        .expect("bash")
}

#[test]
#[cfg(unix)]
fn the_github_action_shows_findings_beside_their_lines() {
    let files = Files::new();
    files.write("fine.json", FINE);
    let bad = files.write("bad.json", BAD);
    let folder = Path::new(&bad).parent().expect("a folder").to_owned();
    let check = |names: &str| step("Check", &folder, &[("FILES", names), ("DENY_WARNINGS", "false")]);
    assert!(check("fine.json").status.success());
    let output = check("fine.json bad.json");
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.starts_with("::error file=bad.json,line=1,col="), "{stdout}");
    assert!(step("Install", &folder, &[]).status.success(), "it is installed already");
}

#[test]
#[cfg(unix)]
fn the_github_action_fails_where_a_change_allows_more() {
    let files = Files::new();
    let policy = files.write("policy.json", FINE);
    let folder = Path::new(&policy).parent().expect("a folder").to_owned();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(&folder).output().expect("git");
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "one"]);
    let compare =
        |base: &str| step("Compare", &folder, &[("FILES", "policy.json new.json"), ("BASE", base)]).status.code();
    files.write("new.json", FINE);
    assert_eq!(compare("HEAD"), Some(0));
    files.write("policy.json", WIDER);
    assert_eq!(compare("HEAD"), Some(1));
    assert_eq!(compare(""), Some(0));
}

#[test]
fn the_presync_job_checks_what_is_mounted() {
    let job = yaml("envoy/argocd/presync.yaml");
    let pod = job.get("spec").and_then(|spec| spec.get("template")?.get("spec")).expect("a pod");
    let container = pod.get("containers").and_then(|containers| containers.get(0)).expect("a container");
    let mounted = text(container.get("volumeMounts").and_then(|mounts| mounts.get(0)).expect("a mount"), "mountPath");
    let files = Files::new();
    let run = |policy: &str| {
        let file = files.write("wasmplugin.yaml", format!("kind: WasmPlugin\nspec:\n  pluginConfig: {policy}\n"));
        let folder = Path::new(&file).parent().and_then(Path::to_str).expect("a folder").to_owned();
        let arguments = container.get("args").and_then(Yaml::as_sequence).expect("arguments");
        let arguments: Vec<String> =
            arguments.iter().filter_map(Yaml::as_str).map(|argument| argument.replace(mounted, &folder)).collect();
        corsac(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).status
    };
    assert_eq!((run(FINE), run(BAD)), (0, 1));
}

#[test]
fn the_overlay_of_the_teams_is_what_merge_and_render_write() {
    let teams = repository("envoy/teams");
    let merged = corsac(&["merge", teams.to_str().expect("UTF-8")]);
    let rendered = corsac_with(&["render", "-", "--to", "istio"], merged.stdout.as_bytes());
    let overlay = repository("envoy/overlays/istio-teams/wasmplugin.yaml");
    assert_eq!(rendered.stdout, fs::read_to_string(overlay).expect("the overlay"));
}
