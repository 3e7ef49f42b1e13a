//! One value for another in YAML, with the lines around it left as they are.

use std::fmt::Write as _;
use std::ops::Range;

use corsac_manifests::Found;
use corsac_policy::{Diagnostic, Suggestion};
use serde_json::Value as Json;

use crate::engine::diagnose;

/// The file with `new` in place of the policy; `None` where the form is beyond this editor. The
/// caller reads the result again, so a guess that goes wrong is never written.
pub(super) fn in_place(text: &str, found: &Found, new: &Json) -> Option<String> {
    let old: Json = serde_json::from_str(&found.policy).ok()?;
    let renamed = |diagnostic: Diagnostic| match diagnostic.suggestion {
        Some(Suggestion::Member { key, .. }) => Some((diagnostic.pointer, key)),
        _ => None,
    };
    let suggested = diagnose(&found.policy).into_iter().filter_map(renamed).collect();
    let mut editor = Editor { text, suggested, found, edits: Vec::new() };
    editor.change("", &old, new)?;
    let mut edits = editor.edits;
    // From the end to the start. Where text is inserted before what is replaced, it goes in last.
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    let mut text = text.to_owned();
    for (range, instead) in edits {
        text.get(range.clone())?;
        text.replace_range(range, &instead);
    }
    Some(text)
}

type Members = serde_json::Map<String, Json>;

struct Editor<'a> {
    text: &'a str,
    /// Pointers to fields, and the names that the engine suggests for them.
    suggested: Vec<(String, String)>,
    found: &'a Found,
    edits: Vec<(Range<usize>, String)>,
}

impl Editor<'_> {
    /// Changes a value with as few edits as can be, else the value as a whole.
    fn change(&mut self, pointer: &str, old: &Json, new: &Json) -> Option<()> {
        let before = self.edits.len();
        self.change_inside(pointer, old, new).or_else(|| {
            self.edits.truncate(before);
            self.change_whole(pointer, new)
        })
    }

    fn change_inside(&mut self, pointer: &str, old: &Json, new: &Json) -> Option<()> {
        if old == new {
            return Some(());
        }
        match (old, new) {
            (Json::Object(old), Json::Object(new)) => self.change_members(pointer, old, new),
            (Json::Array(old), Json::Array(new)) if old.len() == new.len() => {
                let pairs = old.iter().zip(new).enumerate();
                pairs
                    .into_iter()
                    .try_for_each(|(index, (old, new))| self.change(&format!("{pointer}/{index}"), old, new))
            }
            (Json::Array(old), Json::Array(items)) if self.range(pointer).is_none() => {
                self.change_items(pointer, old, items)
            }
            _ => {
                let range = self.range(pointer)?;
                self.replace(range, new.to_string());
                Some(())
            }
        }
    }

    /// A block in place of an item's lines, or of what follows a key.
    fn change_whole(&mut self, pointer: &str, new: &Json) -> Option<()> {
        let (_, key) = pointer.rsplit_once('/')?;
        let line = self.line(self.found.spot(pointer).line)?;
        let text = self.text.get(line..)?.lines().next()?;
        let body = text.trim_start();
        if key.parse::<usize>().is_ok() && body.starts_with("- ") {
            let indent = text.len() - body.len();
            self.replace(line..self.end_of_block(line), format!("{:indent$}- {new}\n", ""));
        } else {
            let key = self.key(pointer, &key.replace("~1", "/").replace("~0", "~"))?;
            self.replace(key.end..self.end_of_block(self.line_start(key.start)), format!(": {new}\n"));
        }
        Some(())
    }

    fn change_members(&mut self, pointer: &str, old: &Members, new: &Members) -> Option<()> {
        let removed: Vec<&String> = old.keys().filter(|key| !new.contains_key(*key)).collect();
        let added: Vec<&String> = new.keys().filter(|key| !old.contains_key(*key)).collect();
        if let Some(range) = self.range(pointer).filter(|_| !(removed.is_empty() && added.is_empty())) {
            self.replace(range, Json::Object(new.clone()).to_string());
            return Some(());
        }
        for (key, old) in old {
            if let Some(new) = new.get(key) {
                self.change(&member(pointer, key), old, new)?;
            }
        }
        let renames = self.renames(pointer, old, new);
        // A field under another name keeps its place.
        for (from, to) in &renames {
            let place = member(pointer, from);
            let key = self.key(&place, from)?;
            self.replace(key, plain(to));
            self.change(&place, old.get(*from)?, new.get(*to)?)?;
        }
        for key in removed.iter().filter(|key| renames.iter().all(|(from, _)| from != *key)) {
            let place = member(pointer, key);
            let key = self.key(&place, key)?.start;
            let start = self.line_start(key);
            // The first member of an item stands after the item's dash, which has to stay.
            self.text.get(start..key).filter(|before| before.trim().is_empty())?;
            self.replace(start..self.end_of_block(start), String::new());
        }
        for key in added.iter().filter(|key| renames.iter().all(|(_, to)| to != *key)) {
            let (first, _) = old.iter().next()?;
            let start = self.key(&member(pointer, first), first)?.start;
            let line = self.line_start(start);
            let indent = self.text.get(line..start).filter(|before| before.trim().is_empty())?.to_owned();
            self.replace(line..line, format!("{indent}{}: {}\n", plain(key), new.get(*key)?));
        }
        Some(())
    }

    /// The fields that have another name now: as the engine suggests, else those with the same
    /// value.
    fn renames<'k>(&self, pointer: &str, old: &'k Members, new: &'k Members) -> Vec<(&'k String, &'k String)> {
        let mut pairs: Vec<(&String, &String)> = Vec::new();
        let suggested = |from: &str, to: &str| {
            let place = member(pointer, from);
            self.suggested.iter().any(|(pointer, key)| *pointer == place && key == to)
        };
        for by_name in [true, false] {
            for (from, before) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
                let matching = |(to, after): &(&'k String, &'k Json)| {
                    let same = if by_name { suggested(from, to) } else { before == *after };
                    same && !old.contains_key(*to) && pairs.iter().all(|pair| pair.0 != from && pair.1 != *to)
                };
                if let Some((to, _)) = new.iter().find(matching) {
                    pairs.push((from, to));
                }
            }
        }
        pairs
    }

    /// Items of a block list: those at both ends that stay are not touched.
    fn change_items(&mut self, pointer: &str, old: &[Json], new: &[Json]) -> Option<()> {
        if new.is_empty() {
            return None;
        }
        let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let most = old.len().min(new.len()) - head;
        let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
        let dash = |editor: &Self, index: usize| {
            let spot = editor.found.spot(&format!("{pointer}/{index}"));
            let start = editor.line(spot.line)?;
            let line = editor.text.get(start..)?.lines().next()?;
            line.trim_start().starts_with('-').then(|| (start, line.len() - line.trim_start().len()))
        };
        let (first, indent) = dash(self, head.min(old.len() - 1))?;
        let start = if head < old.len() { first } else { self.end_of_block(first) };
        let end = match tail {
            0 => self.end_of_block(dash(self, old.len() - 1)?.0),
            _ => dash(self, old.len() - tail)?.0,
        };
        let mut lines = String::new();
        for item in new.get(head..new.len() - tail)? {
            let _ = writeln!(lines, "{:indent$}- {item}", "");
        }
        self.replace(start..end.max(start), lines);
        Some(())
    }

    fn replace(&mut self, range: Range<usize>, instead: String) {
        self.edits.push((range, instead));
    }

    /// The bytes of a value that has some for itself.
    fn range(&self, pointer: &str) -> Option<Range<usize>> {
        self.found.spot(pointer).range.clone()
    }

    /// The bytes of a member's key, which is on the line of its value or above.
    fn key(&self, pointer: &str, key: &str) -> Option<Range<usize>> {
        let spot = self.found.spot(pointer);
        for line in (1..=spot.line).rev() {
            let start = self.line(line)?;
            let text = self.text.get(start..)?.lines().next()?;
            let body = text.trim_start().trim_start_matches("- ").trim_start();
            for written in [key.to_owned(), format!("\"{key}\""), format!("'{key}'")] {
                let rest = body.strip_prefix(&written).map(str::trim_start);
                if rest.is_some_and(|rest| rest.starts_with(':')) {
                    let at = start + text.len() - body.len();
                    return Some(at..at + written.len());
                }
            }
        }
        None
    }

    /// The offset of a line, counted from 1.
    fn line(&self, number: usize) -> Option<usize> {
        if number == 1 {
            return Some(0);
        }
        self.text.match_indices('\n').nth(number.checked_sub(2)?).map(|(index, _)| index + 1)
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |index| index + 1)
    }

    /// The offset of the first line after `start` that is not deeper than the line there.
    fn end_of_block(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let mut lines = rest.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let depth = first.len() - first.trim_start().len();
        let is_key = !first.trim_start().starts_with('-');
        let mut end = start + first.len();
        for line in lines {
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            // The items of a list may be as deep as the key that holds it.
            let belongs = indent > depth || (is_key && indent == depth && bare.starts_with("- "));
            if bare.is_empty() || !belongs {
                break;
            }
            end += line.len();
        }
        end
    }
}

fn member(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A key without quotes where it is a plain word.
fn plain(key: &str) -> String {
    let is_word =
        key.bytes().all(|byte| byte.is_ascii_alphanumeric()) && key.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_word { key.to_owned() } else { Json::from(key).to_string() }
}
