//! Every relative link of every page in the repository leads to a file, and to a heading if it
//! names one.
#![cfg(not(target_family = "wasm"))]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders without pages of the project.
const LEFT_OUT: [&str; 3] = ["target", "node_modules", ".git"];

#[test]
fn every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut pages = Vec::new();
    collect(&root, &mut pages);
    for page in ["README.md", "CONTRIBUTING.md", "docs/configuration.md", "envoy/README.md"] {
        assert!(pages.contains(&root.join(page)), "{page} is not among the pages");
    }
    let mut dead = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for link in links(&prose(&text)) {
            if !leads_somewhere(page, &text, link) {
                dead.push(format!("{}: {link}", page.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !LEFT_OUT.contains(&name.as_ref()) {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// The page without its code blocks and code spans.
fn prose(text: &str) -> String {
    let outside_fences = text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    outside_fences.split('`').step_by(2).collect()
}

/// The destinations of `[text](destination)`, and of `src` and `srcset` in HTML, except those on
/// other servers.
fn links(prose: &str) -> Vec<&str> {
    let after = |start: &'static str, end: char| {
        prose.match_indices(start).filter_map(move |(at, _)| prose[at + start.len()..].split(end).next())
    };
    let all = after("](", ')').chain(after("src=\"", '"')).chain(after("srcset=\"", '"'));
    all.filter(|link| !link.contains("://") && !link.starts_with("mailto:")).collect()
}

fn leads_somewhere(page: &Path, text: &str, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let there = if path.is_empty() { page.to_owned() } else { page.parent().unwrap().join(path) };
    let Some(anchor) = anchor else { return there.exists() };
    let there = if path.is_empty() { Some(text.to_owned()) } else { fs::read_to_string(there).ok() };
    there.is_some_and(|text| headings(&text).iter().any(|heading| heading == anchor))
}

/// The anchors of a page's headings, by GitHub's rules.
fn headings(text: &str) -> Vec<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    titles.map(|title| title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn links_are_found_only_outside_code() {
    let page = "See [a](a.md), [b](https://b.example).\n\n```text\n[c](c.md)\n```\n`[d](d.md)` and <img src=\"e.png\">";
    assert_eq!(links(&prose(page)), ["a.md", "e.png"]);
}

#[test]
fn an_anchor_is_its_heading_in_lower_case_without_punctuation() {
    assert_eq!(
        headings("# Beside Envoy's `own` filter\ntext\n### Both at once"),
        ["beside-envoys-own-filter", "both-at-once"]
    );
}
