//! The entries of a list: from a body to the text that workers share, and from that to a compiled
//! list.

use std::fmt;

use corsac_adapter::random_seed;
use corsac_origin_fetch::SharedList;
use corsac_origin_list::{Format, read};
use corsac_policy::{OriginList, OriginListBuilder};

use super::response::Failure;

/// What a log line shows of the entries that were left out.
const MOST_SHOWN: usize = 5;
const LONGEST_SHOWN: usize = 128;

/// Between two entries. No origin holds one.
const SEPARATOR: u8 = b'\n';

/// How many entries are compiled at a time, while requests wait: some ten milliseconds.
const SLICE: usize = 50_000;

/// How many entries were left out, and the first of them with their reasons.
#[derive(Default)]
pub struct LeftOut {
    pub count: usize,
    shown: Vec<String>,
}

impl LeftOut {
    fn note(&mut self, entry: &[u8], reason: &str) {
        self.count = self.count.saturating_add(1);
        if self.shown.len() < MOST_SHOWN {
            let shown = entry.get(..LONGEST_SHOWN).unwrap_or(entry).escape_ascii();
            self.shown.push(format!("\"{shown}\" ({reason})"));
        }
    }
}

/// The end of a sentence about a list; nothing where nothing was left out.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return Ok(());
        }
        let more = if self.count > self.shown.len() { ", …" } else { "" };
        write!(f, "; left out: {} ({}{more})", self.count, self.shown.join(", "))
    }
}

/// The entries of a body that a service may list, one a line, and those that it may not.
///
/// Where something was left out and nothing remains, the body is no list: an answer of another kind
/// should not put all origins out of force.
pub fn taken(body: &[u8]) -> Result<(Vec<u8>, LeftOut), Failure> {
    let list = read(body, Format::Auto).map_err(Failure::NoList)?;
    let mut left_out = LeftOut::default();
    for entry in &list.left_out {
        left_out.note(entry.text.as_bytes(), "not for a service to list");
    }
    let mut text = Vec::with_capacity(body.len());
    for entry in &list.origins {
        if entry.as_bytes().contains(&SEPARATOR) {
            left_out.note(entry.as_bytes(), "not an origin");
        } else {
            text.extend_from_slice(entry.as_bytes());
            text.push(SEPARATOR);
        }
    }
    let mut trial = OriginListBuilder::new([0; 2], 0, 0);
    let is_empty = list.origins.is_empty() && left_out.count == 0;
    let is_list = is_empty || entries(&text).any(|entry| trial.push(entry).is_none());
    if is_list { Ok((text, left_out)) } else { Err(Failure::NothingUsable) }
}

fn entries(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == SEPARATOR).filter(|entry| !entry.is_empty())
}

/// A list that is being compiled, a slice at a time.
pub struct Loading {
    list: SharedList,
    /// The bytes that are compiled already.
    done: usize,
    builder: OriginListBuilder,
    /// What this worker has left out of the list that it fetched itself.
    pub left_out: Option<LeftOut>,
}

impl Loading {
    pub fn new(list: SharedList, left_out: Option<LeftOut>) -> Self {
        let text = list.text();
        let builder = OriginListBuilder::new(random_seed(), entries(text).count(), text.len());
        Self { list, done: 0, builder, left_out }
    }

    /// Compiles the next slice. Whether the list is complete.
    pub fn advance(&mut self) -> bool {
        let rest = self.list.text().get(self.done..).unwrap_or_default();
        for entry in rest.split_inclusive(|byte| *byte == SEPARATOR).take(SLICE) {
            self.done = self.done.saturating_add(entry.len());
            let entry = entry.strip_suffix(&[SEPARATOR]).unwrap_or(entry);
            if let (Some(reason), Some(left_out)) = (self.builder.push(entry), &mut self.left_out) {
                left_out.note(entry, reason.as_str());
            }
        }
        self.done >= self.list.text().len()
    }

    pub fn finish(self) -> OriginList {
        self.builder.finish()
    }
}
