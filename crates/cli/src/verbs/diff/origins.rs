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
    let allowed = |side: (&Side, &str), origin: &str| {
        side.0.policies.check_origin(side.1, origin.as_bytes()).is_some_and(|verdict| verdict.is_ok())
    };
    let is_new = |origin: &str| allowed(one, origin) && !allowed(other, origin);
    let mut items = Vec::new();
    for (entry, accepts) in &mine.0 {
        let value = entry.plain.clone().unwrap_or_else(|| entry.text.clone());
        let beyond = match accepts {
            Accepted::Exactly(origin) if is_new(origin) => Beyond::Shown(origin.clone()),
            Accepted::Exactly(_) => Beyond::Nothing,
            // `null` is the one origin that only some of these allow.
            Accepted::Any if is_new("null") && theirs.has_any() => Beyond::Shown("null".to_owned()),
            Accepted::Any => theirs.witness_outside(&any_origin(), &is_new),
            Accepted::Pattern(language) => theirs.witness_outside(language, &is_new),
            Accepted::Tenant(_) if theirs.0.iter().any(|(other, _)| other.text == entry.text) => Beyond::Nothing,
            // Which of them is allowed depends on the host, so the witness is one for some host.
            Accepted::Tenant(language) => theirs.witness_outside(language, &|origin| !allowed(other, origin)),
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
    fn witness_outside(&self, language: &Language, is_new: &dyn Fn(&str) -> bool) -> Beyond {
        if self.has_any() {
            return Beyond::Nothing;
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
                            return Beyond::Shown(witness);
                        }
                        left = left.except(&Language::literal(&bytes));
                    }
                    Err(_) => return Beyond::Unknown,
                }
            }
        }
        Beyond::Nothing
    }

    fn union(&self) -> Language {
        let languages = self.0.iter().filter_map(|(_, accepts)| match accepts {
            Accepted::Any => Some(any_origin()),
            Accepted::Exactly(origin) => Some(Language::literal(origin.as_bytes())),
            Accepted::Pattern(language) => Some(language.clone()),
            Accepted::Tenant(_) => None,
        });
        Language::union(languages.collect())
    }
}
