//! Labels of Docker Compose: `traefik.http.middlewares.cors.headers.accesscontrolmaxage=100`.

use crate::source::{At, Key, Mark, Node, Style, Value};

const PREFIX: &str = "traefik.http.";
/// The most labels that are read.
const MOST_LABELS: usize = 5_000;
/// The deepest path that a label has.
const MOST_SEGMENTS: usize = 12;

pub(super) fn holds(document: &At<'_>) -> bool {
    !labels(document).is_empty()
}

/// The labels of all services: name, value and line.
fn labels(document: &At<'_>) -> Vec<(String, String, Option<usize>)> {
    let mut all = Vec::new();
    let services = document.get("services").map(|at| at.members()).unwrap_or_default();
    let lists = services.iter().flat_map(|(_, service)| [service.get("labels"), service.path(&["deploy", "labels"])]);
    for at in lists.chain([document.get("labels")]).flatten() {
        if at.is_map() {
            all.extend(
                at.members().iter().filter_map(|(name, at)| Some(((*name).to_owned(), at.scalar()?, at.line()))),
            );
        } else {
            for item in at.items() {
                let split = item.text().and_then(|text| text.split_once('='));
                all.extend(split.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned(), item.line())));
            }
        }
    }
    all.retain(|(name, ..)| name.to_ascii_lowercase().starts_with(PREFIX));
    all
}

/// The labels as the tree of a file; `None` where there are none.
pub(super) fn tree(document: &At<'_>) -> Result<Option<Node>, String> {
    let labels = labels(document);
    if labels.is_empty() {
        return Ok(None);
    }
    if labels.len() > MOST_LABELS {
        return Err(format!("The file holds more than {MOST_LABELS} labels for Traefik."));
    }
    let mut root = map(Mark::default());
    for (name, value, line) in labels {
        let rest = name.get(PREFIX.len() - "http.".len()..).unwrap_or_default();
        let segments: Vec<&str> = rest.split('.').collect();
        let start = Mark { line: line.unwrap_or(0), column: 1, offset: 0 };
        // Compose writes `$$` for `$`, and people write `\\` in lists, where YAML takes it as it
        // is.
        let text = value.replace("$$", "$").replace("\\\\", "\\");
        if segments.len() <= MOST_SEGMENTS {
            set(&mut root, &segments, Node { value: Value::Text(text, Style::Plain), start, end: None });
        }
    }
    Ok(Some(root))
}

fn map(start: Mark) -> Node {
    Node { value: Value::Map(Vec::new()), start, end: None }
}

fn set(node: &mut Node, segments: &[&str], leaf: Node) {
    let Some((name, rest)) = segments.split_first() else {
        *node = leaf;
        return;
    };
    let Value::Map(members) = &mut node.value else { return };
    // The words of the format are lower case in labels as a rule; names keep their case.
    if let Some((_, member)) = members.iter_mut().find(|(key, _)| key.name.eq_ignore_ascii_case(name)) {
        return set(member, rest, leaf);
    }
    let start = leaf.start;
    let mut member = map(start);
    set(&mut member, rest, leaf);
    members.push((Key { name: (*name).to_owned(), start }, member));
}
