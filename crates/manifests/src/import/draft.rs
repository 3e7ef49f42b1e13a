//! A policy in the making, and what the engine says about it.

use corsac_policy::{Diagnostic, Severity, Suggestion, Tools, compile, risks};
use serde_json::{Map, Value as Json, json};

use super::notes::Notes;
use super::origins::{Context, Entry};
use crate::source::At;
use crate::source::cursor::Word;

/// A policy as the source means it.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "fields as the policy has them")]
pub(crate) struct Draft {
    pub(crate) place: String,
    pub(crate) line: Option<usize>,
    pub(crate) origins: Vec<Entry>,
    pub(crate) methods: Vec<Word>,
    pub(crate) headers: Vec<Word>,
    pub(crate) exposed: Vec<Word>,
    pub(crate) credentials: bool,
    /// Seconds.
    pub(crate) max_age: Option<u64>,
    /// Requests from origins that are not allowed get 403.
    pub(crate) reject: bool,
    pub(crate) report_only: bool,
    /// The upstream answers preflights.
    pub(crate) forwards_preflights: bool,
}

/// How often a policy is repaired. Each round settles what it finds, so a few do.
const MOST_ROUNDS: usize = 8;

impl Draft {
    pub(crate) fn at(at: &At<'_>) -> Self {
        Self { place: at.place.clone(), line: at.line(), ..Self::default() }
    }

    pub(crate) fn context(&self) -> Context {
        Context { credentials: self.credentials }
    }

    pub(crate) fn allows_any(&self) -> bool {
        self.origins.iter().any(|entry| entry.value == "*")
    }

    /// The policy as JSON, repaired until the engine takes it. The error says why it cannot be had.
    pub(crate) fn settle(mut self, notes: &mut Notes) -> Result<Json, String> {
        let mut risks: Vec<&str> = Vec::new();
        dedup(&mut self.origins);
        self.expose_without_any(notes);
        for _ in 0..MOST_ROUNDS {
            if self.origins.is_empty() {
                return Err(self.reason("no origin is left that could be allowed; the notes say why"));
            }
            let policy = self.json(&risks);
            match compile(policy.to_string().as_bytes(), &Tools::default()) {
                Ok(compiled) if !self.drop_inert(&compiled.warnings, notes) => return Ok(policy),
                Ok(_) => {}
                Err(rejected) => self.repair(&rejected.diagnostics, &mut risks, notes)?,
            }
        }
        Err(self.reason("no policy comes out that Corsac takes"))
    }

    fn reason(&self, words: &str) -> String {
        match self.place.trim_end_matches(", ") {
            "" => format!("The policy cannot be had: {words}."),
            place => format!("{place}: {words}."),
        }
    }

    fn json(&self, risks: &[&str]) -> Json {
        let mut policy = Map::new();
        let words = |words: &[Word]| Json::from(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>());
        policy.insert("allowOrigins".to_owned(), self.origins.iter().map(|entry| entry.value.clone()).collect());
        let lists =
            [("allowMethods", &self.methods), ("allowHeaders", &self.headers), ("exposeHeaders", &self.exposed)];
        for (name, list) in lists {
            if !list.is_empty() {
                policy.insert(name.to_owned(), words(list));
            }
        }
        if self.credentials {
            policy.insert("allowCredentials".to_owned(), Json::from(true));
        }
        if let Some(seconds) = self.max_age {
            policy.insert("maxAge".to_owned(), Json::from(seconds.min(2_147_483_647)));
        }
        if self.reject && !self.allows_any() {
            policy.insert("disallowedOrigins".to_owned(), Json::from("reject"));
        }
        if self.forwards_preflights {
            policy.insert("preflights".to_owned(), Json::from("forward"));
        }
        if self.report_only {
            policy.insert("reportOnly".to_owned(), Json::from(true));
        }
        if !risks.is_empty() {
            policy.insert("acceptRisks".to_owned(), json!(risks));
        }
        Json::Object(policy)
    }

    /// Browsers read `*` as a header's name where credentials are allowed, so nothing was exposed.
    fn expose_without_any(&mut self, notes: &mut Notes) {
        if self.credentials {
            for word in self.exposed.extract_if(.., |word| matches!(word.text.as_str(), "*" | "**")) {
                notes.add(&word, "\"*\" exposes nothing where credentials are allowed; it is left out. Name the headers that pages read.");
            }
        }
    }

    /// Drops what does nothing; whether there was any.
    fn drop_inert(&mut self, warnings: &[Diagnostic], notes: &mut Notes) -> bool {
        let mut places = Vec::new();
        for warning in warnings {
            let code = warning.code.as_str();
            let inert = matches!(code, "inert-method" | "inert-header");
            let redundant = matches!(code, "redundant-method" | "redundant-header" | "redundant-origin");
            if let (true, Some((list, index))) = (inert || redundant, list_place(&warning.pointer)) {
                if let (true, Some(word)) = (inert, self.list(list).and_then(|list| list.get(index).cloned())) {
                    notes.add(&word, format!("{} The entry is left out.", warning.sentence));
                }
                places.push((list.to_owned(), index));
            }
        }
        self.remove(places)
    }

    fn list(&mut self, name: &str) -> Option<&mut Vec<Word>> {
        match name {
            "allowMethods" => Some(&mut self.methods),
            "allowHeaders" => Some(&mut self.headers),
            "exposeHeaders" => Some(&mut self.exposed),
            _ => None,
        }
    }

    /// Removes entries; whether there were any. One list is never emptied of all its origins by it.
    fn remove(&mut self, mut places: Vec<(String, usize)>) -> bool {
        places.sort();
        places.dedup();
        let mut removed = false;
        for (list, index) in places.into_iter().rev() {
            if list == "allowOrigins" {
                if index < self.origins.len() {
                    self.origins.remove(index);
                    removed = true;
                }
            } else if let Some(words) = self.list(&list).filter(|words| index < words.len()) {
                words.remove(index);
                removed = true;
            }
        }
        removed
    }

    fn repair(
        &mut self,
        diagnostics: &[Diagnostic],
        accepted: &mut Vec<&str>,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let mut dropped = Vec::new();
        let mut replaced = Vec::new();
        for error in diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            let code = error.code.as_str();
            let place = list_place(&error.pointer);
            if let Some(risk) = risks().find(|risk| *risk == code) {
                self.note_risk(risk, place, notes);
                if !accepted.contains(&risk) {
                    accepted.push(risk);
                }
                continue;
            }
            match place {
                Some(("allowOrigins", index)) => {
                    let suggested = self.origins.get(index).map(|entry| suggested(error, &entry.value));
                    replaced.push((index, suggested.unwrap_or_default(), error.sentence.clone()));
                }
                Some((list, index)) => {
                    let word = self.list(list).and_then(|list| list.get(index).cloned());
                    if let Some(word) = word {
                        notes.add(&word, format!("{} \"{}\" is left out.", error.sentence, word.text));
                    }
                    dropped.push((list.to_owned(), index));
                }
                None => return Err(format!("{}: {}", self.place, error.sentence)),
            }
        }
        for (index, suggested, sentence) in replaced.into_iter().rev() {
            self.replace_origin(index, suggested, &sentence, notes);
        }
        self.remove(dropped);
        dedup(&mut self.origins);
        accepted.sort_unstable();
        Ok(())
    }

    fn note_risk(&self, risk: &str, place: Option<(&str, usize)>, notes: &mut Notes) {
        let entry = place.and_then(|(_, index)| self.origins.get(index));
        let from = entry.map_or_else(
            || Word { text: self.place.clone(), place: self.place.clone(), line: self.line },
            |entry| entry.from.clone(),
        );
        notes.add(
            &from,
            format!("\"{}\" takes the risk {risk}, as the source does; \"acceptRisks\" says so.", from.text),
        );
    }

    /// Puts the engine's suggestion, which accepts nothing that the entry did not spell, in the
    /// entry's place.
    fn replace_origin(&mut self, index: usize, mut values: Vec<Json>, sentence: &str, notes: &mut Notes) {
        if index >= self.origins.len() {
            return;
        }
        let entry = self.origins.remove(index);
        values.retain(|value| *value != entry.value);
        if values.is_empty() {
            notes.add(&entry.from, format!("{sentence} The entry is left out."));
        } else {
            let listed: Vec<String> = values.iter().map(Json::to_string).collect();
            notes.add(&entry.from, format!("{sentence} It is taken as {}.", listed.join(", ")));
        }
        for (offset, value) in values.into_iter().enumerate() {
            self.origins.insert(index + offset, Entry { value, from: entry.from.clone() });
        }
    }
}

/// The entries that the engine suggests in place of one.
fn suggested(error: &Diagnostic, entry: &Json) -> Vec<Json> {
    let parsed = |json: &String| serde_json::from_str::<Json>(json).ok();
    match &error.suggestion {
        Some(Suggestion::Value(json)) => {
            // `/allowOrigins/3/regex` is about one member of the entry.
            let member = error.pointer.split('/').nth(3);
            let value = parsed(json).map(|value| match (member, entry) {
                (Some(member), Json::Object(members)) => {
                    let mut members = members.clone();
                    members.insert(member.to_owned(), value);
                    Json::Object(members)
                }
                _ => value,
            });
            value.into_iter().collect()
        }
        Some(Suggestion::Entries(entries)) => entries.iter().filter_map(parsed).collect(),
        Some(Suggestion::Member { .. } | Suggestion::Nothing | Suggestion::Contents) | None => Vec::new(),
    }
}

/// `/allowOrigins/3`, also with more after it, as list and index.
fn list_place(pointer: &str) -> Option<(&str, usize)> {
    let mut parts = pointer.strip_prefix('/')?.split('/');
    let list = parts.next()?;
    let index = parts.next()?.parse().ok()?;
    Some((list, index))
}

fn dedup(entries: &mut Vec<Entry>) {
    let mut seen: Vec<String> = Vec::with_capacity(entries.len());
    let mut known = std::collections::HashSet::new();
    entries.retain(|entry| {
        let text = entry.value.to_string();
        let new = known.insert(text.clone());
        if new {
            seen.push(text);
        }
        new
    });
    // `*` covers all others.
    if let Some(index) = seen.iter().position(|text| text == "\"*\"")
        && index < entries.len()
    {
        let any = entries.swap_remove(index);
        *entries = vec![any];
    }
}
