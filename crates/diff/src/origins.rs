//! The origins that one policy allows and another does not.

use std::collections::HashSet;

use corsac_policy::{Accepted, Entry, List, accepted, any_origin, entries};
use regular_language::{Language, Solver, contains, syntax};

use super::{Item, Side};

/// Steps for the patterns of one policy: tens of milliseconds.
const WORK: usize = 2_000_000;
/// Entries of the other policy that one pattern is compared with, at most.
const MOST_ROUNDS: usize = 64;
/// Most origins of the web. A witness among them is found fast, and reads well.
const COMMON: &str = r"https?://([a-z0-9-]+\.)*[a-z]+(:[1-9][0-9]{0,3})?";

/// The entries of a policy that allow something which the other policy does not.
pub(super) fn beyond(one: (&Side, &str), other: (&Side, &str)) -> Vec<Item> {
    let (mine, theirs) = (Listed::of(one.0, one.1), Listed::of(other.0, other.1));
    let allowed = |side: (&Side, &str), origin: &str| {
        side.0.policies.check_origin(side.1, origin.as_bytes()).is_some_and(|verdict| verdict.is_ok())
    };
    let is_new = |origin: &str| allowed(one, origin) && !allowed(other, origin);
    let mut items = Vec::new();
    let mut solver = Solver::new(WORK, WORK);
    let known: HashSet<&str> = theirs.0.iter().map(|(entry, _)| entry.text.as_str()).collect();
    for (entry, accepts) in &mine.0 {
        // `*` says another thing with credentials.
        if known.contains(entry.text.as_str()) && !matches!(accepts, Accepted::Any) {
            continue;
        }
        let value = entry.plain.clone().unwrap_or_else(|| entry.text.clone());
        let beyond = match accepts {
            Accepted::Exactly(origin) if is_new(origin) => Beyond::Shown(origin.clone()),
            Accepted::Exactly(_) => Beyond::Nothing,
            // `null` is the one origin that only some of these allow.
            Accepted::Any if is_new("null") && theirs.has_any() => Beyond::Shown("null".to_owned()),
            Accepted::Any => theirs.witness_outside(&Language::all(), &is_new, &mut solver),
            Accepted::Pattern(language) => theirs.witness_outside(language, &is_new, &mut solver),
            // Which of them is allowed depends on the host, so the witness is one for some host.
            Accepted::Tenant(language) => {
                theirs.witness_outside(language, &|origin| !allowed(other, origin), &mut solver)
            }
        };
        match beyond {
            Beyond::Nothing => {}
            Beyond::Shown(witness) => items.push(Item { witness: Some(witness), ..Item::new("origin", value) }),
            Beyond::Unknown => items.push(Item::new("origin", value)),
        }
    }
    items
}

/// Every entry of a policy.
pub(super) fn all(side: &Side, policy: &str) -> Vec<Item> {
    let entries = entries(side.text.as_bytes(), policy, List::Origins);
    entries.into_iter().map(|entry| Item::new("origin", entry.plain.unwrap_or(entry.text))).collect()
}

/// What an entry accepts beyond another policy.
enum Beyond {
    Nothing,
    /// This origin, and perhaps more.
    Shown(String),
    /// It was too much work to find out.
    Unknown,
}

/// A policy's entries, and what each accepts.
struct Listed(Vec<(Entry, Accepted)>);

impl Listed {
    fn of(side: &Side, policy: &str) -> Self {
        let entries = entries(side.text.as_bytes(), policy, List::Origins);
        Self(entries.into_iter().filter_map(|entry| accepted(&entry.text).map(|accepts| (entry, accepts))).collect())
    }

    fn has_any(&self) -> bool {
        self.0.iter().any(|(_, accepts)| matches!(accepts, Accepted::Any))
    }

    /// What is in the language and in no entry.
    ///
    /// Only the entries that accept a witness are taken off the language, then the next one is
    /// looked for: of a long list, hardly any entry matters to a pattern.
    fn witness_outside(&self, language: &Language, is_new: &dyn Fn(&str) -> bool, solver: &mut Solver) -> Beyond {
        if self.has_any() {
            return Beyond::Nothing;
        }
        let mut left = language.clone();
        let common = syntax::parse(COMMON).map_or_else(|_| Language::all(), |parsed| parsed.language);
        for among in [common, any_origin()] {
            for round in 0.. {
                let bytes = match solver.find(&left, &among) {
                    Ok(None) => break,
                    Ok(Some(bytes)) if round < MOST_ROUNDS => bytes,
                    Ok(Some(_)) | Err(_) => return Beyond::Unknown,
                };
                let witness = String::from_utf8_lossy(&bytes).into_owned();
                if is_new(&witness) {
                    return Beyond::Shown(witness);
                }
                // The languages leave out the limits of length, so the engine has the last word.
                let mut covering = vec![Language::literal(&bytes)];
                covering.extend(self.patterns().filter(|pattern| contains(pattern, &bytes)).cloned());
                left = left.except(&Language::union(covering));
            }
        }
        Beyond::Nothing
    }

    fn patterns(&self) -> impl Iterator<Item = &Language> {
        self.0.iter().filter_map(|(_, accepts)| match accepts {
            Accepted::Pattern(language) => Some(language),
            _ => None,
        })
    }
}
