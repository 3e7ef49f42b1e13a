//! The origins that one policy allows and another does not.

use corsac_policy::{Accepted, Entry, List, accepted, any_origin, entries};
use regular_language::{Language, Solver, syntax};

use super::{Item, Side};

/// Steps for one comparison: tens of milliseconds.
const BUDGET: usize = 2_000_000;
/// Most origins of the web. A witness among them is found fast, and reads well.
const COMMON: &str = r"https?://([a-z0-9-]+\.)*[a-z]+(:[1-9][0-9]{0,3})?";

/// The entries of a policy that allow something which the other policy does not.
pub(super) fn beyond(one: (&Side, &str), other: (&Side, &str)) -> Vec<Item> {
    let (mine, theirs) = (Listed::of(one.0, one.1), Listed::of(other.0, other.1));
    let is_new = |origin: &str| {
        let allowed = |side: (&Side, &str)| {
            side.0.policies.check_origin(side.1, origin.as_bytes()).is_some_and(|verdict| verdict.is_ok())
        };
        allowed(one) && !allowed(other)
    };
    let mut items = Vec::new();
    for (entry, accepts) in &mine.0 {
        let value = entry.plain.clone().unwrap_or_else(|| entry.text.clone());
        let witness = match accepts {
            Accepted::Exactly(origin) => is_new(origin).then(|| Some(origin.clone())),
            // `null` is the one origin that only some of these allow.
            Accepted::Any if is_new("null") && theirs.has_any() => Some(Some("null".to_owned())),
            Accepted::Any => theirs.witness_outside(&any_origin(), &is_new),
            Accepted::Pattern(language) => theirs.witness_outside(language, &is_new),
        };
        if let Some(witness) = witness {
            items.push(Item { what: "origin", value, witness });
        }
    }
    items
}

/// Every entry of a policy.
pub(super) fn all(side: &Side, policy: &str) -> Vec<Item> {
    let entries = entries(side.text.as_bytes(), policy, List::Origins);
    entries.into_iter().map(|entry| Item::new("origin", entry.plain.unwrap_or(entry.text))).collect()
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

    /// What is in the language and in no entry. The outer `None`: nothing is. The inner one: it was too much work to find out.
    fn witness_outside(&self, language: &Language, is_new: &impl Fn(&str) -> bool) -> Option<Option<String>> {
        if self.has_any() {
            return None;
        }
        let mut left = Language::intersection(vec![language.clone(), self.union().complement()]);
        let common = syntax::parse(COMMON).map_or_else(|_| Language::all(), |parsed| parsed.language);
        let mut solver = Solver::new(BUDGET, BUDGET);
        for among in [common, Language::all()] {
            // The languages leave out the limits of length, so the engine has the last word.
            for _ in 0..8 {
                match solver.find(&left, &among) {
                    Ok(None) => break,
                    Ok(Some(bytes)) => {
                        let witness = String::from_utf8_lossy(&bytes).into_owned();
                        if is_new(&witness) {
                            return Some(Some(witness));
                        }
                        left = left.except(&Language::literal(&bytes));
                    }
                    Err(_) => return Some(None),
                }
            }
        }
        None
    }

    fn union(&self) -> Language {
        let languages = self.0.iter().map(|(_, accepts)| match accepts {
            Accepted::Any => any_origin(),
            Accepted::Exactly(origin) => Language::literal(origin.as_bytes()),
            Accepted::Pattern(language) => language.clone(),
        });
        Language::union(languages.collect())
    }
}
